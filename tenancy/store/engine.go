package store

import (
	"strings"
	"time"

	"gorm.io/gorm/clause"
)

// engine is what differs between the database engines. Statements are written with ?1, ?2, …
type engine struct {
	name string // the folder of its migrations
	// begin starts a transaction that writes; beginRead one that sees a single state throughout.
	begin, beginRead string
	unhurried        string // in a transaction that reads all: takes away the time limit of a statement; "" for none
	lockRow          string // ends a SELECT that must hold its row until the transaction ends
	oneWriter        bool   // writers of one process wait for each other in the process
	deferring        bool   // statements are sent together, see deferred
	rebind           func(string) string
	// timeout bounds one transaction of the ledger; 0 leaves it to the engine. retries is how often a
	// transaction is repeated after its connection was lost.
	timeout time.Duration
	retries int
}

var sqliteEngine = engine{
	name: "sqlite", begin: "BEGIN IMMEDIATE", beginRead: "BEGIN", oneWriter: true,
	rebind: func(q string) string { return q },
}

// Whoever writes to the ledger holds the head of its chain, so a committed state is seen by the next
// statement and nothing is ever left to serialize: READ COMMITTED is exact here.
var postgresEngine = engine{
	name: "postgres", begin: "BEGIN ISOLATION LEVEL READ COMMITTED", beginRead: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
	deferring: true, unhurried: "SET LOCAL statement_timeout = 0", lockRow: " FOR UPDATE", timeout: 5 * time.Second,
	retries: postgresConns, // after a restart of the server every pooled connection may be a dead one
	rebind:  func(q string) string { return strings.ReplaceAll(q, "?", "$") },
}

// locking is lockRow for gorm, and lets rows that refer to this one in.
func (e *engine) locking() []clause.Expression {
	if e.lockRow == "" {
		return nil
	}
	return []clause.Expression{clause.Locking{Strength: "NO KEY UPDATE"}}
}
