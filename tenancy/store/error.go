package store

import (
	"context"
	"errors"
	"io/fs"
	"syscall"

	"github.com/mattn/go-sqlite3"

	"github.com/ils-platform/ilsai"
)

func dirUnavailable(dir string, err error) error {
	switch {
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return ilsai.Wrap(ilsai.CodeUnavailable, err, "The data directory %s cannot be written. Give this user write access, or choose another directory.", dir)
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return diskFull(dir, err)
	case errors.Is(err, syscall.ENOTDIR), errors.Is(err, fs.ErrExist):
		return ilsai.Wrap(ilsai.CodeUnavailable, err, "The data directory %s is not a directory. Choose another one.", dir)
	default:
		return ilsai.Wrap(ilsai.CodeUnavailable, err, "The data directory %s cannot be used.", dir)
	}
}

func diskFull(dir string, err error) error {
	return ilsai.Wrap(ilsai.CodeUnavailable, err, "The disk that holds the data directory %s is full. Free some space and try again.", dir)
}

// classify gives a database error the code the store's contract promises. An error that has one
// already keeps it.
func (s *Store) classify(err error) error {
	var known *ilsai.Error
	var lite sqlite3.Error
	switch {
	case err == nil, errors.As(err, &known):
		return err
	case errors.Is(err, context.Canceled):
		return ilsai.Wrap(ilsai.CodeCanceled, err, "The request was canceled.")
	case errors.Is(err, context.DeadlineExceeded):
		return ilsai.Wrap(ilsai.CodeDeadline, err, "The control database did not answer in time. Try again.")
	case !errors.As(err, &lite):
		return ilsai.Wrap(ilsai.CodeUnavailable, err, "The control database cannot be used. Try again.")
	}
	switch lite.Code {
	case sqlite3.ErrFull:
		return diskFull(s.dir, err)
	case sqlite3.ErrIoErr:
		if lite.SystemErrno == syscall.ENOSPC || lite.SystemErrno == syscall.EDQUOT || lite.SystemErrno == syscall.EFBIG {
			return diskFull(s.dir, err)
		}
		return ilsai.Wrap(ilsai.CodeUnavailable, err, "The data directory %s cannot be read or written. Check its disk.", s.dir)
	case sqlite3.ErrReadonly, sqlite3.ErrCantOpen, sqlite3.ErrPerm:
		return ilsai.Wrap(ilsai.CodeUnavailable, err, "The control database in %s cannot be written. Give this user write access.", s.dir)
	case sqlite3.ErrCorrupt, sqlite3.ErrNotADB:
		return ilsai.Wrap(ilsai.CodeUnavailable, err, "The control database in %s is damaged. Restore it from a backup.", s.dir)
	case sqlite3.ErrBusy, sqlite3.ErrLocked:
		return ilsai.Wrap(ilsai.CodeUnavailable, err, "The control database is busy. Try again.")
	default:
		return ilsai.Wrap(ilsai.CodeInternal, err, "")
	}
}

func isUnique(err error) bool {
	var lite sqlite3.Error
	return errors.As(err, &lite) &&
		(lite.ExtendedCode == sqlite3.ErrConstraintUnique || lite.ExtendedCode == sqlite3.ErrConstraintPrimaryKey)
}

func isForeignKey(err error) bool {
	var lite sqlite3.Error
	return errors.As(err, &lite) && lite.ExtendedCode == sqlite3.ErrConstraintForeignKey
}
