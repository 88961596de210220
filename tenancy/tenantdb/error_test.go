package tenantdb

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"syscall"
	"testing"

	"github.com/mattn/go-sqlite3"

	"github.com/ils-platform/ilsai"
)

// Whoever provisions a tenant is told which directory and what to do; clients never see a path.
func TestStorageMessages(t *testing.T) {
	t.Parallel()
	d := &DB{dir: "/srv/data"}
	k := key{"a", DomainPatients}
	for _, c := range []struct {
		err   error
		build string
	}{
		{sqlite3.Error{Code: sqlite3.ErrFull}, "is full"},
		{sqlite3.Error{Code: sqlite3.ErrIoErr, SystemErrno: syscall.ENOSPC}, "is full"},
		{errors.Join(errors.New("x"), syscall.ENOSPC), "is full"},
		{syscall.EDQUOT, "is full"},
		{&fs.PathError{Op: "open", Path: "x", Err: syscall.EACCES}, "write access"},
		{syscall.EROFS, "write access"},
		{sqlite3.Error{Code: sqlite3.ErrIoErr, SystemErrno: syscall.EIO}, "cannot be written"},
	} {
		err := d.buildError(context.Background(), k, c.err)
		if m := ilsai.ErrorMessage(err); ilsai.ErrorCode(err) != ilsai.CodeUnavailable || !strings.Contains(m, c.build) || !strings.Contains(m, d.dir) || strings.Contains(m, "%!") {
			t.Errorf("build, %v: got %v, want a sentence with %q and the directory", c.err, err, c.build)
		}
		if m := ilsai.ErrorMessage(storageError(k, c.err)); strings.Contains(m, "/") || !strings.Contains(m, "patient data") {
			t.Errorf("read, %v: got %q, want no path", c.err, m)
		}
	}
}
