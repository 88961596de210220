package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/mattn/go-sqlite3"

	"github.com/ils-platform/ilsai"
)

// fault is what is wrong with the database or its disk.
type fault int

const (
	faultNone fault = iota // a defect of ours: not the disk's
	faultFull
	faultUnwritable
	faultNotDirectory
	faultDamaged
	faultBusy
	faultUnreadable
)

func faultOf(err error) fault {
	var lite sqlite3.Error
	if errors.As(err, &lite) {
		switch lite.Code {
		case sqlite3.ErrFull:
			return faultFull
		case sqlite3.ErrIoErr:
			if lite.SystemErrno == syscall.ENOSPC || lite.SystemErrno == syscall.EDQUOT || lite.SystemErrno == syscall.EFBIG {
				return faultFull
			}
			return faultUnreadable
		case sqlite3.ErrReadonly, sqlite3.ErrCantOpen, sqlite3.ErrPerm:
			return faultUnwritable
		case sqlite3.ErrCorrupt, sqlite3.ErrNotADB:
			return faultDamaged
		case sqlite3.ErrBusy, sqlite3.ErrLocked:
			return faultBusy
		default:
			return faultNone
		}
	}
	var server *pgconn.PgError
	if errors.As(err, &server) {
		return postgresFault(server)
	}
	switch {
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return faultUnwritable
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return faultFull
	case errors.Is(err, syscall.ENOTDIR), errors.Is(err, fs.ErrExist):
		return faultNotDirectory
	default:
		return faultUnreadable
	}
}

// openError is for whoever starts the server: it names the directory and what to do about it. An
// error that has a code already keeps it.
func openError(dir string, err error) error {
	var known *ilsai.Error
	if errors.As(err, &known) {
		return err
	}
	if code := contextCode(err); code != "" {
		return ilsai.Wrap(code, err, "Opening the data directory %s was stopped.", dir)
	}
	message := "The data directory %s cannot be used. Check its disk, or choose another directory."
	switch faultOf(err) {
	case faultFull:
		message = "The disk that holds the data directory %s is full. Free some space and try again."
	case faultUnwritable:
		message = "The data directory %s cannot be written. Give this user write access, or choose another directory."
	case faultNotDirectory:
		message = "The data directory %s is not a directory. Choose another one."
	case faultDamaged:
		message = "The control database in %s is damaged. Restore it from a backup."
	}
	return ilsai.Wrap(ilsai.CodeUnavailable, err, message, dir)
}

// classify gives an error at work the code that the store's contract promises. Clients may see the
// message, so the directory is in the cause only. An error that has a code already keeps it.
func (s *Store) classify(err error) error {
	var known *ilsai.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	switch code := contextCode(err); code {
	case "":
	case ilsai.CodeCanceled:
		return ilsai.Wrap(code, err, "The request was canceled.")
	default:
		return ilsai.Wrap(code, err, "The records of this service did not answer in time. Try again.")
	}
	cause := fmt.Errorf("control database at %s: %w", s.place, err)
	switch faultOf(err) {
	case faultNone:
		return &ilsai.Error{Code: ilsai.CodeInternal, Err: cause}
	case faultFull:
		return ilsai.Wrap(ilsai.CodeUnavailable, cause, "The service cannot record anything for now: its disk is full. Try again later.")
	case faultBusy:
		return ilsai.Wrap(ilsai.CodeUnavailable, cause, "The records of this service are busy. Try again.")
	default:
		return ilsai.Wrap(ilsai.CodeUnavailable, cause, "The records of this service cannot be read or written for now. Try again later.")
	}
}

// contextCode is the code of an ended context in err's chain, or "".
func contextCode(err error) ilsai.Code {
	switch {
	case errors.Is(err, context.Canceled):
		return ilsai.CodeCanceled
	case errors.Is(err, context.DeadlineExceeded):
		return ilsai.CodeDeadline
	default:
		return ""
	}
}

func isUnique(err error) bool {
	var lite sqlite3.Error
	var server *pgconn.PgError
	return errors.As(err, &lite) &&
		(lite.ExtendedCode == sqlite3.ErrConstraintUnique || lite.ExtendedCode == sqlite3.ErrConstraintPrimaryKey) ||
		errors.As(err, &server) && server.Code == stateUniqueViolation
}

func isForeignKey(err error) bool {
	var lite sqlite3.Error
	var server *pgconn.PgError
	return errors.As(err, &lite) && lite.ExtendedCode == sqlite3.ErrConstraintForeignKey ||
		errors.As(err, &server) && server.Code == stateForeignKeyViolation
}
