package assistant_test

import (
	"context"
	"database/sql"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/assistant"
	"github.com/ils-platform/ilsai/assistant/semantic"
)

// monday is when all tests happen: Monday 23 November 2026, 14:30 in New York.
var monday = time.Date(2026, 11, 23, 19, 30, 0, 0, time.UTC)

// shops is a DataSource over real SQLite databases, one per tenant.
type shops struct {
	mu     sync.Mutex
	dbs    map[ilsai.TenantID]*sql.DB
	open   int // snapshots not closed
	opened int
	err    error // of the next snapshot
}

func (s *shops) Snapshot(ctx context.Context, tenant ilsai.TenantID, _ string) (assistant.Snapshot, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return nil, s.err
	}
	db := s.dbs[tenant]
	if db == nil {
		return nil, ilsai.Errorf(ilsai.CodeNotFound, "the shop has no sales data")
	}
	tx, err := db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	s.open++
	s.opened++
	return &snapshot{tx: tx, source: s}, nil
}

type snapshot struct {
	tx     *sql.Tx
	source *shops
}

func (s *snapshot) Dialect() semantic.Dialect { return semantic.SQLite }

func (s *snapshot) Close() error {
	s.source.mu.Lock()
	s.source.open--
	s.source.mu.Unlock()
	return s.tx.Rollback()
}

func (s *snapshot) Query(ctx context.Context, q string, args []any, limit int) ([]string, [][]any, error) {
	rows, err := s.tx.QueryContext(ctx, q, args...)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return nil, nil, err
	}
	var out [][]any
	for rows.Next() && len(out) < limit {
		row := make([]any, len(columns))
		into := make([]any, len(columns))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, nil, err
		}
		for i, cell := range row {
			if b, ok := cell.([]byte); ok {
				row[i] = string(b)
			}
		}
		out = append(out, row)
	}
	return columns, out, rows.Err()
}

// openShop makes a shop with stores, staff, customers and products, and no sales.
func openShop(t testing.TB) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(t.TempDir(), "shop.db")+"?_journal=OFF&_sync=OFF")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	run(t, db, semantic.SalesSchemaSQLite)
	run(t, db, `INSERT INTO stores VALUES (1, 'Downtown', 'Boston'), (2, 'Airport North', 'Boston'), (3, 'Airport South', 'Boston')`)
	run(t, db, `INSERT INTO staff VALUES (1, 'Jamie Reyes', 1), (2, 'Maria Lopez', 2), (3, 'Sam Oakley', 3)`)
	run(t, db, `INSERT INTO customers VALUES (1, 'Children'), (2, 'Seniors'), (3, 'Professionals')`)
	run(t, db, `INSERT INTO products VALUES
		(1, 'S1', 'Ray-Ban Aviator', 'Sunglasses', 'Ray-Ban', 16000, 7000),
		(2, 'S2', 'Oakley Holbrook', 'Sunglasses', 'Oakley', 14000, 6000),
		(3, 'F1', 'Clubmaster Optics', 'Frames', 'Ray-Ban', 18000, 8000),
		(4, 'L1', 'Varilux Comfort', 'Lenses', 'Essilor', 30000, 12000),
		(5, 'C1', 'Acuvue Oasys', 'Contact lenses', 'Acuvue', 6000, 3000)`)
	return db
}

func run(t testing.TB, db *sql.DB, q string, args ...any) {
	t.Helper()
	if _, err := db.Exec(q, args...); err != nil {
		t.Fatalf("%s: %v", q, err)
	}
}

// line is one sale line.
type line struct {
	order                           int
	date                            string
	store, staff, customer, product int
	quantity, discount              int
}

func sell(t testing.TB, db *sql.DB, lines ...line) {
	t.Helper()
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range lines {
		if _, err := tx.Exec(`INSERT INTO sale_lines (order_id, business_date, store_id, staff_id, customer_id, product_id, quantity, gross_cents, discount_cents, net_cents, cost_cents)
			SELECT ?, ?, ?, ?, ?, id, ?, ? * price_cents, ?, ? * price_cents - ?, ? * cost_cents FROM products WHERE id = ?`,
			l.order, l.date, l.store, l.staff, l.customer, l.quantity, l.quantity, l.discount, l.quantity, l.discount, l.quantity, l.product); err != nil {
			t.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
}

// busyShop sells something on most days of the 400 before monday. scale makes one shop differ from another.
func busyShop(t testing.TB, seed uint64, scale int) *sql.DB {
	t.Helper()
	db := openShop(t)
	r := rand.New(rand.NewPCG(seed, 1))
	day := semantic.Date{Year: 2026, Month: 11, Day: 23}
	var lines []line
	for i := range 400 {
		date := day.AddDays(-i)
		if date.Weekday() == 6 {
			continue
		}
		for range 1 + r.IntN(4) {
			lines = append(lines, line{len(lines)/2 + 1, date.String(), 1 + r.IntN(3), 1 + r.IntN(3), 1 + r.IntN(3), 1 + r.IntN(5), scale * (1 + r.IntN(3)), 100 * r.IntN(5)})
		}
	}
	sell(t, db, lines...)
	return db
}

// script is a Generator that answers plan and answer prompts by fixed texts, or by functions.
type script struct {
	plan, answer string
	planFunc     func(assistant.Generation) (assistant.Completion, error)
	answerFunc   func(assistant.Generation) (assistant.Completion, error)
	before       func() // runs in every generation

	mu   sync.Mutex
	seen []assistant.Generation
}

func (s *script) Generate(_ context.Context, g assistant.Generation) (assistant.Completion, error) {
	s.mu.Lock()
	s.seen = append(s.seen, g)
	s.mu.Unlock()
	if s.before != nil {
		s.before()
	}
	planning := g.System == "route" || strings.HasPrefix(g.System, "plan ") || strings.HasPrefix(g.System, "You turn")
	switch {
	case planning && s.planFunc != nil:
		return s.planFunc(g)
	case planning:
		return completion(s.plan, 30), nil
	case s.answerFunc != nil:
		return s.answerFunc(g)
	}
	return completion(s.answer, 25), nil
}

func completion(text string, tokens int) assistant.Completion {
	return assistant.Completion{Text: text, PromptTokens: 20, CachedTokens: 5, CompletionTokens: tokens, Queued: time.Millisecond}
}

const shopOne = ilsai.TenantID("optical-shop-1")

// asker wires an assistant over one shop.
func asker(t testing.TB, db *sql.DB, s *script) (*assistant.Assistant, *shops) {
	t.Helper()
	source := &shops{dbs: map[ilsai.TenantID]*sql.DB{shopOne: db}}
	a, err := assistant.New(assistant.Options{
		Generator: s, Data: source, Catalogues: []*semantic.Catalogue{semantic.Sales()}, Model: "test", Now: func() time.Time { return monday },
	})
	if err != nil {
		t.Fatal(err)
	}
	return a, source
}

func question(t testing.TB, text string) assistant.Question {
	return assistant.Question{
		Tenant: assistant.Tenant{ID: shopOne, Name: "Optical Shop 1", TimeZone: "America/New_York", Currency: "USD"},
		UserID: "u1", Text: text, QueryType: "sales", RequestID: "req-1",
	}
}

func ask(t testing.TB, a *assistant.Assistant, text string) assistant.Answer {
	t.Helper()
	got, err := a.Ask(context.Background(), question(t, text))
	if err != nil {
		t.Fatalf("Ask(%q): %v", text, err)
	}
	return got
}

func salesOnly() []*semantic.Catalogue { return []*semantic.Catalogue{semantic.Sales()} }

type tenantID = ilsai.TenantID

func dbsOf(db *sql.DB) map[tenantID]*sql.DB { return map[tenantID]*sql.DB{shopOne: db} }
