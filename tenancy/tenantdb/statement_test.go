package tenantdb

import (
	"database/sql/driver"
	"strings"
	"testing"

	"github.com/mattn/go-sqlite3"
	"pgregory.net/rapid"
)

func TestCheckStatement(t *testing.T) {
	t.Parallel()
	for sql, ok := range map[string]bool{
		"SELECT 1": true, "select 1;": true, " \n\tSeLeCt 1 ; ; ": true, "WITH x AS (SELECT 1) SELECT * FROM x": true,
		"SELECT ';', \";\", `;`, [;]": true, "SELECT 'it''s; fine'": true, "SELECT 1 -- ; SELECT 2": true, "SELECT 1 /* ; SELECT 2 */": true, "SELECT 1; /* end */ -- end": true,
		"-- note\nSELECT 1": true, "SELECT '--'; ": true, "SELECT 1 /* unclosed ; ": true, "SELECT 5-3": true, "SELECT 5/2": true,
		"": false, ";": false, "  ": false, "DELETE FROM x": false, "SELECTED": false, "PRAGMA x": false, "(SELECT 1)": false, "SELECT 1; SELECT 2": false,
		"SELECT 1 FROM lines" + strings.Repeat(", Lines", maxTables-1): true, "SELECT 1 FROM lines" + strings.Repeat(`, "LINES"`, maxTables): false,
		"SELECT 1;;; x": false, "SELECT '--'; DELETE": false, "SELECT '/*'; DELETE; --*/": false, "SELECT 1 -- x\n; DELETE": false, "SELECT 1; 'x'": false, "SELECT 1\x00": false,
		"SELECT \"a\"\"b;\" ; x": false, "SELECT [a]; x]": false, "SELECT '" + strings.Repeat("x", maxStatementBytes) + "'": false,
	} {
		if err := checkStatement(sql, map[string]bool{"lines": true}); (err == nil) != ok {
			t.Errorf("%.60q: got %v, want ok %v", sql, err, ok)
		}
	}
}

// What is accepted is one statement to SQLite, too: running the whole text calls tick no more often
// than running its first statement alone.
func TestAcceptedIsOneStatement(t *testing.T) {
	t.Parallel()
	raw, err := (&sqlite3.SQLiteDriver{}).Open(":memory:")
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	c := raw.(*sqlite3.SQLiteConn)
	ticks := 0
	if err := c.RegisterFunc("tick", func() int { ticks++; return ticks }, false); err != nil {
		t.Fatal(err)
	}
	drain := func(rows driver.Rows, err error) bool {
		if err != nil {
			return false
		}
		dest := make([]driver.Value, len(rows.Columns()))
		for rows.Next(dest) == nil {
		}
		return rows.Close() == nil
	}
	pieces := rapid.SampledFrom([]string{"select tick() ", "SELECT tick()", ";", ";", "'", "''", "\"", "`", "[", "]", "--", "\n", "/*", "*/", " ", "1", ",", " as x", "-", "/", "*", "é", "with y as (select 1) select tick() from y"})
	accepted := 0
	check := func(rt *rapid.T, text string) {
		if checkStatement(text, nil) != nil {
			return
		}
		ticks = 0
		drain(c.Query(text, nil))
		whole := ticks
		ticks = 0
		stmt, err := c.Prepare(text)
		if err != nil {
			return // not SQL: nothing of it runs
		}
		defer stmt.Close()
		drain(stmt.(*sqlite3.SQLiteStmt).QueryContext(t.Context(), nil))
		accepted++
		if whole != ticks {
			rt.Fatalf("%q: the whole ran %d statements, the first alone %d", text, whole, ticks)
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		for range 100 {
			check(rt, "select tick() "+strings.Join(rapid.SliceOfN(pieces, 0, 8).Draw(rt, "pieces"), ""))
		}
	})
	t.Logf("%d texts accepted and run", accepted)
}
