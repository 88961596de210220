package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"path/filepath"
	"regexp"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	"github.com/spf13/cobra"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/assistant"
	"github.com/ils-platform/ilsai/assistant/semantic"
	"github.com/ils-platform/ilsai/tenancy/tenantdb"
)

// catalogProblem is one thing a catalogue asks a database for in vain.
type catalogProblem struct {
	Catalogue string `json:"catalogue"`
	Kind      string `json:"kind"` // metric, dimension, values or rollup
	ID        string `json:"id"`
	Missing   string `json:"missing,omitempty"` // the table or column, where the database names one
	Cause     string `json:"cause"`             // what the database says
	Change    string `json:"change"`            // what to do about it
}

type catalogReport struct {
	Catalogues []string         `json:"catalogues"`
	Checked    int              `json:"checked"` // statements tried
	Problems   []catalogProblem `json:"problems"`
}

func newCatalog() *cobra.Command {
	cmd := &cobra.Command{Use: "catalog", Short: "Work on the catalogues that say what may be asked"}
	cmd.AddCommand(newCatalogCheck())
	return cmd
}

func newCatalogCheck() *cobra.Command {
	var tenant, file, dsn, domain string
	asJSON := false
	cmd := &cobra.Command{
		Use: "check", Short: "Try catalogues on a live database and say which table or column is missing", Args: cobra.NoArgs,
		Long: "Runs every expression of the catalogues once on a database: a shop's own (--tenant), a SQLite file or a PostgreSQL database.\n" +
			"Nothing is written. Exits 1 when something is missing. docs/catalogues.md explains every key.",
		Example: "  ilsai catalog check --catalogue-dir ./catalogues --tenant optical-shop-2\n" +
			"  ilsai catalog check --catalogue-dir ./catalogues --domain sales --postgres 'host=db user=reader dbname=shop'",
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, log, err := configure(cmd)
			if err != nil {
				return err
			}
			catalogues := semantic.Shipped()
			if c.CatalogueDir != "" {
				if catalogues, err = semantic.LoadDir(c.CatalogueDir); err != nil {
					return ilsai.Wrap(ilsai.CodeInvalid, err, "the catalogues in %s cannot be used", c.CatalogueDir)
				}
			}
			if (file != "" || dsn != "") && domain == "" && len(catalogues) > 1 {
				return ilsai.Errorf(ilsai.CodeInvalid, "a single database holds one domain: say which with --domain")
			}
			report := catalogReport{Catalogues: []string{}, Problems: []catalogProblem{}}
			for _, catalogue := range catalogues {
				if domain != "" && catalogue.Domain != domain {
					continue
				}
				db, err := openChecked(cmd.Context(), c, log, catalogue, tenant, file, dsn)
				if err != nil {
					return err
				}
				err = report.check(cmd.Context(), catalogue, db)
				if err = errors.Join(err, db.close()); err != nil {
					return err
				}
			}
			if len(report.Catalogues) == 0 {
				return ilsai.Errorf(ilsai.CodeInvalid, "there is no catalogue of the domain %q", domain)
			}
			if asJSON {
				err = printJSON(cmd.OutOrStdout(), report)
			} else {
				report.print(cmd.OutOrStdout())
			}
			if err == nil && len(report.Problems) > 0 {
				err = ilsai.Errorf(ilsai.CodeInvalid, "%d of %d statements do not fit the database", len(report.Problems), report.Checked)
			}
			return err
		},
	}
	addConfigFlags(cmd.Flags(), "data_dir", "catalogue_dir", "log_level", "log_format")
	quietByDefault(cmd)
	cmd.Flags().StringVar(&tenant, "tenant", "", "check the databases of this shop")
	cmd.Flags().StringVar(&file, "sqlite", "", "check this SQLite file")
	cmd.Flags().StringVar(&dsn, "postgres", "", "check this PostgreSQL database")
	cmd.Flags().StringVar(&domain, "domain", "", "only the catalogue of this domain")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.MarkFlagsMutuallyExclusive("tenant", "sqlite", "postgres")
	cmd.MarkFlagsOneRequired("tenant", "sqlite", "postgres")
	return cmd
}

// tryQuery runs one statement and forgets its rows.
type tryQuery func(ctx context.Context, q semantic.Query) error

// checkedDatabase is what a catalogue is checked on, read-only.
type checkedDatabase struct {
	dialect semantic.Dialect
	try     tryQuery
	has     func(table string) bool
	close   func() error
}

func openChecked(ctx context.Context, c *config, log *slog.Logger, catalogue *semantic.Catalogue, tenant, file, dsn string) (*checkedDatabase, error) {
	if tenant != "" {
		return openCheckedShop(ctx, c, log, catalogue, tenant)
	}
	return openCheckedDatabase(ctx, file, dsn)
}

// openCheckedShop opens a shop's database wherever it is, behind the guards that questions pass.
func openCheckedShop(ctx context.Context, c *config, log *slog.Logger, catalogue *semantic.Catalogue, tenant string) (_ *checkedDatabase, err error) {
	id, err := ilsai.ParseTenantID(tenant)
	if err != nil {
		return nil, err
	}
	control, err := openControl(ctx, c)
	if err != nil {
		return nil, err
	}
	a := &app{log: log}
	done := func() error { return errors.Join(a.Close(), control.Close()) }
	defer func() {
		if err != nil {
			err = errors.Join(err, done())
		}
	}()
	if a.data, err = tenantdb.Open(c.DataDir, tenantdb.Options{MaxRows: semantic.MaxGroups}); err != nil {
		return nil, err
	}
	if err := a.openServers(c, control); err != nil {
		return nil, err
	}
	a.control = nil // what the guard refuses here is the report's, not the audit log's
	snapshot, err := dataSource{a}.Snapshot(ctx, id, catalogue.Source())
	if err != nil {
		return nil, err
	}
	d := &checkedDatabase{dialect: snapshot.Dialect(), close: done, has: func(string) bool { return false }}
	tables := map[string]bool{}
	if l, ok := snapshot.(assistant.TableLister); ok {
		for _, f := range catalogue.Facts {
			for _, r := range f.Rollups {
				tables[r.Table] = l.HasTable(r.Table)
			}
		}
	}
	d.has = func(table string) bool { return tables[table] }
	d.try = func(ctx context.Context, q semantic.Query) (err error) {
		s, err := dataSource{a}.Snapshot(ctx, id, catalogue.Source()) // one each: after an error PostgreSQL's takes no more
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, s.Close()) }()
		_, _, err = s.Query(ctx, q.SQL, q.Args, q.Limit)
		return err
	}
	return d, snapshot.Close()
}

func openCheckedDatabase(ctx context.Context, file, dsn string) (*checkedDatabase, error) {
	driver, dialect, source := "pgx", semantic.Postgres, dsn
	if file != "" {
		path, err := filepath.Abs(file)
		if err != nil {
			return nil, err
		}
		driver, dialect = "sqlite3", semantic.SQLite
		source = (&url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: "mode=ro&_query_only=1"}).String()
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		return nil, ilsai.Wrap(ilsai.CodeInvalid, err, "that database cannot be opened")
	}
	ping, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if err := db.PingContext(ping); err != nil {
		return nil, ilsai.Wrap(ilsai.CodeUnavailable, errors.Join(err, db.Close()), "that database cannot be read: %v", err)
	}
	try := func(ctx context.Context, q semantic.Query) (err error) {
		tx, err := db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
		if err != nil {
			return err
		}
		defer tx.Rollback()
		rows, err := tx.QueryContext(ctx, q.SQL, q.Args...)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, rows.Close()) }()
		rows.Next() // a statement may fail only when it runs
		return rows.Err()
	}
	has := func(table string) bool {
		return try(ctx, semantic.Query{SQL: "SELECT 1 FROM " + table + " LIMIT 1"}) == nil // a catalogue's table is a plain name
	}
	return &checkedDatabase{dialect, try, has, db.Close}, nil
}

func (r *catalogReport) check(ctx context.Context, c *semantic.Catalogue, db *checkedDatabase) error {
	r.Catalogues = append(r.Catalogues, c.Domain)
	probes, err := c.Probes(db.dialect, db.has)
	if err != nil {
		return err
	}
	for _, p := range probes {
		r.Checked++
		if err := db.try(ctx, p.Query); err != nil {
			if code := ilsai.ErrorCode(err); code == ilsai.CodeNotFound || code == ilsai.CodeCanceled || ctx.Err() != nil {
				return err // no database at all
			}
			r.Problems = append(r.Problems, newCatalogProblem(c, p, err))
		}
	}
	return nil
}

// missingThing finds the table or column in what SQLite, PostgreSQL and the guard in front of a shop's file say.
var missingThing = regexp.MustCompile(`no such (?:table|column): ([\w."]+)|(?:relation|column) "?([\w.]+)"? does not exist|access to ([\w.]+) is prohibited`)

func newCatalogProblem(c *semantic.Catalogue, p semantic.Probe, err error) catalogProblem {
	out := catalogProblem{Catalogue: c.Domain, Kind: p.Kind, ID: p.ID, Cause: err.Error()}
	if found := missingThing.FindStringSubmatch(err.Error()); found != nil {
		out.Missing = found[1] + found[2] + found[3]
	}
	where := map[string]string{
		"metric": "the sql, where and inputs of metric %s, or the fact it is computed from", "dimension": "the sql and join of dimension %s, or the fact it stands beside",
		"values": "the values of dimension %s",
	}[p.Kind]
	out.Change = "write " + fmt.Sprintf(where, p.ID) + ", in terms of the tables this database has"
	if out.Missing != "" {
		out.Change = fmt.Sprintf("%q is not there: ", out.Missing) + out.Change + "; or add it to the database as a view"
	}
	return out
}

func (r *catalogReport) print(w io.Writer) {
	for _, p := range r.Problems {
		fmt.Fprintf(w, "%s: %s %s\n  cause:  %s\n  change: %s\n", p.Catalogue, p.Kind, p.ID, p.Cause, p.Change)
	}
	fmt.Fprintf(w, "%d statements of %d catalogues tried, %d problems\n", r.Checked, len(r.Catalogues), len(r.Problems))
}
