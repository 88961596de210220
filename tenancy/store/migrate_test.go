package store

import (
	"database/sql"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/mattn/go-sqlite3"

	"github.com/ils-platform/ilsai"
)

func openRaw(t *testing.T) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite3", dsn(filepath.Join(t.TempDir(), "x?#% y.db")))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func files(texts ...string) fstest.MapFS {
	fs := fstest.MapFS{}
	for i, text := range texts {
		fs["migrations/sqlite/000"+string(rune('1'+i))+"_step.sql"] = &fstest.MapFile{Data: []byte(text)}
	}
	return fs
}

func steps(t *testing.T, texts ...string) []migration {
	t.Helper()
	out, err := loadMigrations(files(texts...), "sqlite")
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestMigrateStepByStep(t *testing.T) {
	t.Parallel()
	db := openRaw(t)
	one, two := "CREATE TABLE a (x INTEGER)", "ALTER TABLE a ADD COLUMN y INTEGER; INSERT INTO a VALUES (1, 2)"
	for _, s := range [][]migration{steps(t, one), steps(t, one, two), steps(t, one, two)} {
		if err := migrate(t.Context(), db, s); err != nil {
			t.Fatal(err)
		}
	}
	var rows, version int
	if err := db.QueryRow("SELECT COUNT(*), (SELECT MAX(version) FROM schema_migrations) FROM a").Scan(&rows, &version); err != nil || rows != 1 || version != 2 {
		t.Errorf("got %d rows, version %d, %v, want 1 and 2", rows, version, err)
	}
}

// A step that fails half-way leaves nothing behind, and the next start tries it again.
func TestMigrateIsWholeOrNothing(t *testing.T) {
	t.Parallel()
	db := openRaw(t)
	if err := migrate(t.Context(), db, steps(t, "CREATE TABLE a (x INTEGER)", "INSERT INTO a VALUES (1); CREATE TABLE b (x INTEGER); nonsense")); err == nil {
		t.Fatal("got nil, want an error")
	}
	var rows, tables int
	if err := db.QueryRow("SELECT (SELECT COUNT(*) FROM a), (SELECT COUNT(*) FROM sqlite_schema WHERE name = 'b')").Scan(&rows, &tables); err != nil || rows != 0 || tables != 0 {
		t.Errorf("got %d rows, %d tables, %v, want none", rows, tables, err)
	}
	if err := migrate(t.Context(), db, steps(t, "CREATE TABLE a (x INTEGER)", "CREATE TABLE b (x INTEGER)")); err != nil {
		t.Error(err)
	}
}

func TestMigrateRefusesNewerData(t *testing.T) {
	t.Parallel()
	db := openRaw(t)
	if err := migrate(t.Context(), db, steps(t, "CREATE TABLE a (x INTEGER)", "CREATE TABLE b (x INTEGER)")); err != nil {
		t.Fatal(err)
	}
	err := migrate(t.Context(), db, steps(t, "CREATE TABLE a (x INTEGER)"))
	if ilsai.ErrorCode(err) != ilsai.CodeConflict || !strings.Contains(ilsai.ErrorMessage(err), "newer release") {
		t.Errorf("got %v, want %s naming a newer release", err, ilsai.CodeConflict)
	}
}

func TestLoadMigrationsRefusesGaps(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"0002_x.sql", "x.sql", "0000_x.sql"} {
		if _, err := loadMigrations(fstest.MapFS{"migrations/sqlite/" + name: &fstest.MapFile{}}, "sqlite"); err == nil {
			t.Errorf("%s: got nil, want an error", name)
		}
	}
	if got, err := loadMigrations(migrations, "sqlite"); err != nil || len(got) == 0 {
		t.Errorf("the shipped ones: got %d, %v", len(got), err)
	}
}

// Not even a connection of our own can change or remove a usage row.
func TestUsageLogIsAppendOnly(t *testing.T) {
	t.Parallel()
	db := openRaw(t)
	shipped, err := loadMigrations(migrations, "sqlite")
	if err != nil {
		t.Fatal(err)
	}
	if err := migrate(t.Context(), db, shipped); err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{
		`INSERT INTO tenants (id, code, name, tier, status, time_zone, currency, created_at) VALUES ('a', 'a', 'a', 'basic', 'active', 'UTC', 'EUR', '2026-01-01')`,
		`INSERT INTO ai_usage_logs VALUES (1, 'a', '1', 'sales', 'q', 1, 0, 1, 1, '2026-01-01', 'e', '', '', 0, 0, 0, '', '', NULL)`,
	} {
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	for _, statement := range []string{
		`UPDATE ai_usage_logs SET tokens_used = 0`, `DELETE FROM ai_usage_logs`,
		`INSERT OR REPLACE INTO ai_usage_logs VALUES (1, 'a', '1', 'sales', 'q', 0, 0, 1, 1, '2026-01-01', 'e', '', '', 0, 0, 0, '', '', NULL)`,
		`INSERT INTO ai_usage_logs VALUES (2, 'nobody', '1', 'sales', 'q', 1, 0, 1, 1, '2026-01-01', 'e', '', '', 0, 0, 0, '', '', NULL)`,
		`DELETE FROM tenants`,
	} {
		if _, err := db.Exec(statement); err == nil {
			t.Errorf("%s: got nil, want an error", statement)
		}
	}
	var tokens int
	if err := db.QueryRow("SELECT SUM(tokens_used) FROM ai_usage_logs").Scan(&tokens); err != nil || tokens != 1 {
		t.Errorf("got %d tokens, %v, want 1", tokens, err)
	}
}

func TestClassify(t *testing.T) {
	t.Parallel()
	s := &Store{place: "/data"}
	for _, c := range []struct {
		err  error
		want ilsai.Code
	}{
		{nil, ""},
		{sqlite3.Error{Code: sqlite3.ErrFull}, ilsai.CodeUnavailable},
		{sqlite3.Error{Code: sqlite3.ErrIoErr}, ilsai.CodeUnavailable},
		{sqlite3.Error{Code: sqlite3.ErrReadonly}, ilsai.CodeUnavailable},
		{sqlite3.Error{Code: sqlite3.ErrCorrupt}, ilsai.CodeUnavailable},
		{sqlite3.Error{Code: sqlite3.ErrBusy}, ilsai.CodeUnavailable},
		{sqlite3.Error{Code: sqlite3.ErrMisuse}, ilsai.CodeInternal},
		{sql.ErrConnDone, ilsai.CodeUnavailable},
		{ilsai.Errorf(ilsai.CodeConflict, "x"), ilsai.CodeConflict},
		{errors.Join(errors.New("x"), sqlite3.Error{Code: sqlite3.ErrFull}), ilsai.CodeUnavailable},
	} {
		if got := ilsai.ErrorCode(s.classify(c.err)); got != c.want {
			t.Errorf("%v: got %q, want %q", c.err, got, c.want)
		}
	}
}
