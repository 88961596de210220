package tenantdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/ils-platform/ilsai"
)

const driverName = "sqlite3" // registered by the driver package

// Exists reports whether a tenant has a database for a domain.
func (d *DB) Exists(tenant ilsai.TenantID, domain string) (bool, error) {
	k, err := keyOf(tenant, domain)
	if err != nil {
		return false, err
	}
	err = d.checkFile(k)
	if ilsai.ErrorCode(err) == ilsai.CodeNotFound {
		return false, nil
	}
	return err == nil, err
}

// Create builds a tenant's database: it runs schema (any number of statements), then fill, if it is not
// nil, in one transaction, fills each table x that stands beside a view x_source from it (its rollup), and
// publishes the file only when all of it is on disk. On any error, or a crash at any point, there is no
// database. The file is read-only from then on (mode 0440 in a directory of mode 0700). Errors: fill's
// own; ilsai.CodeConflict when the database exists; ilsai.CodeInvalid for an id or domain that cannot
// exist; ilsai.CodeUnavailable when the disk is full or cannot be written.
func (d *DB) Create(ctx context.Context, tenant ilsai.TenantID, domain, schema string, fill func(*sql.Tx) error) error {
	return d.build(ctx, tenant, domain, func(k key, temp string) error {
		switch err := d.checkFile(k); ilsai.ErrorCode(err) {
		case ilsai.CodeNotFound:
		case "":
			return ilsai.Errorf(ilsai.CodeConflict, "This shop has %s data already.", title(domain))
		default:
			return err
		}
		return write(ctx, temp, schema, fill)
	})
}

// Update changes a tenant's database: fill runs in one transaction on a copy, which then takes the
// place of the file. Snapshots already begun keep what they see. On any error, or a crash at any
// point, the database is as it was. Errors as with Create, and ilsai.CodeNotFound when there is no
// database to change.
func (d *DB) Update(ctx context.Context, tenant ilsai.TenantID, domain string, change func(*sql.Tx) error) error {
	return d.build(ctx, tenant, domain, func(k key, temp string) error {
		if err := d.checkFile(k); err != nil {
			return err
		}
		if err := copyFile(temp, d.fileOf(k)); err != nil {
			return err
		}
		return write(ctx, temp, "", change)
	})
}

// build gives fill a private temporary file and publishes what it made of it.
func (d *DB) build(ctx context.Context, tenant ilsai.TenantID, domain string, fill func(k key, temp string) error) error {
	k, err := keyOf(tenant, domain)
	if err != nil {
		return err
	}
	d.publish.Lock()
	defer d.publish.Unlock()
	if err := ctx.Err(); err != nil {
		return contextError(err)
	}
	dir := d.dirOf(k)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return d.buildError(ctx, k, err)
	}
	temp := filepath.Join(dir, "."+k.domain+".db.new") // one name: what a crash left is overwritten, not piled up
	if err := os.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return d.buildError(ctx, k, err)
	}
	defer os.Remove(temp) // does nothing after the rename
	if err := fill(k, temp); err != nil {
		return d.buildError(ctx, k, err)
	}
	if err := publish(temp, d.fileOf(k)); err != nil {
		return d.buildError(ctx, k, err)
	}
	d.conns.Retire(k)
	return nil
}

// write fills a file that nobody else sees. It needs no journal: on failure the file is thrown away.
func write(ctx context.Context, file, schema string, fill func(*sql.Tx) error) (err error) {
	f, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	db, err := sql.Open(driverName, fileURI(file, url.Values{
		"_journal_mode": {"OFF"}, "_synchronous": {"OFF"}, "_foreign_keys": {"0"}, "_cache_size": {"-8192"},
	}))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	if schema != "" {
		if _, err := db.ExecContext(ctx, schema); err != nil {
			return fmt.Errorf("schema: %w", err)
		}
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if fill != nil {
		if err := fill(tx); err != nil {
			return errors.Join(err, tx.Rollback())
		}
	}
	if err := fillRollups(ctx, tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	if err := checkForeignKeys(ctx, tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// fillRollups fills every table x beside a view x_source with what the view says now, in the order in which they were made, so
// that one may read another. Files are written as a whole, so it holds as long as the file does.
func fillRollups(ctx context.Context, tx *sql.Tx) (err error) {
	rows, err := tx.QueryContext(ctx, `SELECT t.name FROM sqlite_schema t JOIN sqlite_schema v ON v.type = 'view' AND v.name = t.name || '_source'
		WHERE t.type = 'table' ORDER BY t.rowid`)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	var statements []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return err
		}
		name = strings.ReplaceAll(name, `"`, `""`)
		statements = append(statements, fmt.Sprintf(`DELETE FROM "%s"`, name), fmt.Sprintf(`INSERT INTO "%[1]s" SELECT * FROM "%[1]s_source"`, name))
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	for _, s := range statements {
		if _, err := tx.ExecContext(ctx, s); err != nil {
			return fmt.Errorf("rollup: %w", err)
		}
	}
	return nil
}

// checkForeignKeys checks all references once, which is much cheaper than on every insert.
func checkForeignKeys(ctx context.Context, tx *sql.Tx) error {
	var table, parent sql.NullString
	var row, id sql.NullInt64
	err := tx.QueryRowContext(ctx, "PRAGMA foreign_key_check").Scan(&table, &row, &parent, &id)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return err
	default:
		return fmt.Errorf("row %d of %s refers to a row that %s does not have", row.Int64, table.String, parent.String)
	}
}

// publish makes a finished file durable, read-only and visible, in this order.
func publish(temp, file string) error {
	f, err := os.OpenFile(temp, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Chmod(0o440), f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(temp, file); err != nil {
		return err
	}
	return syncDirs(filepath.Dir(file), filepath.Dir(filepath.Dir(file)))
}

// syncDirs makes the entries of directories durable: a renamed file and a new tenant's directory.
func syncDirs(dirs ...string) error {
	for _, dir := range dirs {
		f, err := os.Open(dir)
		if err != nil {
			return err
		}
		if err := errors.Join(f.Sync(), f.Close()); err != nil {
			return err
		}
	}
	return nil
}

func copyFile(to, from string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
