package demo

import (
	"time"

	"github.com/ils-platform/ilsai/tenancy"
)

// shop describes one demo tenant and how it trades.
type shop struct {
	tenant     tenancy.Tenant
	houseBrand string
	priceScale float64 // list prices relative to US dollars
	products   float64 // share of the catalogue it carries
	customers  int
	growth     map[string]float64 // of customer segments, per year; 1 is steady
	stores     []store
	busy       int // times as many orders as the stores' numbers say; 0 is 1
}

type store struct {
	name, city   string
	ordersPerDay float64 // on an average day in the first months
	growth       float64 // per year
	closedSunday bool
	staff        []string // the better seller first
}

// The segments of the customers, in the order of segmentShares and every per-segment table.
var segments = []string{"Children", "Students", "Young adults", "Professionals", "Families", "Seniors"}

var shops = []shop{
	{
		tenant: tenancy.Tenant{ID: "optical-shop-1", Code: "optical-shop-1", Name: "Clearview Optics",
			Tier: tenancy.TierBasic, Status: tenancy.StatusActive, TimeZone: "America/New_York", Currency: "USD"},
		houseBrand: "Clearview", priceScale: 1.0, products: 0.5, customers: 1400,
		growth: map[string]float64{"Children": 1.12, "Students": 1.02, "Young adults": 1.10, "Professionals": 1.05, "Families": 0.95, "Seniors": 1.25},
		stores: []store{
			{"Downtown", "Albany", 5.8, 1.08, true, []string{"Maria Alvarez", "James Whitfield", "Priya Nair", "Tom Becker"}},
		},
	},
	{
		tenant: tenancy.Tenant{ID: "optical-shop-2", Code: "optical-shop-2", Name: "Bright Eyes Optical",
			Tier: tenancy.TierProfessional, Status: tenancy.StatusActive, TimeZone: "Europe/London", Currency: "GBP"},
		houseBrand: "Bright Eyes", priceScale: 0.84, products: 0.75, customers: 4200,
		growth: map[string]float64{"Children": 1.08, "Students": 1.10, "Young adults": 1.38, "Professionals": 1.06, "Families": 0.93, "Seniors": 1.10},
		stores: []store{
			{"Downtown", "Manchester", 7.3, 1.05, false, []string{"Emily Carter", "Oliver Hughes", "Aisha Khan", "George Palmer"}},
			{"Riverside", "Manchester", 5.2, 1.22, true, []string{"Sophie Bennett", "Daniel Osei", "Hannah Price"}},
			{"Airport", "Manchester", 4.4, 0.94, false, []string{"Liam Murphy", "Chloe Watson", "Raj Patel"}},
		},
	},
	{
		tenant: tenancy.Tenant{ID: "optical-shop-3", Code: "optical-shop-3", Name: "Lumière Vision Group",
			Tier: tenancy.TierEnterprise, Status: tenancy.StatusActive, TimeZone: "Europe/Paris", Currency: "EUR"},
		houseBrand: "Lumière", priceScale: 0.95, products: 1, customers: 9000,
		growth: map[string]float64{"Children": 1.15, "Students": 1.30, "Young adults": 1.14, "Professionals": 1.09, "Families": 1.01, "Seniors": 0.96},
		stores: []store{
			{"Downtown", "Paris", 11.8, 1.06, false, []string{"Camille Laurent", "Julien Moreau", "Inès Benali", "Hugo Lefèvre", "Manon Girard"}},
			{"Riverside", "Lyon", 8.2, 1.12, true, []string{"Claire Fontaine", "Antoine Roux", "Léa Marchand", "Mehdi Haddad"}},
			{"Airport", "Paris", 7.6, 1.02, false, []string{"Nicolas Perrin", "Sarah Cohen", "Thomas Garnier", "Awa Diallo"}},
			{"Old Town", "Strasbourg", 7.0, 0.95, true, []string{"Élodie Schmitt", "Lucas Weber", "Pauline Meyer"}},
			{"University", "Montpellier", 6.8, 1.30, true, []string{"Romain Faure", "Nadia Bouchard", "Théo Mercier", "Alice Renaud"}},
		},
	},
}

// Shops lists the demo tenants, smallest tier first. CreatedAt is zero.
func Shops() []tenancy.Tenant {
	out := make([]tenancy.Tenant, len(shops))
	for i, s := range shops {
		out[i] = s.tenant
	}
	return out
}

// today is the shop's own calendar day at an instant.
func (s *shop) today(now time.Time) (date, error) {
	loc, err := s.tenant.Location()
	if err != nil {
		return 0, err
	}
	return dateOf(now.In(loc)), nil
}
