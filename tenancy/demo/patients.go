package demo

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// patient is a customer with a file. Its number is drawn for this database alone: it tells nothing about the customer.
type patient struct {
	id, birthYear, store int64
	insurance            string
	visits               []visit
	recall               date // 0: none planned
}

type visit struct {
	patient             *patient
	day                 date
	store               int64
	diagnosis, lensType string
	sphere              int64
	measured            bool
}

// insurers by currency, with how many of ten patients have them; the first is what the old have.
var insurers = map[string][]string{
	"USD": {"Medicare", "VSP", "VSP", "VSP", "EyeMed", "EyeMed", "Davis Vision", "UnitedHealthcare Vision", "None", "None"},
	"GBP": {"NHS", "NHS", "NHS", "NHS", "Bupa", "AXA Health", "Simplyhealth", "None", "None", "None"},
	"EUR": {"Assurance Maladie", "Assurance Maladie", "Assurance Maladie", "MGEN", "Malakoff Humanis", "Harmonie Mutuelle", "Harmonie Mutuelle", "AXA", "None", "None"},
}

// Youngest age and span of years of each segment, in the order of segments.
var segmentAges = [][2]int{{5, 13}, {18, 8}, {20, 16}, {28, 28}, {30, 22}, {60, 34}}

const oldest = 90 // nobody is older on file

// makePatients gives a file to everyone who bought glasses or was fitted with contact lenses, with a visit on the day, and
// to many of them earlier visits elsewhere in time.
func (p *past) makePatients() []*patient {
	rng := p.rand(drawPatients)
	numbers := rng.Perm(p.shop.customers)
	draws := make([]uint64, p.shop.customers) // one source per customer: a history that grows keeps its files
	for i := range draws {
		draws[i] = rng.Uint64()
	}
	files := make([]*patient, p.shop.customers)
	sources := make([]*rand.Rand, p.shop.customers)
	file := func(customer, store int64) (*patient, *rand.Rand) {
		i := customer - 1
		if files[i] == nil {
			sources[i] = rand.New(rand.NewPCG(p.seed, draws[i]))
			files[i] = p.newPatient(sources[i], customer, store)
			files[i].id = int64(numbers[i] + 1)
			if sources[i].Float64() < 0.55 {
				files[i].see(sources[i], p.start-1-date(sources[i].IntN(700)), store, "")
			}
		}
		return files[i], sources[i]
	}
	for i := 0; i < len(p.lines); {
		first := i
		var sold []*product
		for ; i < len(p.lines) && p.lines[i].orderID == p.lines[first].orderID; i++ {
			if p.lines[i].quantity > 0 {
				sold = append(sold, p.byID[p.lines[i].productID])
			}
		}
		l := p.lines[first]
		lens, chance := lensOf(sold)
		if len(sold) == 0 {
			continue
		}
		x, source := file(l.customerID, l.storeID)
		if source.Float64() < chance {
			x.see(source, l.day, l.storeID, lens)
		}
	}
	var out []*patient
	for _, x := range files {
		if x != nil && len(x.visits) > 0 {
			out = append(out, x)
		}
	}
	slices.SortFunc(out, func(a, b *patient) int { return cmp.Compare(a.id, b.id) })
	return out
}

func (p *past) newPatient(rng *rand.Rand, customer, store int64) *patient {
	ages := segmentAges[slices.Index(segments, p.segment[customer-1])]
	year := p.start.time().Year()
	age := min(oldest-2, ages[0]+rng.IntN(ages[1]))
	plans := insurers[p.shop.tenant.Currency]
	plan := plans[rng.IntN(len(plans))]
	if age >= 65 && rng.Float64() < 0.7 {
		plan = plans[0]
	}
	return &patient{birthYear: int64(year - age), store: store, insurance: plan}
}

// lensOf is the kind of lens an order's goods are, and how likely the order goes with a visit.
func lensOf(sold []*product) (lens string, chance float64) {
	for _, x := range sold {
		switch {
		case x.category == lenses && strings.Contains(x.name, "Progressive"):
			return "Progressive", 0.85
		case x.category == lenses && strings.Contains(x.name, "Bifocal"):
			return "Bifocal", 0.85
		case x.category == lenses && strings.Contains(x.name, "Office"):
			return "Office", 0.7
		case x.category == lenses && strings.Contains(x.name, "Children"):
			return "Myopia control", 0.95
		case x.category == lenses:
			return "Single vision", 0.8
		case x.category == contacts:
			return "Contact lenses", 0.25
		}
	}
	return "None", 0.06
}

// see adds a visit, unless there was one that day.
func (x *patient) see(rng *rand.Rand, d date, store int64, lens string) {
	if n := len(x.visits); n > 0 && x.visits[n-1].day >= d {
		return
	}
	age := int64(d.time().Year()) - x.birthYear
	switch {
	case lens == "":
		lens = "Single vision"
		if age >= 48 {
			lens = "Progressive"
		}
	case age < 42 && (lens == "Progressive" || lens == "Bifocal" || lens == "Office"):
		lens = "Single vision"
	case age >= 18 && lens == "Myopia control":
		lens = "Single vision"
	}
	v := visit{patient: x, day: d, store: store, lensType: lens}
	v.diagnosis = diagnose(rng, age, lens)
	v.sphere, v.measured = refract(rng, v.diagnosis)
	x.visits = append(x.visits, v)
	months := 24
	if age < 18 || age >= 60 || lens == "Contact lenses" {
		months = 12
	}
	x.recall = 0
	if rng.Float64() < 0.9 {
		y, m, _ := d.time().Date()
		x.recall = dateOf(time.Date(y, m+time.Month(months), 1, 0, 0, 0, 0, time.UTC))
	}
}

func diagnose(rng *rand.Rand, age int64, lens string) string {
	type chance struct {
		name   string
		weight float64
	}
	list := []chance{{"Myopia", 46}, {"Hyperopia", 14}, {"Astigmatism", 20}, {"Dry eye", 5}, {"Conjunctivitis", 3}, {"No finding", 6}}
	switch {
	case lens == "Myopia control":
		return "Myopia"
	case age < 13:
		list = append(list, chance{"Amblyopia", 6})
	case age >= 60:
		list = append(list, chance{"Presbyopia", 60}, chance{"Cataract", 26}, chance{"Glaucoma", 9}, chance{"Macular degeneration", 8},
			chance{"Diabetic retinopathy", 4}, chance{"Dry eye", 8})
	case age >= 43:
		list = append(list, chance{"Presbyopia", 55}, chance{"Glaucoma", 3}, chance{"Dry eye", 7}, chance{"Diabetic retinopathy", 1.5})
	}
	if lens == "None" {
		list = append(list, chance{"Dry eye", 30}, chance{"Conjunctivitis", 12}, chance{"No finding", 40})
	}
	weights := make([]float64, len(list))
	for i, c := range list {
		weights[i] = c.weight
	}
	return list[pick(rng, weights)].name
}

// refract is the sphere of the stronger eye in hundredths of a dioptre, in steps of a quarter.
func refract(rng *rand.Rand, diagnosis string) (sphere int64, measured bool) {
	quarters := func(lowest, highest int) int64 { return int64(lowest+rng.IntN(highest-lowest+1)) * 25 }
	switch diagnosis {
	case "Conjunctivitis":
		return 0, false
	case "Myopia":
		if rng.Float64() < 0.12 {
			return -quarters(24, 44), true
		}
		return -quarters(2, 23), true
	case "Hyperopia":
		return quarters(2, 22), true
	case "No finding":
		return quarters(-1, 1), true
	}
	if rng.Float64() < 0.05 {
		return 0, false
	}
	return quarters(-14, 9), true
}

func (p *past) patientTables() []Table {
	patients := p.makePatients()
	var visits []visit
	for _, x := range patients {
		visits = append(visits, x.visits...)
	}
	slices.SortStableFunc(visits, func(a, b visit) int {
		return cmp.Or(cmp.Compare(a.day, b.day), cmp.Compare(a.patient.id, b.patient.id))
	})
	return []Table{
		p.storesTable(),
		table("patients", []string{"id", "birth_year", "insurance_plan", "store_id", "first_visit", "recall_due"}, patients, func(_ int, x *patient) []any {
			row := []any{x.id, x.birthYear, x.insurance, x.store, x.visits[0].day.String(), nil}
			if x.recall != 0 {
				row[5] = x.recall.String()
			}
			return row
		}),
		table("visits", []string{"id", "patient_id", "store_id", "business_date", "diagnosis", "lens_type", "sphere_hundredths"}, visits, func(i int, v visit) []any {
			row := []any{int64(i + 1), v.patient.id, v.store, v.day.String(), v.diagnosis, v.lensType, nil}
			if v.measured {
				row[6] = v.sphere
			}
			return row
		}),
	}
}
