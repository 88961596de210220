package demo

import (
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy/tenantdb"
)

// Table is the content of one table of a shop's database. Rows may be read more than once and are the same each
// time; a row's cells are int64, string (days as YYYY-MM-DD) or nil.
type Table struct {
	Name    string
	Columns []string
	Rows    iter.Seq[[]any]
}

// Tables is the whole content of a demo shop's database of one domain (tenantdb.Domain…), whichever engine it goes into:
// every table after those it refers to. It is what Seed writes. Errors: ilsai.CodeNotFound for a shop that is not
// one of Shops, ilsai.CodeInvalid for another domain.
func Tables(id ilsai.TenantID, domain string, seed uint64, now time.Time) ([]Table, error) {
	return tablesOf(shops, id, domain, seed, now)
}

func tablesOf(shops []shop, id ilsai.TenantID, domain string, seed uint64, now time.Time) ([]Table, error) {
	i := slices.IndexFunc(shops, func(s shop) bool { return s.tenant.ID == id })
	if i < 0 {
		return nil, notDemo(id)
	}
	today, err := shops[i].today(now)
	if err != nil {
		return nil, err
	}
	return newPast(&shops[i], seed, historyStart(today), today).tables(domain)
}

// Busy is a demo shop that trades so much more that its sales have about the given number of lines, with as many more
// customers: what Tables is for the shop itself, for each domain. Measurements read it. Errors as with Tables.
func Busy(id ilsai.TenantID, lines int, seed uint64, now time.Time) (func(domain string) ([]Table, error), error) {
	i := slices.IndexFunc(shops, func(s shop) bool { return s.tenant.ID == id })
	if i < 0 {
		return nil, notDemo(id)
	}
	busy := shops[i]
	today, err := busy.today(now)
	if err != nil {
		return nil, err
	}
	usual := len(newPast(&shops[i], seed, historyStart(today), today).lines)
	busy.busy = max(1, (lines+usual/2)/usual)
	busy.customers *= busy.busy
	return newPast(&busy, seed, historyStart(today), today).tables, nil
}

func notDemo(id ilsai.TenantID) error {
	return ilsai.Errorf(ilsai.CodeNotFound, "%s is none of the demo shops.", id)
}

// past is a shop's history up to today, from which all its databases are made, so that they agree.
type past struct {
	*history
	today date
	lines []line // in the order they happened; of today what had happened by partialMinute
}

func newPast(s *shop, seed uint64, start, today date) *past {
	p := &past{history: newHistory(s, seed, start), today: today}
	for d := start; d <= today; d++ {
		for _, l := range p.day(d) {
			if d == today && l.minute > partialMinute {
				break // lines are in the order of the day
			}
			p.lines = append(p.lines, l)
		}
	}
	return p
}

func (p *past) tables(domain string) ([]Table, error) {
	switch domain {
	case tenantdb.DomainSales:
		return p.salesTables(), nil
	case tenantdb.DomainInventory:
		return p.inventoryTables(), nil
	case tenantdb.DomainPatients:
		return p.patientTables(), nil
	}
	return nil, &ilsai.Error{Code: ilsai.CodeInvalid, Message: "There is no such kind of data.", Err: fmt.Errorf("domain %q", domain)}
}

// table makes a Table of the items of a list.
func table[T any](name string, columns []string, items []T, row func(i int, item T) []any) Table {
	return Table{Name: name, Columns: columns, Rows: func(yield func([]any) bool) {
		for i, item := range items {
			if !yield(row(i, item)) {
				return
			}
		}
	}}
}

func (p *past) storesTable() Table {
	return table("stores", []string{"id", "name", "city"}, p.shop.stores, func(i int, s store) []any {
		return []any{int64(i + 1), s.name, s.city}
	})
}

func (p *past) salesTables() []Table {
	type member struct {
		id, store int64
		name      string
	}
	var staff []member
	for i, st := range p.shop.stores {
		for j, name := range st.staff {
			staff = append(staff, member{p.staff[i][j], int64(i + 1), name})
		}
	}
	return []Table{
		p.storesTable(),
		table("staff", []string{"id", "name", "store_id"}, staff, func(_ int, m member) []any { return []any{m.id, m.name, m.store} }),
		table("products", []string{"id", "sku", "name", "category", "brand", "price_cents", "cost_cents"}, p.products, func(_ int, x product) []any {
			return []any{x.id, x.sku, x.name, x.category, x.brand, x.priceCents, x.costCents}
		}),
		table("customers", []string{"id", "segment"}, p.segment, func(i int, segment string) []any { return []any{int64(i + 1), segment} }),
		table("sale_lines", []string{"id", "order_id", "business_date", "store_id", "staff_id", "customer_id", "product_id",
			"quantity", "gross_cents", "discount_cents", "net_cents", "cost_cents", "returned_quantity", "refund_cents"}, p.lines, func(i int, l line) []any {
			return []any{int64(i + 1), l.orderID, l.day.String(), l.storeID, l.staffID, l.customerID, l.productID,
				l.quantity, l.gross, l.discount, l.net, l.cost, l.returned, l.refund}
		}),
	}
}
