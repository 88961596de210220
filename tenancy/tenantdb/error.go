package tenantdb

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"github.com/mattn/go-sqlite3"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy/tenantdb/connpool"
)

func contextError(err error) error {
	if errors.Is(err, context.Canceled) {
		return ilsai.Wrap(ilsai.CodeCanceled, err, "The request was canceled.")
	}
	return ilsai.Wrap(ilsai.CodeDeadline, err, "Reading this shop's data took too long. Ask about a shorter period or fewer details.")
}

// acquireError is of a connection that was not lent. Dialing has given its own errors a code already.
func acquireError(err error) error {
	switch {
	case errors.Is(err, connpool.ErrClosed):
		return ilsai.Wrap(ilsai.CodeUnavailable, err, "The server is stopping. Try again in a moment.")
	case ilsai.ErrorCode(err) == ilsai.CodeInternal && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)):
		return contextError(err)
	}
	return err
}

// refused is a statement the guard did not let through. The cause says why, for the log.
func refused(err error) error {
	return ilsai.Wrap(ilsai.CodeInvalid, err, "Only a single SELECT over the shop's own tables can be run.")
}

func tooLarge(o Options) error {
	return ilsai.Errorf(ilsai.CodeTooLarge, "The result is larger than %d bytes. Ask about a shorter period or fewer details.", o.MaxBytes)
}

func notPlain() error {
	return ilsai.Errorf(ilsai.CodeInvalid, "The result holds a value that is neither a number nor a text.")
}

func noData(k key) error {
	return &ilsai.Error{Code: ilsai.CodeNotFound, Message: fmt.Sprintf("This shop has no %s data yet.", title(k.domain)), Err: fmt.Errorf("tenant %s", k.tenant)}
}

// storageError is a database file that cannot be opened or read. Clients may see the message, so
// it names no path.
func storageError(k key, err error) error {
	var known *ilsai.Error
	if errors.As(err, &known) {
		return err
	}
	return ilsai.Wrap(ilsai.CodeUnavailable, fmt.Errorf("tenant %s, %s: %w", k.tenant, k.domain, err),
		"This shop's %s data cannot be read for now.", title(k.domain))
}

// buildError is a database file that cannot be written. Whoever provisions a tenant sees the
// message, so it names the directory and what to do about it.
func (d *DB) buildError(ctx context.Context, k key, err error) error {
	var known *ilsai.Error
	if errors.As(err, &known) {
		return err
	}
	if ctx.Err() != nil {
		return contextError(ctx.Err())
	}
	message := "The data of %[2]s cannot be written in the data directory %[1]s."
	var lite sqlite3.Error
	errors.As(err, &lite)
	switch {
	case lite.Code == sqlite3.ErrFull, diskFull(lite.SystemErrno), diskFull(err):
		message = "The disk that holds the data directory %[1]s is full, so the data of %[2]s was not written. Free some space and try again."
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		message = "The data directory %[1]s cannot be written. Give this user write access, or choose another directory."
	}
	return ilsai.Wrap(ilsai.CodeUnavailable, fmt.Errorf("tenant %s, %s: %w", k.tenant, k.domain, err), message, d.dir, k.tenant)
}

func diskFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG)
}

// runError is a statement that failed while it ran. The connection stays usable unless its file is at fault.
func runError(ctx context.Context, k key, err error) (classified error, usable bool) {
	var lite sqlite3.Error
	switch {
	case ctx.Err() != nil:
		return contextError(ctx.Err()), true
	case !errors.As(err, &lite):
		return ilsai.Wrap(ilsai.CodeInternal, err, ""), true
	}
	switch lite.Code {
	case sqlite3.ErrTooBig:
		return ilsai.Wrap(ilsai.CodeTooLarge, err, "A value of the result is too large."), true
	case sqlite3.ErrError, sqlite3.ErrMismatch, sqlite3.ErrRange:
		return refused(err), true
	default:
		return storageError(k, err), false
	}
}
