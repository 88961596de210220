package tenantdbtest

import (
	"context"
	"fmt"
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
)

// What a database holds: tables with owner and rights, their rows, sequences, functions with rights, schemas,
// large objects, temporary objects left behind.
var inDatabase = []string{
	`SELECT n.nspname, c.relname, c.relkind, c.relowner::regrole, c.relacl::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace ORDER BY 1, 2`,
	`SELECT nspname, nspowner, nspacl::text FROM pg_namespace WHERE nspname !~ '^pg_(toast_)?temp' ORDER BY 1`,
	`SELECT count(*), md5(string_agg(concat(oid, proname, proacl, prosrc), '' ORDER BY oid)) FROM pg_proc`,
	`SELECT count(*), md5(string_agg(concat(oid, typname, typacl), '' ORDER BY oid)) FROM pg_type`,
	`SELECT (SELECT count(*) FROM pg_largeobject_metadata), (SELECT count(*) FROM pg_largeobject), (SELECT count(*) FROM pg_extension), (SELECT count(*) FROM pg_trigger),
		(SELECT count(*) FROM pg_rewrite), (SELECT count(*) FROM pg_policy),
		(SELECT count(*) FROM pg_description), (SELECT count(*) FROM pg_statistic), (SELECT count(*) FROM pg_publication)`,
	`SELECT defaclrole::regrole, defaclnamespace, defaclacl::text FROM pg_default_acl WHERE defaclrole = 10 ORDER BY 1, 2`, // of what others make: nobody may
	`SELECT lanname, lanacl::text FROM pg_language ORDER BY 1`,
	`SELECT md5(string_agg(i::text, '' ORDER BY i.id)) FROM items i`, `SELECT md5(string_agg(l::text, '' ORDER BY l.id)) FROM lines l`,
	`SELECT last_value, is_called FROM lines_id_seq`,
}

// What a server holds for all its databases; a role's own row is looked at apart.
var inServer = []string{
	`SELECT datname, datdba::regrole, datacl::text, datconnlimit FROM pg_database ORDER BY 1`,
	`SELECT member::regrole, roleid::regrole FROM pg_auth_members ORDER BY 1, 2`,
	`SELECT spcname, spcacl::text FROM pg_tablespace ORDER BY 1`,
	`SELECT count(*) FROM pg_subscription`, `SELECT count(*) FROM pg_replication_slots`, `SELECT count(*) FROM pg_prepared_xacts`,
	`SELECT name, setting, reset_val FROM pg_settings WHERE source = 'configuration file' ORDER BY 1`,
}

const (
	roleRow = `SELECT rolname, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, rolbypassrls, rolconnlimit, rolpassword
		FROM pg_authid WHERE (rolname LIKE $1) = $2 ORDER BY 1`
	roleSets = `SELECT coalesce(a.rolname, '') AS r, s.setdatabase, s.setconfig::text FROM pg_db_role_setting s LEFT JOIN pg_authid a ON a.oid = s.setrole
		WHERE (coalesce(a.rolname, '') LIKE $1) = $2 ORDER BY 1`
)

// volatile names files that come and go by themselves: logs, statistics, caches, maps of free space.
var volatile = regexp.MustCompile(`pg_wal/|pg_stat|pg_subtrans/|pg_multixact/|pg_notify/|pg_logical/|` +
	`pgsql_tmp|pg_internal\.init|_fsm$|_vm$|_init$|/t\d+_|pg_snapshots/|postmaster\.(pid|opts)$|pg_xact/`)

// Fingerprint sums up everything in the databases and the server that a tenant might change, but for the
// roles whose names begin with own, and those apart.
func (c *Cluster) Fingerprint(ctx context.Context, databases []string, own string) (everything, ownRoles string, err error) {
	var all, mine strings.Builder
	for _, d := range databases {
		fmt.Fprintf(&all, "== %s\n", d)
		if err := c.dump(ctx, &all, d, inDatabase); err != nil {
			return "", "", err
		}
	}
	all.WriteString("== server\n")
	if err := c.dump(ctx, &all, "postgres", inServer); err != nil {
		return "", "", err
	}
	for _, q := range []string{roleRow, roleSets} {
		if err := c.dump(ctx, &all, "postgres", []string{q}, own+"%", false); err != nil {
			return "", "", err
		}
		if err := c.dump(ctx, &mine, "postgres", []string{q}, own+"%", true); err != nil {
			return "", "", err
		}
	}
	err = filepath.WalkDir(c.Data(), func(path string, _ fs.DirEntry, err error) error {
		if err == nil && !volatile.MatchString(path) {
			fmt.Fprintln(&all, strings.TrimPrefix(path, c.Data()))
		}
		return err
	})
	return all.String(), mine.String(), err
}

func (c *Cluster) dump(ctx context.Context, out *strings.Builder, database string, queries []string, args ...any) error {
	conn, err := c.Connect(ctx, database)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	for _, q := range queries {
		rows, err := conn.Query(ctx, q, args...)
		if err != nil {
			return err
		}
		for rows.Next() {
			values, err := rows.Values()
			if err != nil {
				return err
			}
			fmt.Fprintln(out, values...)
		}
		if err := rows.Err(); err != nil {
			return fmt.Errorf("%s: %w", q, err)
		}
	}
	return nil
}
