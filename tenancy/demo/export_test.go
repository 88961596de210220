package demo

import (
	"slices"
	"time"

	"github.com/ils-platform/ilsai"
)

// smaller is how much less the small shops trade: what a test asserts of every row holds of fewer as well.
const smaller = 8

func smallShops() []shop {
	small := slices.Clone(shops)
	for i := range small {
		small[i].customers /= smaller
		small[i].stores = slices.Clone(small[i].stores)
		for j := range small[i].stores {
			small[i].stores[j].ordersPerDay = max(3, small[i].stores[j].ordersPerDay/smaller) // something on nearly every day
		}
	}
	return small
}

// Small is a config that makes the same shops with an eighth of their trade and customers.
func Small(c Config) Config {
	c.shops = smallShops()
	return c
}

// SmallTables is Tables of such a shop.
func SmallTables(id ilsai.TenantID, domain string, seed uint64, now time.Time) ([]Table, error) {
	return tablesOf(smallShops(), id, domain, seed, now)
}
