package store

import (
	"errors"

	"github.com/jackc/pgx/v5/pgconn"
)

// SQLSTATE codes, PostgreSQL's appendix A.
const (
	stateUniqueViolation     = "23505"
	stateForeignKeyViolation = "23503"
)

// postgresFault is what an error of the server says about it.
func postgresFault(e *pgconn.PgError) fault {
	switch e.Code {
	case "53100": // disk_full
		return faultFull
	case "25006", "42501": // read_only_sql_transaction, insufficient_privilege
		return faultUnwritable
	case "55P03", "57014", "40001", "40P01": // lock and statement timeouts, serialization, deadlock
		return faultBusy
	case "XX001", "XX002": // data_corrupted, index_corrupted
		return faultDamaged
	}
	switch e.Code[:min(2, len(e.Code))] {
	case "08", "28", "53", "57", "58": // connection, authorization, resources, operator, system
		return faultUnreadable
	default:
		return faultNone
	}
}

// isTransient reports whether a transaction may go through on a new connection: the old one was lost,
// or the server asked to repeat. Whatever is not the server's own message is the connection's end.
func (e *engine) isTransient(err error) bool {
	if e.retries == 0 || isRefusal(err) || contextCode(err) != "" || errors.Is(err, errOutcome) {
		return false
	}
	var server *pgconn.PgError
	if !errors.As(err, &server) {
		return true
	}
	switch server.Code {
	case "40001", "40P01", "57P01", "57P02", "57P03":
		return true
	default:
		return server.Code[:min(2, len(server.Code))] == "08"
	}
}
