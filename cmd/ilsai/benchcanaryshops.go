package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/assistant/semantic"
	"github.com/ils-platform/ilsai/bench/canary"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/store"
	"github.com/ils-platform/ilsai/tenancy/tenantdb"
)

// canaryShop is one tenant of the canary: who it is for the server, and its secrets by place.
type canaryShop struct {
	id     ilsai.TenantID
	token  string
	secret map[string]string
}

// Places where a shop's secrets are planted. Those in the data are of a shop made for the canary only.
var (
	askedPlaces = []string{"question", "chat", "title", "key", "request id", "refused"}
	dataPlaces  = []string{"name", "email", "store", "city", "staff", "brand", "product", "sku"}
)

func newCanaryShop(words *canary.Words, id ilsai.TenantID, places ...string) *canaryShop {
	s := &canaryShop{id: id, secret: map[string]string{}}
	for _, place := range places {
		s.secret[place] = words.Plant(string(id), place)
	}
	return s
}

// canaryProducts are so many that a top list shows some, each named by the shop's word.
const canaryProducts = 6

// canarySales is a quarter of sales of one store in which every name is a secret. Secrets are letters: they need
// no quoting.
const canarySales = `INSERT INTO stores VALUES (1, '{store}', '{city}'); INSERT INTO staff VALUES (1, '{staff}', 1); INSERT INTO customers VALUES (1, 'returning');
WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < %d)
	INSERT INTO products SELECT i, '{sku}-' || i, '{product} ' || i, 'frames', '{brand}', 10000, 4000 FROM n;
WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 200)
	INSERT INTO sale_lines SELECT i, i, date('now', '-' || (i %% 90) || ' days'), 1, 1, 1, 1 + i %% %[1]d, 1, 10000, 0, 10000, 4000, 0, 0 FROM n`

// makeCanaryShops makes tenants with planted data, whose limits are never reached.
func makeCanaryShops(ctx context.Context, dir string, issuer *tenancy.TokenIssuer, words *canary.Words, count int) (shops []*canaryShop, err error) {
	control, err := store.Open(ctx, dir, store.Options{})
	if err != nil {
		return nil, err
	}
	defer control.Close()
	data, err := tenantdb.Open(dir, tenantdb.Options{})
	if err != nil {
		return nil, err
	}
	defer data.Close()
	tiers := []tenancy.Tier{tenancy.TierEnterprise, tenancy.TierProfessional} // a basic one may not ask about sales
	for i := range count {
		s := newCanaryShop(words, benchTenant(i), append(askedPlaces, dataPlaces...)...)
		t := tenancy.Tenant{ID: s.id, Code: string(s.id), Name: "Shop " + s.secret["name"], Tier: tiers[i%len(tiers)],
			Status: tenancy.StatusActive, TimeZone: "UTC", Currency: "GBP"}
		if err := control.CreateTenant(ctx, t); err != nil {
			return nil, err
		}
		month, minute := tenancy.Unlimited, 10_000_000
		if err := control.SetLimits(ctx, s.id, tenancy.LimitsOverride{QueriesPerMonth: &month, QueriesPerMinute: &minute}); err != nil {
			return nil, err
		}
		sales := fmt.Sprintf(canarySales, canaryProducts)
		for place, word := range s.secret {
			sales = strings.ReplaceAll(sales, "{"+place+"}", word)
		}
		if err := data.Create(ctx, s.id, tenantdb.DomainSales, semantic.SalesSchemaSQLite+";"+sales, nil); err != nil {
			return nil, err
		}
		// All have a user of the same id: whatever is kept by user alone is then shared by all of them.
		if s.token, err = issueToken(issuer, t, "1", s.secret["email"]+"@shop.example", tenancy.RoleAdmin, 4*time.Hour); err != nil {
			return nil, err
		}
		shops = append(shops, s)
	}
	return shops, nil
}

// readCanaryShops reads tenants of a live server, one a line: its id and a token. In their data nothing is planted.
func readCanaryShops(path string, words *canary.Words) (shops []*canaryShop, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, ilsai.Wrap(ilsai.CodeInvalid, err, "the file of tokens cannot be read")
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		if len(fields) != 2 {
			return nil, usagef("%s has a line of %d words; a line is a tenant's id and a token of one of its users", path, len(fields))
		}
		id, err := ilsai.ParseTenantID(fields[0])
		if err != nil {
			return nil, err
		}
		s := newCanaryShop(words, id, askedPlaces...)
		s.token = fields[1]
		shops = append(shops, s)
	}
	if lines.Err() == nil && len(shops) < 2 {
		return nil, usagef("%s names %d tenants; a leak is from one to another, so it must name two or more", path, len(shops))
	}
	return shops, lines.Err()
}
