package demo

import (
	"fmt"
	"math"
	"strings"
)

// stocked is a product as the inventory database knows it.
type stocked struct {
	product
	supplier     int64
	pack, lead   int64
	discontinued bool
}

// suppliers and the brands they deliver. Companies are real, so that questions sound real; who delivers what to these
// shops, and how fast, is invented.
var suppliers = []struct {
	name, brands string
	lead         int64 // days from order to receipt
}{
	{"EssilorLuxottica", "Ray-Ban,Oakley,Persol,Vogue Eyewear,Prada,Polo Ralph Lauren,Versace,Dolce & Gabbana,Michael Kors,Burberry,Costa,Essilor,Transitions,Emporio Armani", 6},
	{"Safilo", "Carrera,Polaroid,Tommy Hilfiger,Hugo Boss", 9},
	{"Kering Eyewear", "Gucci,Saint Laurent,Maui Jim,Chloe,Lindberg", 14},
	{"Marcolin", "Tom Ford", 12},
	{"Marchon", "Nike,Calvin Klein,Lacoste,Flexon", 8},
	{"Zeiss Vision Care", "Zeiss", 5},
	{"Hoya Lens", "Hoya,Nikon,Shamir", 6},
	{"Johnson & Johnson Vision", "Acuvue,Blink", 4},
	{"CooperVision", "CooperVision", 4},
	{"Alcon", "Alcon,Systane,AOSept", 5},
	{"Bausch + Lomb", "Bausch + Lomb", 5},
	{"Optical Wholesale", "", 10},
	{"Own Label Imports", "", 21},
}

// wholesale delivers every brand that is not named above, ownLabel a shop's own.
var wholesale, ownLabel = len(suppliers) - 2, len(suppliers) - 1

var supplierOf = func() map[string]int {
	of := map[string]int{}
	for i, s := range suppliers {
		for brand := range strings.SplitSeq(s.brands, ",") {
			of[brand] = i
		}
	}
	return of
}()

// packSize is how many pieces one orders together.
var packSize = map[string]int64{frames: 1, lenses: 2, contacts: 6, sunglasses: 1, accessories: 10, solutions: 12}

// lastSeason are models that are no longer made: brand | model | category | list price in US dollars. A few lie in
// every store, and nobody has bought one since the history began.
const lastSeason = `
	Ray-Ban|RX5150 Last Season|Frames|119
	Gucci|GG0012 Last Season|Frames|298
	*|Wire Oval Last Season|Frames|49
	Tommy Hilfiger|TH1360 Last Season|Frames|109
	Oakley|Jawbreaker Last Season|Sunglasses|189
	Carrera|Grand Prix Last Season|Sunglasses|115
	*|Beach Last Season|Sunglasses|39`

// makeStock lists what the inventory database holds: what is sold, and what no longer is.
func (p *past) makeStock() []stocked {
	var out []stocked
	add := func(x product, discontinued bool) {
		i, known := supplierOf[x.brand]
		switch {
		case x.brand == p.shop.houseBrand:
			i = ownLabel
		case !known:
			i = wholesale
		}
		out = append(out, stocked{product: x, supplier: int64(i + 1), pack: packSize[x.category], lead: suppliers[i].lead, discontinued: discontinued})
	}
	for _, x := range p.products {
		add(x, false)
	}
	for i, e := range parseEntries(lastSeason) {
		brand := e.brand
		if brand == "*" {
			brand = p.shop.houseBrand
		}
		price := int64(math.Round(e.dollars*p.shop.priceScale))*100 - 5
		add(product{id: int64(len(p.products) + i + 1), sku: fmt.Sprintf("LS-%04d", 1001+i), name: brand + " " + e.model, category: e.category, brand: brand,
			priceCents: price, costCents: int64(math.Round(float64(price) * costShare[e.category]))}, true)
	}
	return out
}
