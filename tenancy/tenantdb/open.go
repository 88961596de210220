package tenantdb

import (
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy/tenantdb/connpool"
)

// Options bounds what readers may use. Zero values mean the defaults in brackets.
type Options struct {
	StatementTimeout time.Duration    // longest run of one statement [5 s]; an earlier deadline of ctx wins
	MaxRows          int              // most rows of one result [10,000]
	MaxBytes         int              // most bytes of one result, 16 per value and its text [4 MiB]
	MaxConns         int              // open connections of all tenants together [64]
	ConnsPerTenant   int              // open connections of one tenant's domain [2]
	IdleTimeout      time.Duration    // an unused connection is closed after this time [5 min]
	Now              func() time.Time // the clock of IdleTimeout [time.Now]
	Refused          func(Refusal)    // told of every statement that was refused before it ran, while its caller waits [nobody]
}

// Refusal is a statement that the guard did not let through. SQL is made from the catalogues, so it is a
// defect or an attack.
type Refusal struct {
	Tenant    ilsai.TenantID
	Domain    string
	Reason    string
	Statement string // its beginning; values are bound, so they are not in it
}

const maxRefusedStatement = 400

func (o Options) refuse(k key, sql string, err error) error {
	if len(sql) > maxRefusedStatement {
		sql = sql[:maxRefusedStatement]
	}
	o.Refused(Refusal{Tenant: k.tenant, Domain: k.domain, Reason: err.Error(), Statement: strings.ToValidUTF8(sql, "\uFFFD")})
	return refused(err)
}

func (o Options) withDefaults() Options {
	setDefault(&o.StatementTimeout, 5*time.Second)
	setDefault(&o.MaxRows, 10_000)
	setDefault(&o.MaxBytes, 4<<20)
	setDefault(&o.MaxConns, 64)
	setDefault(&o.ConnsPerTenant, 2)
	setDefault(&o.IdleTimeout, 5*time.Minute)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Refused == nil {
		o.Refused = func(Refusal) {}
	}
	return o
}

func (o Options) pool() connpool.Options {
	return connpool.Options{Max: o.MaxConns, PerDatabase: o.ConnsPerTenant, IdleTimeout: o.IdleTimeout, Now: o.Now}
}

func setDefault[T int | time.Duration](v *T, def T) {
	if *v <= 0 {
		*v = def
	}
}

// DB holds the tenants' databases of one data directory. It is safe for concurrent use and runs no
// goroutine of its own: idle connections are closed by the calls that come after.
type DB struct {
	dir     string
	options Options

	conns   *connpool.Pool[key, *conn]
	publish sync.Mutex // one file is built at a time; readers are not held up by it
}

// Open makes a DB over dir, which need not exist yet. Nothing is opened until it is asked for. The
// caller holds the directory's lock (see package store) while it uses the DB.
func Open(dir string, o Options) (*DB, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, ilsai.Wrap(ilsai.CodeUnavailable, err, "The data directory %s cannot be used.", dir)
	}
	d := &DB{dir: abs, options: o.withDefaults()}
	d.conns = connpool.New(d.openConn, d.options.pool())
	return d, nil
}

// Close closes every idle connection now and each lent one when its Snapshot is closed. Later calls
// of Snapshot fail with ilsai.CodeUnavailable. A second call does nothing.
func (d *DB) Close() error { return d.conns.Close() }
