package llama

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// anonymousFile is a file in memory that has no name and goes when it is closed and unmapped.
func anonymousFile(name string) (*os.File, error) {
	fd, err := unix.MemfdCreate(name, unix.MFD_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("memfd_create", err)
	}
	return os.NewFile(uintptr(fd), name), nil
}

// loadPath names an open file for C, so that the file loaded is the file that was checked, even if
// its path means another one by now.
func loadPath(f *os.File) string { return fmt.Sprintf("/proc/self/fd/%d", f.Fd()) }

// availableMemory is the bytes the kernel could give without swapping, or no limit if it will not say.
func availableMemory() uint64 {
	b, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return ^uint64(0)
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, "MemAvailable:"); ok {
			kib, err := strconv.ParseUint(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 64)
			if err == nil {
				return kib << 10
			}
		}
	}
	return ^uint64(0)
}
