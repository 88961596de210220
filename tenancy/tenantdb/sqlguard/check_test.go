package sqlguard

import (
	"strings"
	"testing"

	pg "github.com/pganalyze/pg_query_go/v6"
)

func isTable(name string) bool { return name == "items" || name == "lines" }

func TestCheck(t *testing.T) {
	t.Parallel()
	for sql, ok := range map[string]bool{
		"SELECT 1": true, "select 1;": true, "SELECT * FROM items": true, "SELECT * FROM public.items": true, `SELECT * FROM "items" -- end`: true,
		"SELECT i.name, SUM(l.quantity) AS n FROM lines l JOIN items i ON i.id = l.item_id WHERE i.name = $1 GROUP BY 1 HAVING COUNT(*) > 1 ORDER BY 2 DESC, 1 LIMIT 5": true,
		"WITH x AS (SELECT id FROM items) SELECT count(*) FROM x":                                                                                                       true,
		"SELECT CAST(SUM(a) AS BIGINT), CASE WHEN a IS NULL THEN 0 ELSE a END, COALESCE(a, 0), NULLIF(a, 0), GREATEST(a, b) FROM items GROUP BY a, b":                   true,
		"SELECT to_char(date_trunc('month', CAST(d AS DATE)), 'YYYY-MM-DD'), EXTRACT(ISODOW FROM CAST(d AS DATE)) FROM items":                                           true,
		"SELECT rank() OVER (PARTITION BY a ORDER BY b), SUM(a) OVER w FROM items WINDOW w AS (ORDER BY b ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)":            true,
		"SELECT a FROM items WHERE b BETWEEN $1 AND $2 AND c IN ($3, $4) AND d LIKE 'x%' AND e ILIKE 'y' AND NOT EXISTS (SELECT 1 FROM lines) AND f IS DISTINCT FROM 1": true,
		"SELECT a FROM items UNION ALL SELECT b FROM lines EXCEPT SELECT 1 INTERSECT VALUES (1)":                                                                        true,
		"SELECT substring(name FROM 1 FOR 2), trim(name), position('a' IN name), CURRENT_DATE, a::numeric(10, 2), -a % 2, 'x' || name FROM items":                       true,
		"SELECT SUM(a) FILTER (WHERE b > 0), percentile_cont(0.5) WITHIN GROUP (ORDER BY a) FROM items GROUP BY ROLLUP (a)":                                             true,

		"": false, ";": false, "x": false, "SELECT": true, "SELECT 1; SELECT 2": false, "SELECT 1;;DROP TABLE items": false, "SELECT 1\x00": false,
		"DELETE FROM items": false, "WITH x AS (DELETE FROM items RETURNING *) SELECT * FROM x": false, "SELECT * INTO x FROM items": false, "TABLE items": true,
		"SELECT * FROM items FOR UPDATE": false, "SELECT * FROM items FOR KEY SHARE": false, "SELECT * FROM pg_shadow": false, "SELECT * FROM pg_catalog.pg_class": false,
		"SELECT * FROM information_schema.tables": false, "SELECT * FROM other.public.items": false, "SELECT * FROM other.items": false, "SELECT * FROM Items": true, `SELECT * FROM "Items"`: false,
		"SELECT pg_sleep(1)": false, "SELECT pg_catalog.pg_sleep(1)": false, "SELECT public.sum(1)": false, "SELECT repeat('x', 1000000000)": false, "SELECT * FROM generate_series(1, 2)": false,
		"WITH RECURSIVE d(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM d) SELECT count(*) FROM d": false, "SELECT CURRENT_USER": false, "SELECT SESSION_USER": false, "SELECT current_database()": false,
		"SELECT 'items'::regclass": false, "SELECT 1::oid": false, "SELECT '{1}'::int[]": false, "SELECT ARRAY[1]": false, "SELECT ROW(1)": false, "SELECT a[1] FROM items": false,
		"SELECT 'a' ~ '(a+)+b'": false, "SELECT 1 OPERATOR(public.+) 2": false, "SELECT 1 OPERATOR(pg_catalog.+) 2": true, "SELECT name SIMILAR TO 'x' FROM items": false, "SELECT 1 = ANY (SELECT 1)": true,
		"SELECT 1 = ANY ($1)": false, "SELECT * FROM items TABLESAMPLE system(1)": false, "SELECT xmlelement(name a)": false, "SELECT json_array(1)": false, "SELECT * FROM LATERAL (SELECT 1) x": true,
		"WITH pg_shadow AS (SELECT 1) SELECT * FROM pg_shadow": false, "SELECT * FROM pg_shadow, (WITH pg_shadow AS (SELECT 1) SELECT 1) x": false, "EXPLAIN SELECT 1": false, "PREPARE x AS SELECT 1": false,
		"DECLARE c CURSOR FOR SELECT 1": false, "COPY items TO STDOUT": false, "SET x = 1": false, "SHOW x": false, "DO $$BEGIN END$$": false, "CALL x()": false, "SELECT NEXT VALUE FOR x": false,
		"SELECT '" + strings.Repeat("x", maxBytes) + "'": false, "SELECT " + strings.Repeat("(", 5000) + "1" + strings.Repeat(")", 5000): true, "SELECT " + strings.Repeat("1+", 20_000) + "1": false,
		"SELECT 1" + strings.Repeat(" UNION ALL SELECT 1", 3000): false, "SELECT 1 FROM " + strings.Repeat("items, ", 30) + "items": false, "SELECT " + strings.Repeat("abs(", 3000) + "1" + strings.Repeat(")", 3000): false,
	} {
		if err := Check(sql, isTable); (err == nil) != ok {
			t.Errorf("%.80q: got %v, want ok %v", sql, err, ok)
		}
	}
}

// Whatever is accepted is one SELECT to the parser, and nothing crashes it.
func FuzzCheck(f *testing.F) {
	for _, s := range []string{"SELECT 1", "SELECT sum(a) FROM items WHERE b = $1", "WITH x AS (SELECT 1) SELECT * FROM x", "SELECT 1; DROP TABLE items", "SELECT '''", "SELECT $$x$$", "SELECT U&'\\0041'", "SELECT 1 /* /* */ */"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		statement, err := Statement(sql, isTable)
		if err != nil {
			return
		}
		again, err := pg.Parse("SELECT * FROM (\n" + statement + "\n) AS q LIMIT 5") // as a snapshot runs it
		if err != nil || len(again.GetStmts()) != 1 || again.GetStmts()[0].GetStmt().GetSelectStmt() == nil {
			t.Errorf("%q was accepted: %v", sql, err)
		}
	})
}

func BenchmarkCheck(b *testing.B) {
	const sql = "SELECT i.name, SUM(l.quantity) AS n FROM lines l JOIN items i ON i.id = l.item_id WHERE i.name = $1 GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 5"
	for b.Loop() {
		if err := Check(sql, isTable); err != nil {
			b.Fatal(err)
		}
	}
}
