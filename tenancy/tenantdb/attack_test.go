package tenantdb

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ils-platform/ilsai"
)

const endlessCTE = "WITH RECURSIVE d(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM d) "

// attacks tries to leave one tenant's own tables, to write, or to use up the machine. victim is the
// path of another tenant's file, fresh one that does not exist.
func attacks(victim, fresh string) []string {
	return []string{
		// other files
		"ATTACH '" + victim + "' AS v", "ATTACH DATABASE 'file:" + victim + "?mode=rw' AS v", "ATTACH '" + fresh + "' AS v", "ATTACH ':memory:' AS m", "ATTACH '' AS t",
		"ATTACH '" + victim + "' AS v; SELECT name FROM v.items", "DETACH main", "SELECT * FROM v.items", "VACUUM INTO '" + fresh + "'", "VACUUM",
		"VACUUM main INTO '" + victim + "'", "SELECT load_extension('/tmp/x.so')", "SELECT load_extension('/tmp/x', 'y')", "SELECT readfile('" + victim + "')",
		"SELECT writefile('" + fresh + "', 'x')", "SELECT edit('x')", "SELECT fts3_tokenizer('simple')", "SELECT fts3_tokenizer('x', x'00')",
		"CREATE VIRTUAL TABLE temp.c USING csv(filename='" + victim + "')", "SELECT * FROM fsdir('.')", "SELECT * FROM dbstat", "SELECT * FROM sqlite_dbpage",
		// pragmas
		"PRAGMA query_only=0", "PRAGMA query_only=0; DELETE FROM items", "PRAGMA writable_schema=ON", "PRAGMA writable_schema=RESET", "PRAGMA journal_mode=WAL", "PRAGMA journal_mode=DELETE",
		"PRAGMA user_version=7", "PRAGMA application_id=7", "PRAGMA trusted_schema=ON", "PRAGMA temp_store_directory='/tmp'", "PRAGMA data_store_directory='/tmp'", "PRAGMA wal_checkpoint(TRUNCATE)",
		"PRAGMA locking_mode=EXCLUSIVE", "PRAGMA schema_version=1", "PRAGMA secure_delete=ON", "PRAGMA cache_size=1000000000", "PRAGMA mmap_size=1000000000000", "PRAGMA hard_heap_limit=1",
		"PRAGMA soft_heap_limit=1", "PRAGMA table_info(items)", "PRAGMA database_list", "PRAGMA optimize", "PRAGMA incremental_vacuum", "PRAGMA shrink_memory", "PRAGMA integrity_check",
		"SELECT * FROM pragma_database_list", "SELECT * FROM pragma_table_info('items')", "SELECT count(*) FROM pragma_database_list", "SELECT file FROM pragma_database_list()",
		// the schema
		"SELECT * FROM sqlite_master", "SELECT sql FROM sqlite_schema", "SELECT count(*) FROM sqlite_master", "SELECT name FROM main.sqlite_master", "SELECT * FROM sqlite_temp_master", "SELECT * FROM temp.sqlite_schema",
		"SELECT * FROM SQLITE_MASTER", "SELECT x.sql FROM (SELECT * FROM sqlite_schema) x", "UPDATE sqlite_master SET sql = ''", "DELETE FROM sqlite_schema", "SELECT * FROM sqlite_sequence",
		// writes
		"INSERT INTO items (name, price_cents) VALUES ('x', 1)", "REPLACE INTO items (id, name, price_cents) VALUES (1, 'x', 1)", "UPDATE items SET price_cents = 0", "DELETE FROM items", "DELETE FROM items RETURNING *",
		"WITH x AS (SELECT 1) DELETE FROM items", "WITH x AS (SELECT 1) INSERT INTO items (name, price_cents) SELECT 'x', 1", "WITH x AS (SELECT 1) UPDATE items SET price_cents = 0 RETURNING id",
		"DROP TABLE items", "DROP INDEX lines_by_item", "DROP VIEW item_names", "ALTER TABLE items RENAME TO x", "ALTER TABLE items ADD COLUMN x", "ALTER TABLE items DROP COLUMN rate", "CREATE TABLE x (a)", "CREATE TABLE x AS SELECT * FROM items",
		"CREATE INDEX x ON items (name)", "CREATE VIEW x AS SELECT 1", "CREATE TRIGGER x AFTER INSERT ON items BEGIN SELECT 1; END", "REINDEX", "ANALYZE", "CREATE TEMP TABLE x (a)", "CREATE TEMP TABLE x AS SELECT * FROM items",
		"CREATE TEMP VIEW x AS SELECT 1", "CREATE TEMP TRIGGER x AFTER INSERT ON items BEGIN SELECT 1; END", "CREATE VIRTUAL TABLE x USING fts3(a)", "CREATE VIRTUAL TABLE x USING rtree(a, b, c)",
		// transactions
		"BEGIN", "BEGIN IMMEDIATE", "BEGIN EXCLUSIVE", "COMMIT", "COMMIT; DROP TABLE items", "END", "ROLLBACK", "ROLLBACK; DELETE FROM items", "SAVEPOINT s", "RELEASE s", "ROLLBACK TO s",
		// several statements
		"SELECT 1; DELETE FROM items", "SELECT 1; SELECT 2", "SELECT 1;;DELETE FROM items;--", "SELECT 1 /* ; */; DROP TABLE items", "SELECT ';'; DROP TABLE items", "SELECT \"a;b\" FROM items; DELETE FROM items", "SELECT 1; -- ok\nDELETE FROM items",
		"SELECT 1;\x00DELETE FROM items", "SELECT 1\x00; DELETE FROM items", "; DELETE FROM items", "/* SELECT */ DELETE FROM items", "-- SELECT\nDELETE FROM items", "EXPLAIN DELETE FROM items", "EXPLAIN QUERY PLAN SELECT 1", "VALUES (1)", "",
		// the driver's and other functions that reach outside
		"SELECT authenticate('a', 'b')", "SELECT auth_user_add('a', 'b', 1)", "SELECT auth_user_change('a', 'b', 1)", "SELECT auth_user_delete('a')", "SELECT auth_enabled()", "SELECT sqlite_version()", "SELECT sqlite_compileoption_get(1)",
		"SELECT sqlite_source_id()", "SELECT randomblob(1000000000)", "SELECT zeroblob(1000000000)", "SELECT last_insert_rowid()", "SELECT changes()", "SELECT sqlite_log(1, 'x')", "SELECT sqlite_offset(name) FROM items", "SELECT rtreecheck('x')", "SELECT LOAD_EXTENSION('x')",
		"SELECT \"load_extension\"('x')", "SELECT * FROM json_each('[1]')", "SELECT match('a', 'b')", "SELECT name FROM items WHERE name MATCH 'x'", "SELECT name FROM items WHERE load_extension('x') ORDER BY load_extension('y')",
		// using up the machine
		endlessCTE + "SELECT count(*) FROM d", endlessCTE + "SELECT n FROM d ORDER BY n DESC", endlessCTE + "SELECT DISTINCT n % 7 FROM d LIMIT 100 OFFSET 1000000000", endlessCTE + "SELECT sum(a.n * b.n) FROM d a, d b",
		"WITH RECURSIVE d(s) AS (VALUES ('x') UNION ALL SELECT s || s FROM d) SELECT max(length(s)) FROM d", endlessCTE + "SELECT group_concat(n) FROM d", "SELECT hex(zeroblob(500000000))", "SELECT printf('%.1000000000c', 'x')",
		"SELECT printf('%1000000000d', 1)", "SELECT replace(printf('%.900000c', 'x'), 'x', 'yyyyyyyyyy')", "SELECT hex(hex(printf('%.900000c', 'x')))", "SELECT group_concat(a.name || b.name, printf('%.900000c', 'x')) FROM items a, items b, lines",
		"SELECT char(" + strings.Repeat("65,", 200) + "65)", "SELECT " + strings.Repeat("(", 1000) + "1" + strings.Repeat(")", 1000), "SELECT " + strings.Repeat("1+", 20_000) + "1", "SELECT 1" + strings.Repeat(" UNION ALL SELECT 1", 600),
		"SELECT '" + strings.Repeat("x", 70_000) + "'", "SELECT 1 WHERE printf('%.900000c', 'a') LIKE '%a%a%a%a%a%a%a%a%a%a%a%a%b'", "SELECT 1 WHERE printf('%.900000c', 'a') GLOB '*a*a*a*a*a*a*a*a*b'", "SELECT 1 WHERE 'a' LIKE printf('%.5000c', '%')",
		"SELECT count(*) FROM " + strings.Repeat("lines, ", 70) + "lines", "SELECT count(*) FROM items a, items b, items c, items d, items e, items f, items g, items h, items i, items j, items k, items l, items m, items n, items o, items p, items q, items r, items s, items t, items u, items v, items w, items x, items y, items z, lines aa, lines bb, lines cc, lines dd",
		"SELECT sum(9223372036854775807) FROM lines", "SELECT abs(-9223372036854775808)", "SELECT * FROM nowhere", "SELECT nothing FROM items", "SELECT", "SELECT 1 FROM", "SELECT ?", "SELECT 'unclosed",
	}
}

// runAll runs a text the way the driver does by itself: every statement of it, straight on the
// guarded connection. Nothing but the authorizer, the limits and the deadline is in the way.
func runAll(ctx context.Context, c *conn, text string) (rows [][]driver.Value, err error) {
	r, err := c.QueryContext(ctx, text, nil)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	dest := make([]driver.Value, len(r.Columns()))
	for len(rows) < 100 {
		if err := r.Next(dest); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return rows, err
		}
		rows = append(rows, append([]driver.Value(nil), dest...))
	}
	return rows, nil
}

func attackFixture(t *testing.T) (d *DB, list []string) {
	d = openDB(t, Options{StatementTimeout: 30 * time.Millisecond})
	for _, tenant := range []ilsai.TenantID{"attacker", "victim", "third"} {
		for _, domain := range domains {
			mustMake(t, d, tenant, domain)
		}
	}
	return d, attacks(d.fileOf(key{"victim", DomainSales}), filepath.Join(d.dir, "fresh.db"))
}

func leaks(result any) bool {
	text := fmt.Sprint(result)
	return strings.Contains(text, "canary-victim") || strings.Contains(text, "canary-third") ||
		strings.Contains(text, "_inventory") || strings.Contains(text, "_patients")
}

// The corpus through Query: nothing of it gets anything, changes anything, or hurts the connection.
func TestAttacksThroughQuery(t *testing.T) {
	t.Parallel()
	d, list := attackFixture(t)
	before := fingerprint(t, d.dir)
	s := snapshot(t, d, "attacker")
	refusedAtOnce := 0
	for _, text := range list {
		start := time.Now()
		columns, rows, err := s.Query(t.Context(), text, nil, 100)
		took := time.Since(start)
		if err == nil && !harmless(text) {
			t.Errorf("%.80q: got %v %v, want an error", text, columns, rows)
		}
		if took > 2*time.Second {
			t.Errorf("%.80q: took %v", text, took)
		}
		if leaks(rows) {
			t.Errorf("%.80q: leaked %v", text, rows)
		}
		if ilsai.ErrorCode(err) == ilsai.CodeInvalid {
			refusedAtOnce++
		}
		if err != nil && (strings.Contains(ilsai.ErrorMessage(err), d.dir) || strings.Contains(ilsai.ErrorMessage(err), "sqlite")) {
			t.Errorf("%.80q: the message tells too much: %q", text, ilsai.ErrorMessage(err))
		}
	}
	t.Logf("%d statements, %d refused as invalid", len(list), refusedAtOnce)
	if _, rows, err := s.Query(t.Context(), "SELECT name FROM items WHERE id = 1", nil, 1); err != nil || rows[0][0] != canary("attacker", DomainSales) {
		t.Errorf("the connection suffered: got %v, %v", rows, err)
	}
	if after := fingerprint(t, d.dir); after != before {
		t.Errorf("the data directory changed:\n%s\nwas\n%s", after, before)
	}
}

// harmless are statements of the corpus that may succeed: bounded work on the tenant's own tables.
func harmless(text string) bool {
	for _, part := range []string{"LIKE '%a%a", "GLOB '*a", "replace(printf", "'%.900000c', 'x')) FROM items", strings.Repeat("(", 100)} {
		if strings.Contains(text, part) {
			return true
		}
	}
	return false
}

// The same corpus with every other guard off: the authorizer alone is the wall.
func TestAttacksOnTheAuthorizerAlone(t *testing.T) {
	t.Parallel()
	d, list := attackFixture(t)
	before := fingerprint(t, d.dir)
	k := key{"attacker", DomainSales}
	ran := 0
	for _, inTransaction := range []bool{false, true} {
		c, err := d.openConn(t.Context(), k)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Exec("SELECT 1", nil); err != nil {
			t.Fatal(err)
		}
		if inTransaction {
			if err := c.begin(); err != nil {
				t.Fatal(err)
			}
		}
		for _, text := range list {
			for _, statement := range []string{text, strings.ReplaceAll(text, "\x00", "")} {
				ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
				rows, err := runAll(ctx, c, statement)
				cancel()
				if leaks(rows) {
					t.Errorf("%.80q: leaked %v", text, rows)
				}
				if err == nil {
					ran++
				}
			}
		}
		rows, err := runAll(t.Context(), c, "SELECT (SELECT count(*) FROM items), (SELECT count(*) FROM lines)")
		if fmt.Sprint(rows) != "[[2 3]]" || err != nil {
			t.Errorf("the connection suffered: got %v, %v", rows, err)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
	t.Logf("%d statements, twice; %d runs without an error", len(list), ran)
	if after := fingerprint(t, d.dir); after != before {
		t.Errorf("the data directory changed:\n%s\nwas\n%s", after, before)
	}
}

// The corpus must be able to fail: without the authorizer, mode=ro and query_only do not isolate.
func TestCorpusSeesAMissingWall(t *testing.T) {
	t.Parallel()
	d, list := attackFixture(t)
	c, err := d.openConn(t.Context(), key{"attacker", DomainSales})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.RegisterAuthorizer(nil)
	c.SetLimit(7, 10) // attached databases
	before := fingerprint(t, d.dir)
	leaked := false
	for _, text := range list {
		if strings.Contains(text, "_heap_limit") || strings.Contains(text, "_directory") {
			continue // these reach the whole process, other tests included
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
		rows, _ := runAll(ctx, c, text)
		cancel()
		leaked = leaked || leaks(rows)
	}
	if !leaked || fingerprint(t, d.dir) == before {
		t.Error("without the authorizer nothing leaked or nothing changed: the corpus proves nothing")
	}
}

// Every tenant and domain reads its own canary and nothing else, whichever pair is tried.
func TestIsolationMatrix(t *testing.T) {
	t.Parallel()
	d := openDB(t, Options{MaxConns: 8})
	var tenants []ilsai.TenantID
	for i := range 8 {
		tenants = append(tenants, ilsai.TenantID(fmt.Sprintf("shop-%d", i)))
	}
	for _, tenant := range tenants {
		for _, domain := range domains {
			mustMake(t, d, tenant, domain)
		}
	}
	for _, tenant := range tenants {
		for _, domain := range domains {
			s, err := d.Snapshot(t.Context(), tenant, domain)
			if err != nil {
				t.Fatal(err)
			}
			for _, other := range tenants {
				for _, otherDomain := range domains {
					want := other == tenant && otherDomain == domain
					_, rows, err := s.Query(t.Context(), "SELECT name FROM items WHERE name = ?", []any{canary(other, otherDomain)}, 10)
					if err != nil || (len(rows) == 1) != want {
						t.Errorf("%s/%s reads %s/%s: got %v, %v, want %v", tenant, domain, other, otherDomain, rows, err, want)
					}
					_, rows, err = s.Query(t.Context(), fmt.Sprintf("SELECT name FROM %q.items", other), nil, 10)
					if err == nil {
						t.Errorf("%s/%s reads %s by name: %v", tenant, domain, other, rows)
					}
				}
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}
