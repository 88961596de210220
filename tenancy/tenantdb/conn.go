package tenantdb

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/mattn/go-sqlite3"
)

const cacheKiB = 512 // per connection; the operating system caches the file as well

// conn is one guarded connection to one tenant's database. One goroutine uses it at a time. It is
// not a database/sql pool, because each of those runs a goroutine, and there are thousands of tenants.
type conn struct {
	*sqlite3.SQLiteConn
	key   key
	guard *guard
}

func (d *DB) openConn(_ context.Context, k key) (*conn, error) {
	if err := d.checkFile(k); err != nil {
		return nil, err
	}
	raw, err := (&sqlite3.SQLiteDriver{}).Open(fileURI(d.fileOf(k), url.Values{
		"mode":          {"ro"},
		"_query_only":   {"1"},
		"_busy_timeout": {"1000"},
		"_cache_size":   {fmt.Sprint(-cacheKiB)},
	}))
	if err != nil {
		return nil, storageError(k, err)
	}
	c := raw.(*sqlite3.SQLiteConn)
	g, err := raise(c)
	if err != nil {
		return nil, storageError(k, errors.Join(err, c.Close()))
	}
	return &conn{SQLiteConn: c, key: k, guard: g}, nil
}

// begin opens a read transaction and reads once, because SQLite takes the snapshot at the first read.
func (c *conn) begin() error {
	return c.execInternal("BEGIN; SELECT 1 FROM sqlite_schema LIMIT 1")
}

func (c *conn) rollback() error { return c.execInternal("ROLLBACK") }

func (c *conn) execInternal(sql string) error {
	c.guard.internal = true
	defer func() { c.guard.internal = false }()
	_, err := c.Exec(sql, nil)
	return err
}
