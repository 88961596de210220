package privacy

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strings"
)

// labelled is a sentence with the one value in it that must be found, or with none.
type labelled struct {
	text  string
	value string // "" in a sentence without personal data
	class string // a kind, or the sort of a sentence without
}

// corpus makes n sentences of each kind and as many without personal data, from the seed alone.
func corpus(seed uint64, n int) (with, without []labelled) {
	g := maker{rand.New(rand.NewPCG(seed, 5))}
	for _, k := range personal {
		for range n {
			value := k.value(g)
			frame := k.frames[g.IntN(len(k.frames))]
			with = append(with, labelled{strings.Replace(frame, "%", value, 1), value, string(k.kind)})
		}
	}
	for i := range len(with) + n*len(weak) { // as many as there are with personal data, those of weakCorpus included
		k := harmless[i%len(harmless)]
		without = append(without, labelled{text: k.text(g), class: k.name})
	}
	return with, without
}

type maker struct{ *rand.Rand }

func (g maker) digits(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte('0' + g.IntN(10))
	}
	return string(b)
}

func (g maker) letters(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte('A' + g.IntN(26))
	}
	return string(b)
}

func (g maker) of(words ...string) string { return words[g.IntN(len(words))] }

// until draws until the check passes.
func (g maker) until(draw func() string, valid func([]byte) bool) string {
	for {
		if s := draw(); valid([]byte(strings.NewReplacer(" ", "", "-", "", ".", "").Replace(s))) {
			return s
		}
	}
}

// grouped puts a separator after every size digits.
func grouped(s, sep string, sizes ...int) string {
	var parts []string
	for _, n := range sizes {
		parts, s = append(parts, s[:n]), s[n:]
	}
	return strings.Join(parts, sep)
}

var (
	heldOutGiven = fields("Xiomara Thandiwe Bartholomew Siobhan Caoimhe Quentin Zoltan Ximena Oluwaseun Nguyen Tadeusz Isolde Ottilie Radovan Ingeborg")
	knownGiven   = fields("John Maria Peter Linda Ahmed Carlos Olga Hans Giulia Pierre Priya Fatima Karen Daniel Samantha")
	surnames     = fields("Smith Garcia Schneider O'Connor Okafor Kowalski Ivanova Nakamura Rossi Dubois Haddad Andersen Al-Sayed Fitzgerald Novak Papadopoulos Benali Park Mueller Santos")
)

type personalKind struct {
	kind   Kind
	value  func(g maker) string
	frames []string
}

var (
	plain   = fields2("Send it to % please|The note says %, nothing else|Is % still right?|She left % on the form|Value: %|(%)|%|Check \"%\" again")
	numbers = fields2("The form says % today|Compare % with the file|She gave % at the desk|%|Use %, not the other")
)

func fields2(s string) []string { return strings.Split(s, "|") }

var personal = []personalKind{
	{Email, func(g maker) string {
		user := g.of("john.smith", "maria", "o.connor", "info.team", "k_lee", "anna-b", "test+tag", "j", "p.r.v") + g.of("", g.digits(2))
		return user + "@" + g.of("example", "mail.example", "optik-mueller", "clinic.eye", "web") + "." + g.of("com", "de", "co.uk", "org", "fr", "io", "optics")
	}, plain},
	{Phone, func(g maker) string {
		n := g.until(func() string { return g.digits(10) }, nanp)
		rest := g.digits(8)
		switch g.IntN(10) {
		case 0:
			return grouped(n, "-", 3, 3, 4)
		case 1:
			return "(" + n[:3] + ") " + n[3:6] + "-" + n[6:]
		case 2:
			return grouped(n, ".", 3, 3, 4)
		case 3:
			return "+1 " + grouped(n, " ", 3, 3, 4)
		case 4:
			return "+49 30 " + rest
		case 5:
			return "+44 20 " + rest[:4] + " " + rest[4:]
		case 6:
			return "0" + grouped(g.of("1", "2", "3", "4", "6")+rest, " ", 1, 2, 2, 2, 2)
		case 7:
			return "020 " + rest[:4] + " " + rest[4:]
		case 8:
			return "+33" + g.of("1", "6") + rest
		}
		return "1-" + grouped(n, "-", 3, 3, 4)
	}, numbers},
	{"PHONE_NUMBER in context", func(g maker) string {
		return g.of(g.digits(7), g.digits(3)+"-"+g.digits(4), "2"+g.digits(9), "9"+g.digits(8))
	},
		fields2("phone: %|Call me on %|her mobile number is %|Tel. %|telefono %|Handynummer %|WhatsApp %|телефон %")},
	{CreditCard, func(g maker) string {
		var n string
		sizes := []int{4, 4, 4, 4}
		switch g.IntN(4) {
		case 0:
			n = g.until(func() string { return "4" + g.digits(15) }, luhn)
		case 1:
			n = g.until(func() string { return fmt.Sprint(51+g.IntN(5)) + g.digits(14) }, luhn)
		case 2:
			n, sizes = g.until(func() string { return g.of("34", "37") + g.digits(13) }, luhn), []int{4, 6, 5}
		default:
			n = g.until(func() string { return "6011" + g.digits(12) }, luhn)
		}
		return g.of(n, grouped(n, " ", sizes...), grouped(n, "-", sizes...))
	}, numbers},
	{IBAN, func(g maker) string {
		n := g.of("DE", "GB", "FR", "NL", "ES")
		body := map[string]string{"DE": g.digits(18), "GB": g.letters(4) + g.digits(14), "FR": g.digits(23), "NL": g.letters(4) + g.digits(10), "ES": g.digits(20)}[n]
		rest := 0
		for _, b := range []byte(body + n) {
			if digit(b) {
				rest = (rest*10 + int(b-'0')) % 97
			} else {
				rest = (rest*100 + int(b-'A') + 10) % 97
			}
		}
		rest = rest * 100 % 97
		iban := n + fmt.Sprintf("%02d", 98-rest) + body
		if g.IntN(2) == 0 {
			return iban
		}
		var parts []string
		for len(iban) > 4 {
			parts, iban = append(parts, iban[:4]), iban[4:]
		}
		return strings.Join(append(parts, iban), " ")
	}, plain},
	{USSSN, func(g maker) string {
		return grouped(g.until(func() string { return g.digits(9) }, validSSN), g.of("-", "-", " "), 3, 2, 4)
	}, numbers},
	{"US_SSN in context", func(g maker) string { return g.until(func() string { return g.digits(9) }, validSSN) }, fields2("SSN %|social security number %|" +
		"her ssn is %|SSN: %")},
	{UKNHS, func(g maker) string {
		n := g.until(func() string { return g.of("4", "6", "9") + g.digits(9) }, validNHS)
		return g.of(n, grouped(n, " ", 3, 3, 4))
	}, fields2("NHS number %|NHS no. %|nhs: %")},
	{UKNINO, func(g maker) string {
		n := g.until(func() string { return g.of("AB", "CE", "JK", "PR") + g.digits(6) + g.of("A", "B", "C", "D") }, validNINO)
		return g.of(n, grouped(n, " ", 2, 2, 2, 2, 1))
	}, numbers},
	{ESNIF, func(g maker) string { return g.until(func() string { return g.digits(8) + g.letters(1) }, validNIF) }, numbers},
	{ITFiscal, func(g maker) string {
		return g.until(func() string {
			return g.letters(6) + g.digits(2) + g.of("A", "B", "C", "D") + g.digits(2) + g.letters(1) + g.digits(3) + g.letters(1)
		}, validFiscal)
	}, plain},
	{PLPESEL, func(g maker) string { return g.until(func() string { return g.digits(11) }, validPESEL) }, fields2("PESEL %|PESEL: %|pesel pacjenta %")},
	{BRCPF, func(g maker) string {
		n := g.until(func() string { return g.digits(11) }, validCPF)
		return n[:3] + "." + n[3:6] + "." + n[6:9] + "-" + n[9:]
	}, numbers},
	{FRNIR, func(g maker) string {
		n := g.until(func() string { return g.of("1", "2") + g.digits(2) + "0" + g.of("1", "5", "9") + g.digits(10) }, validNIR)
		return g.of(n, grouped(n, " ", 1, 2, 2, 2, 3, 3, 2))
	}, numbers},
	{INAadhaar, func(g maker) string {
		return grouped(g.until(func() string { return g.digits(12) }, validAadhaar), " ", 4, 4, 4)
	}, numbers},
	{FIIdentity, func(g maker) string {
		return g.until2(func() string {
			return "0" + g.of("1", "5", "9") + "0" + g.of("1", "8") + g.digits(2) + "-" + g.digits(3) + g.of("A", "B", "C", "T", "7")
		}, validHETU)
	}, numbers},
	{CASIN, func(g maker) string {
		return grouped(g.until(func() string { return g.digits(9) }, validSIN), g.of(" ", "-"), 3, 3, 3)
	}, fields2("social insurance number, his ID number: %|identity number %|national ID %")},
	{IPAddress, func(g maker) string {
		return g.of(fmt.Sprintf("192.168.%d.%d", g.IntN(255), g.IntN(255)), fmt.Sprintf("%d.%d.%d.%d", 11+g.IntN(200), g.IntN(255), g.IntN(255), 1+g.IntN(254)), "2001:db8:85a3::8a2e:370:7334", "fe80::1ff:fe23:4567:890a")
	}, plain},
	{DateOfBirth, func(g maker) string {
		y, m, d := 1930+g.IntN(80), 1+g.IntN(12), 1+g.IntN(28)
		month := fields("January February March April May June July August September October November December")[m-1]
		return g.of(fmt.Sprintf("%02d/%02d/%d", d, m, y), fmt.Sprintf("%d-%02d-%02d", y, m, d), fmt.Sprintf("%d.%d.%d", d, m, y), fmt.Sprintf("%d %s %d", d, month, y), fmt.Sprintf("%s %d, %d", month, d, y))
	}, fields2("born on %|DOB %|date of birth: %|DOB: %|geboren am %|née le %|nacido el %|birthday %|fecha de nacimiento %")},
	{MedicalRecord, func(g maker) string {
		return g.of(g.digits(6), g.digits(8), g.letters(1)+g.digits(6), g.digits(3)+"-"+g.digits(5))
	},
		fields2("MRN %|MRN: %|medical record number %|record no. %|patient ID %|chart number %|Patientennummer %|policy number %|member id %")},
	{USPassport, func(g maker) string { return g.of("A", "C", "X") + g.digits(8) }, fields2("passport %|passport number %|passport no. %|Reisepass %")},
}

// until2 keeps the signs for the check.
func (g maker) until2(draw func() string, valid func([]byte) bool) string {
	for {
		if s := draw(); valid([]byte(s)) {
			return s
		}
	}
}

// weak are the kinds that no checksum and no form gives away.
var weak = []personalKind{
	{"PERSON after a title", func(g maker) string { return g.name(0.5) },
		fields2("Did Mr. % pay?|Call Mrs % back|Frau % kommt morgen|Mme % a appelé|appointment for Ms. %|señora % pregunta|Herr % fragt")},
	{"PERSON after a role", func(g maker) string { return g.name(0.5) },
		fields2("Show visits of patient % last year|patient named % wants a refund|Is customer % a regular?|Her name is %|last seen by patient %")},
	{"PERSON alone", func(g maker) string { return g.name(0.8) },
		fields2("How many glasses did % buy?|When did % last visit?|% asked for a refund|Did % come back in May?|Order for % is late")},
	{"PERSON in lower case", func(g maker) string { return strings.ToLower(g.name(0.8)) },
		fields2("show visits of patient % please|the patient named % called|customer % wants a refund")},
	{Location, func(g maker) string {
		n := fmt.Sprint(1 + g.IntN(999))
		switch g.IntN(8) {
		case 0:
			return n + " " + g.of("Main", "Elm", "Old Mill", "North Park") + " " + g.of("Street", "Avenue", "Road", "Lane")
		case 1:
			return n + " " + g.of("Oak", "Cedar Hill") + " " + g.of("St", "Ave", "Blvd", "Dr")
		case 2:
			return g.of("Hauptstraße", "Bahnhofstr.", "Gartenweg", "Lindenallee") + " " + fmt.Sprint(1+g.IntN(99))
		case 3:
			return n + g.of(" rue de la Paix", " avenue Victor Hugo", " rue Lafayette")
		case 4:
			return g.of("Calle Mayor", "Via Roma", "Avenida Brasil", "Rua Augusta") + " " + n
		case 5:
			return n + " Maple Court, Springfield, IL " + g.digits(5)
		case 6:
			return "P.O. Box " + n
		}
		return n + " 5th Avenue Apt " + fmt.Sprint(1+g.IntN(20))
	}, fields2("She lives at %|Send it to %|ship to %, please|%|er wohnt %")},
}

func (g maker) name(known float64) string {
	given := heldOutGiven
	if g.Float64() < known {
		given = knownGiven
	}
	return g.of(given...) + " " + g.of(surnames...)
}

// harmless are what optical shops ask about, made of figures and names that are nobody's.
var harmless = []struct {
	name string
	text func(g maker) string
}{
	{"prescription", func(g maker) string {
		power := func() string { return fmt.Sprintf("%+.2f", float64(g.IntN(60)-30)/4) }
		return g.of("Rx OD ", "Stock for ", "lens ") + power() + g.of("/", " ", " / ") + fmt.Sprintf("-%.2f", float64(g.IntN(12))/4) + g.of("x", " x ",
			" @ ") + fmt.Sprint(g.IntN(181)) + g.of("", " add +2.25", ", OS "+power()+" -0.75 x 090 add +1.75")
	}},
	{"frame size", func(g maker) string {
		size := func() string { return fmt.Sprintf("%d-%d-%d", 44+g.IntN(16), 14+g.IntN(8), 130+5*g.IntN(5)) }
		return g.of("Frames in ", "Do we have ", "sold sizes ") + size() + g.of("", " and "+size(), ", "+size()+", "+size(), " "+size()+" "+size())
	}},
	{"sku", func(g maker) string {
		return g.of("How many of ", "stock of SKU ",
			"item ") + g.of("RB"+g.digits(4), "OX"+g.digits(4)+"-"+g.digits(2), "RB-3025-L"+g.digits(4), "SKU-"+g.digits(6), "A"+g.digits(5)+"-"+g.digits(3), "VO"+g.digits(4)+"S-"+g.digits(6), "10-"+g.digits(4)+"-"+g.digits(4)) + g.of(" sold?", " left?", " last week")
	}},
	{"order", func(g maker) string {
		return g.of("order ", "Order #", "invoice ",
			"return for order ") + g.of(g.digits(6), g.digits(8), g.digits(10), "INV-2026-"+g.digits(5), "SO"+g.digits(8), "2026"+g.digits(6)) + g.of("", " shipped?", " status")
	}},
	{"barcode", func(g maker) string {
		return "EAN " + g.of("4", "8", "7", "0") + g.digits(12) + g.of("", " sold this month")
	}},
	{"price", func(g maker) string {
		return g.of("revenue of ", "sold at ", "priced ") + g.of("$1,"+g.digits(3)+".99", "€ "+g.digits(3)+".50", g.digits(2)+"."+g.digits(2)+" USD",
			"$"+g.digits(7), "1.299,00 EUR", g.digits(3)+","+g.digits(3)+","+g.digits(3)) + g.of("", " or more", " versus $2,500,000 last year")
	}},
	{"index", func(g maker) string {
		return g.of("1.67 vs 1.74 lenses sold", "index 1.5, 1.6 and 1.67", "base curve 8.6 and 8.4, diameter 14.2", "BC 8.60 DIA 14.20 PWR -3.25",
			"1.50 / 1.53 / 1.59 / 1.60 / 1.67 / 1.74 revenue", "Abbe 58 42 36 31", "PD 31.5/32.0 height 18", "prism 2.00 base in 180")
	}},
	{"period", func(g maker) string {
		return g.of("sales from 2026-01-01 to 2026-03-31", "revenue on 12/03/2026", "visits between 01.02.2026 and 28.02.2026", "patients born before 01/01/1960",
			"March 12, 2026 to April 3, 2026", "since 3 March 2025", "compare 2025 with 2026", "week 12 2026 vs week 12 2025", "2019 2020 2021 2022 2023 2024 2025 2026")
	}},
	{"store", func(g maker) string {
		return "How did " + g.of("Main Street", "Elm Road", "the Fifth Avenue store", "Harbor Way", "5th Avenue", "Store 12", "Market Square", "the Via Roma shop",
			"Hauptstraße", "Downtown", "store 4 on Park Lane", "Springfield, IL", "Rue de Rivoli") + g.of(" do last month?", " sell in May?", " compare with Airport?")
	}},
	{"brand", func(g maker) string {
		return "Top " + g.of("Oliver Peoples", "Tom Ford", "Ralph Lauren", "Jimmy Choo", "Michael Kors", "Hugo Boss", "Carl Zeiss", "Paul Smith", "Kate Spade",
			"Marc Jacobs", "Maui Jim", "William Morris") + g.of(" frames", " sunglasses this year", " by store", " models in 2026")
	}},
	{"staff and segments", func(g maker) string {
		return g.of("Which customer segment is growing?", "Customer Retention by Store", "patient visits by month", "Patient Age Band by Diagnosis",
			"New Patients vs Returning Patients", "brand name of the best frame", "email campaign revenue", "phone orders last week",
			"customers who bought Progressive Lenses", "Patients with Dry Eye", "Student discount and Senior discount", "Mr Spex price match", "address the stock problem",
			"look at Contact Lenses at 20 percent", "meet at noon. Sales at 12:30:45", "std::vector or a::b")
	}},
	{"quantities", func(g maker) string {
		return g.of("stock 120 240 360 480 500", "reorder 12 boxes of 30 at store 4", "top 10, bottom 5, 3 stores", g.digits(3)+" "+g.digits(3)+" "+g.digits(3)+" units",
			"1 2 3 4 5 6 7 8 9 10 11 12", "from 100 to 5000 in 12 months", "lot "+g.digits(9), "serial "+g.digits(12), "version 2.4.1.7", "tray "+g.digits(4)+" "+g.digits(4))
	}},
}

// obfuscations change how a value looks and leave it readable.
var obfuscations = []struct {
	name  string
	only  func(k Kind) bool
	apply func(g maker, v string) string
}{
	{"spaces", func(k Kind) bool { return k == Email || k == CreditCard || k == USSSN || k == Phone },
		func(g maker, v string) string {
			if strings.Contains(v, "@") {
				return strings.NewReplacer("@", " @ ", ".", " . ").Replace(v)
			}
			return strings.Join(strings.Split(strings.NewReplacer(" ", "", "(", "", ")", "", ".", "-").Replace(v), ""), " ")
		}},
	{"full width", structured, func(_ maker, v string) string {
		return strings.Map(func(r rune) rune {
			if r > ' ' && r < 0x7F {
				return r - '!' + 0xFF01
			}
			return r
		}, v)
	}},
	{"zero width", structured, func(_ maker, v string) string { return strings.Join(strings.Split(v, ""), "\u200b") }},
	{"soft hyphen and joiner", structured, func(_ maker, v string) string { return strings.Join(strings.Split(v, ""), "\u00ad\u2060") }},
	{"arabic-indic digits", structured, digitsFrom('٠')},
	{"devanagari digits", structured, digitsFrom('०')},
	{"other dashes", structured, func(g maker, v string) string {
		return strings.ReplaceAll(v, "-", g.of("‐", "–", "—", "−"))
	}},
	{"homoglyphs", func(k Kind) bool { return k == Email || k == IBAN }, func(_ maker, v string) string {
		return strings.NewReplacer("o", "о", "a", "а", "e", "е", "p", "р", "B", "В", "E", "Е").Replace(v)
	}},
	{"base64", func(k Kind) bool { return structured(k) && k != IPAddress }, func(_ maker, v string) string { return base64.StdEncoding.EncodeToString([]byte(v)) }},
	{"at and dot", func(k Kind) bool { return k == Email }, func(g maker, v string) string {
		at := strings.Split(g.of(" at | dot ", " [at] | [dot] ", "(at)|(dot)", " AT | DOT ", "[at]|."), "|")
		return strings.NewReplacer("@", at[0], ".", at[1]).Replace(v)
	}},
}

// structured says whether a value is known by its form alone, so that a disguise hides no context.
func structured(k Kind) bool {
	switch k {
	case Email, Phone, CreditCard, IBAN, USSSN, ESNIF, ITFiscal, BRCPF, FRNIR, INAadhaar, UKNINO, FIIdentity, IPAddress:
		return true
	}
	return false
}

func digitsFrom(zero rune) func(maker, string) string {
	return func(_ maker, v string) string {
		return strings.Map(func(r rune) rune {
			if r >= '0' && r <= '9' {
				return r - '0' + zero
			}
			return r
		}, v)
	}
}

func newMaker(seed uint64) maker { return maker{rand.New(rand.NewPCG(seed, 5))} }

// weakCorpus is corpus for names and addresses.
func weakCorpus(seed uint64, n int) (all []labelled) {
	g := newMaker(seed + 9)
	for _, k := range weak {
		for range n {
			value := k.value(g)
			all = append(all, labelled{strings.Replace(g.of(k.frames...), "%", value, 1), value, string(k.kind)})
		}
	}
	return all
}
