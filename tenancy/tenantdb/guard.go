package tenantdb

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/mattn/go-sqlite3"
)

// guard is the authorizer of one connection. SQLite asks it about everything a statement would do
// while compiling it. What is not named here is denied: writes, ATTACH, PRAGMA, transactions,
// temporary objects, the schema tables, virtual tables, recursion, and functions that reach outside.
type guard struct {
	tables map[string]bool // ordinary tables and views of the main database, as the schema spells them
	// internal lifts the guard for the connection's own BEGIN and ROLLBACK. A connection is used by
	// one goroutine at a time, and no statement of a tenant is compiled while it is set.
	internal bool
}

func (g *guard) authorize(action int, arg1, arg2, database string) int {
	if g.internal {
		return sqlite3.SQLITE_OK
	}
	allowed := false
	switch action {
	case sqlite3.SQLITE_SELECT:
		allowed = true
	case sqlite3.SQLITE_READ:
		allowed = g.readable(arg1, arg2, database)
	case sqlite3.SQLITE_FUNCTION:
		allowed = functions[strings.ToLower(arg2)]
	}
	if allowed {
		return sqlite3.SQLITE_OK
	}
	return sqlite3.SQLITE_DENY
}

// readable decides on one column. SQLite names an empty column for a table of which no value is
// read, as in count(*); the name may then be that of a subquery, which no schema knows.
func (g *guard) readable(table, column, database string) bool {
	if database == "main" && g.tables[table] {
		return true
	}
	if column != "" || database != "" && database != "main" {
		return false
	}
	name := strings.ToLower(table)
	return !strings.HasPrefix(name, "sqlite_") && !strings.HasPrefix(name, "pragma_") && !strings.HasPrefix(name, "json")
}

// functions are the built-in ones that compute from their arguments alone. Left out are those that
// reach outside (load_extension, the fts3 and rtree helpers, the driver's user functions), tell about
// the connection (changes, sqlite_version, …) or make large values of small ones (randomblob, printf, replace, group_concat, …).
var functions = setOf(`
	abs avg ceil ceiling coalesce concat concat_ws count cume_dist date datetime dense_rank
	first_value floor ifnull iif if instr julianday lag last_value lead length like likelihood
	likely lower ltrim max min mod nth_value ntile nullif octet_length percent_rank pow power rank
	round row_number rtrim sign sqrt strftime substr substring sum time timediff total trim trunc
	typeof unicode unixepoch unlikely upper`)

func setOf(words string) map[string]bool {
	set := make(map[string]bool)
	for _, w := range strings.Fields(words) {
		set[w] = true
	}
	return set
}

// limits lower what one statement may ask of SQLite. Sources: sqlite.org/limits.html and
// sqlite.org/security.html. The length bounds every string, blob and row, so a 1 GB string fails early.
var limits = map[int]int{
	sqlite3.SQLITE_LIMIT_LENGTH:              1 << 20,
	sqlite3.SQLITE_LIMIT_SQL_LENGTH:          maxStatementBytes,
	sqlite3.SQLITE_LIMIT_EXPR_DEPTH:          200,
	sqlite3.SQLITE_LIMIT_COMPOUND_SELECT:     50,
	sqlite3.SQLITE_LIMIT_VDBE_OP:             50_000,
	sqlite3.SQLITE_LIMIT_FUNCTION_ARG:        32,
	sqlite3.SQLITE_LIMIT_ATTACHED:            0,
	sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 256,
	sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH:       1,
	sqlite3.SQLITE_LIMIT_WORKER_THREADS:      0,
}

// raise puts the guard up on a fresh connection; from here on only readable statements compile.
func raise(c *sqlite3.SQLiteConn) (*guard, error) {
	for _, pragma := range []string{"PRAGMA trusted_schema=OFF", "PRAGMA mmap_size=0", "PRAGMA cell_size_check=ON", "PRAGMA query_only=ON"} {
		if _, err := c.Exec(pragma, nil); err != nil {
			return nil, fmt.Errorf("%s: %w", pragma, err)
		}
	}
	tables, err := ordinaryTables(c)
	if err != nil {
		return nil, err
	}
	for id, value := range limits {
		if c.SetLimit(id, value); c.GetLimit(id) != value {
			return nil, fmt.Errorf("limit %d: got %d, want %d", id, c.GetLimit(id), value)
		}
	}
	g := &guard{tables: tables}
	c.RegisterAuthorizer(g.authorize)
	return g, nil
}

// ordinaryTables names what may be read. A view's own tables are checked like any other.
func ordinaryTables(c *sqlite3.SQLiteConn) (map[string]bool, error) {
	rows, err := c.Query(`SELECT name FROM sqlite_schema
		WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\_%' ESCAPE '\' AND sql NOT LIKE 'CREATE VIRTUAL%'`, nil)
	if err != nil {
		return nil, fmt.Errorf("schema: %w", err)
	}
	defer rows.Close()
	tables := make(map[string]bool)
	dest := make([]driver.Value, 1)
	for {
		err := rows.Next(dest)
		if errors.Is(err, io.EOF) {
			return tables, nil
		}
		if err != nil {
			return nil, fmt.Errorf("schema: %w", err)
		}
		name, _ := dest[0].(string)
		tables[name] = true
	}
}
