package store

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/ils-platform/ilsai"
)

const lockFile = "ilsai.lock"

// lockDir takes the data directory for this process. The lock is on the open file, so the kernel
// frees it even after kill -9; the process id inside is for the message only. The file stays when
// the lock is released: removing it would let two processes hold two different files of one name.
func lockDir(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, lockFile), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, openError(dir, err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		defer f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, ilsai.Wrap(ilsai.CodeConflict, err,
				"The data directory %s is in use by another ilsai%s. Stop that one, or choose another directory.", dir, holder(f))
		}
		return nil, openError(dir, err)
	}
	if err := writeHolder(f); err != nil {
		f.Close()
		return nil, openError(dir, err)
	}
	return f, nil
}

// unlockDir frees the directory. Closing alone would not while a process that is being started by
// this one still has a copy of the file, so the lock is lifted first.
func unlockDir(f *os.File) error {
	return errors.Join(syscall.Flock(int(f.Fd()), syscall.LOCK_UN), f.Close())
}

func writeHolder(f *os.File) error {
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err := f.WriteAt([]byte(fmt.Sprintf("%d\n", os.Getpid())), 0)
	return err
}

func holder(f *os.File) string {
	b, _ := io.ReadAll(io.LimitReader(f, 32)) // unreadable: the sentence does without
	if pid := strings.TrimSpace(string(b)); pid != "" {
		return " (process " + pid + ")"
	}
	return ""
}
