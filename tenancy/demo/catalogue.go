package demo

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
)

const (
	frames      = "Frames"
	lenses      = "Lenses"
	contacts    = "Contact lenses"
	sunglasses  = "Sunglasses"
	accessories = "Accessories"
	solutions   = "Solutions"
)

var categories = []string{frames, lenses, contacts, sunglasses, accessories, solutions}

type product struct {
	id                       int64
	sku, name                string
	category, brand          string
	priceCents, costCents    int64
	popularity, trendPerYear float64
}

// lines of the catalogue: brand | model | list price in US dollars. "*" is the shop's house brand.
// Brands are real, so that questions sound real; models, prices and sales are invented. A shop that
// carries a part of the catalogue takes the first products of every category.
var catalogue = map[string]string{
	frames: `
		Ray-Ban|RX5228 Square|164
		*|Classic Round|79
		Oakley|Holbrook RX|178
		Gucci|GG0026 Oval|335
		*|Junior Flex|59
		Persol|PO3007 Key West|228
		Tommy Hilfiger|TH1770 Soft Square|139
		Silhouette|Titan Minimal Rimless|325
		Ray-Ban|RX6489 Aviator Optics|172
		*|Titanium Slim|119
		Vogue Eyewear|VO5276 Butterfly|112
		Prada|PR17 Heritage|310
		Nike|7090 Sport Kids|98
		Oakley|Crosslink Zero|169
		Emporio Armani|EA3165 Pillow|152
		*|Reading Comfort|39
		Lacoste|L2707 Signature|134
		Tom Ford|FT5178 Bold|345
		Ray-Ban|RX7047 Light|148
		Lindberg|Air Titanium Rim|420
		Hugo Boss|BOSS 1254 Office|165
		Gucci|GG0184 Cat-Eye|348
		*|Retro Panto|85
		Oakley|Pitchman R|186
		Michael Kors|MK4030 Oslo|138
		Carrera|8857 Metal|142
		Ray-Ban|RX1600 Junior|104
		Versace|VE3218 Greca|259
		*|Student Square|65
		Polo Ralph Lauren|PH2255 Campus|128
		Moscot|Lemtosh Originals|290
		Calvin Klein|CK20 Studio|124
		Burberry|BE2325 Check|236
		Oakley|Socket Youth|116
		Dolce & Gabbana|DG3347 Logo|244
		*|Eco Bamboo|99
		Flexon|Memory Metal 112|189
		Chloe|CE2748 Petal|262
		Esprit|ET17 Everyday|88
		Saint Laurent|SL 507 Thin|318`,
	lenses: `
		*|Single Vision 1.5|69
		Essilor|Varilux Comfort Progressive|289
		Zeiss|SmartLife Single Vision 1.6|159
		Hoya|Lifestyle Progressive|265
		*|Single Vision 1.6 Anti-Reflective|99
		Essilor|Crizal Sapphire 1.6|169
		Zeiss|DriveSafe Single Vision|195
		Essilor|Eyezen Digital|149
		Hoya|BlueControl Single Vision 1.5|129
		Zeiss|Precision Progressive|340
		*|Bifocal 28|119
		Essilor|Stellest Children|279
		Hoya|MiYOSMART Children|285
		Transitions|Gen 8 Photochromic|189
		Essilor|Varilux XR Progressive|455
		Zeiss|Office Near Comfort|235
		Nikon|SeeMax Single Vision 1.74|259
		Shamir|Autograph Progressive|375`,
	contacts: `
		Acuvue|Oasys 1-Day 30 pack|36
		CooperVision|Biofinity 6 pack|42
		Alcon|Dailies Total1 30 pack|44
		Acuvue|Moist 30 pack|28
		Bausch + Lomb|Ultra 6 pack|45
		CooperVision|MyDay Daily 30 pack|38
		Alcon|Air Optix HydraGlyde 6 pack|43
		*|Daily Comfort 30 pack|22
		CooperVision|Biofinity Toric 6 pack|52
		Acuvue|Oasys for Astigmatism 6 pack|49
		CooperVision|MiSight Children 30 pack|62
		Alcon|Precision1 30 pack|34
		Acuvue|Oasys Multifocal 30 pack|54
		Bausch + Lomb|SofLens Daily 30 pack|25
		CooperVision|Clariti Daily 30 pack|27
		Alcon|Total30 Monthly 6 pack|58
		*|Monthly Comfort 6 pack|26
		Acuvue|Vita 6 pack|47`,
	sunglasses: `
		Ray-Ban|Original Wayfarer Sun|169
		Oakley|Radar Sport Sun|215
		*|Coast Polarised|69
		Gucci|GG0061 Sun|385
		Ray-Ban|Aviator Classic Sun|176
		Maui Jim|Peahi Polarised Sun|249
		Persol|PO0649 Sun|285
		*|Kids Sun|35
		Prada|PR08 Symbole Sun|395
		Oakley|Frogskins Sun|149
		Polaroid|PLD 2014 Sun|64
		Ray-Ban|Round Metal Sun|165
		Costa|Fantail Polarised Sun|239
		Tom Ford|Snowdon Sun|410
		*|City Square Sun|59
		Carrera|Champion Sun|135
		Versace|Medusa Sun|295
		Oakley|Sutro Sun|205
		Michael Kors|Chelsea Sun|155
		Serengeti|Drivers Photochromic Sun|265
		Polaroid|Junior Sun|45
		Saint Laurent|SL 28 Sun|365`,
	accessories: `
		*|Hard Case|15
		*|Microfibre Cloth|6
		Croakies|Sport Strap|14
		*|Neck Cord|9
		Zeiss|Lens Cleaning Spray|12
		Ray-Ban|Leather Case|25
		*|Screwdriver Kit|8
		Nerdwax|Anti-Slip Wax|11
		Zeiss|Lens Wipes 60 pack|10
		*|Clip-On Sun Shield|29
		Bruder|Warm Eye Mask|24
		Silhouette|Nose Pad Set|7`,
	solutions: `
		Alcon|Opti-Free PureMoist 300 ml|14
		Bausch + Lomb|Biotrue Solution 300 ml|13
		*|All-in-One Solution 360 ml|9
		Systane|Ultra Drops 10 ml|16
		CooperVision|Hy-Care Solution 360 ml|12
		AOSept|Plus HydraGlyde 360 ml|17
		Blink|Contacts Drops 10 ml|11
		*|Travel Solution 60 ml|5
		Bausch + Lomb|ReNu Solution 240 ml|10
		Hylo|Comod Drops 10 ml|19`,
}

// costShare is what a product of a category costs the shop, as a share of its list price.
var costShare = map[string]float64{frames: 0.41, lenses: 0.34, contacts: 0.63, sunglasses: 0.47, accessories: 0.38, solutions: 0.55}

// entry is one line of a list of products.
type entry struct {
	brand, model, category string
	dollars                float64
}

// parseEntries reads lines of brand | model | price, or brand | model | category | price.
func parseEntries(list string) []entry {
	var out []entry
	for text := range strings.Lines(strings.TrimSpace(list)) {
		part := strings.Split(strings.TrimSpace(text), "|")
		e := entry{brand: part[0], model: part[1]}
		if len(part) == 4 {
			e.category = part[2]
		}
		if _, err := fmt.Sscan(part[len(part)-1], &e.dollars); err != nil {
			panic(fmt.Sprintf("demo: price of %s %s: %v", e.brand, e.model, err))
		}
		out = append(out, e)
	}
	return out
}

// makeProducts lists what a shop carries, with its own prices.
func (s *shop) makeProducts(rng *rand.Rand) []product {
	var out []product
	for _, category := range categories {
		entries := parseEntries(catalogue[category])
		for i, e := range entries[:int(math.Ceil(float64(len(entries))*s.products))] {
			brand := e.brand
			cost := costShare[category] * (0.92 + 0.16*rng.Float64())
			if brand == "*" {
				brand, cost = s.houseBrand, cost*0.72
			}
			price := int64(math.Round(e.dollars*s.priceScale))*100 - 5 // 163.95
			out = append(out, product{
				id: int64(len(out) + 1), sku: fmt.Sprintf("%s-%04d", strings.ToUpper(category[:2]), 1001+i),
				name: brand + " " + e.model, category: category, brand: brand,
				priceCents: price, costCents: int64(math.Round(float64(price) * cost)),
				popularity: 1 / (1 + 5*rng.Float64()), trendPerYear: 0.7 + 0.75*rng.Float64(),
			})
		}
	}
	return out
}
