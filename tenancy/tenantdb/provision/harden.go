package provision

import (
	"context"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/ils-platform/ilsai/tenancy/tenantdb/sqlguard"
)

// revokeAtOnce is how many functions one REVOKE names.
const revokeAtOnce = 500

// unlistedFunctions are the built-in functions PUBLIC loses: neither listed, nor behind an operator or a cast.
const unlistedFunctions = `SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
	WHERE n.nspname IN ('pg_catalog', 'information_schema') AND NOT p.proname = ANY ($1)
	AND NOT EXISTS (SELECT 1 FROM pg_operator o WHERE o.oprcode = p.oid) AND NOT EXISTS (SELECT 1 FROM pg_cast c WHERE c.castfunc = p.oid)
	AND (p.proacl IS NULL OR EXISTS (SELECT 1 FROM aclexplode(p.proacl) a WHERE a.grantee = 0))
	ORDER BY p.oid`

// takeAway is what PUBLIC loses beside functions. Large objects and sequences need functions to be reached.
var takeAway = []string{
	"REVOKE ALL ON SCHEMA public, information_schema FROM PUBLIC",
	"REVOKE ALL ON ALL TABLES IN SCHEMA public, pg_catalog, information_schema FROM PUBLIC",
	"REVOKE USAGE ON LANGUAGE sql, plpgsql FROM PUBLIC",
	// The tables of this database, for whoever reads to know what there is.
	"GRANT SELECT ON pg_catalog.pg_class, pg_catalog.pg_namespace TO PUBLIC",
	"ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC",
}

// mark names what harden did, in a comment on the schema public: copies of the database have it, too.
func mark(schema string) string {
	text := schema + strings.Join(takeAway, ";") + unlistedFunctions + strings.Join(sqlguard.Functions, " ")
	return fmt.Sprintf("ilsai %08x", crc32.ChecksumIEEE([]byte(text)))
}

// harden makes the tables of a database, unless it has been done, and takes from PUBLIC what readers do
// not need; again whenever what is taken has changed. One transaction: a crash leaves all or nothing.
func harden(ctx context.Context, conn *pgx.Conn, schema string) error {
	var comment *string
	if err := conn.QueryRow(ctx, "SELECT obj_description('public'::regnamespace, 'pg_namespace')").Scan(&comment); err != nil {
		return err
	}
	want := mark(schema)
	if comment != nil && *comment == want {
		return nil
	}
	tx, err := conn.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback(context.WithoutCancel(ctx)) // after Commit it does nothing
	if comment == nil || !strings.HasPrefix(*comment, "ilsai ") {
		// Several statements in one message: it is our own text.
		if _, err := tx.Conn().PgConn().Exec(ctx, schema).ReadAll(); err != nil {
			return fmt.Errorf("schema: %w", err)
		}
	}
	rows, err := tx.Query(ctx, unlistedFunctions, sqlguard.Functions)
	if err != nil {
		return err
	}
	unlisted, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	statements := slices.Clone(takeAway)
	for some := range slices.Chunk(unlisted, revokeAtOnce) {
		statements = append(statements, "REVOKE EXECUTE ON ROUTINE "+strings.Join(some, ", ")+" FROM PUBLIC")
	}
	for _, s := range append(statements, "COMMENT ON SCHEMA public IS "+literal(want)) {
		if _, err := tx.Exec(ctx, s); err != nil {
			return fmt.Errorf("%.60s: %w", s, err)
		}
	}
	return tx.Commit(ctx)
}
