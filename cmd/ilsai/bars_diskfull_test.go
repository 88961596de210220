package main

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// The disk is full under a running server: questions are refused with 503, before and after their answer
// is known, nothing is given that is not recorded, and once there is space all is well without a restart.
func TestDiskFullWhileServing(t *testing.T) {
	const roomy = 1 << 40
	t.Setenv(fileSizeMax, fmt.Sprint(roomy)) // the server survives the signal of a file that may not grow
	dir := demoData(t)
	d := startDemoProcess(t, dir)
	answered := 0
	ask := func(question string, want int) string {
		t.Helper()
		status, body, err := d.ask(shop2, question, "sales")
		if err != nil || status != want {
			t.Fatalf("%s: got %d %s, %v, want %d", question, status, body, err, want)
		}
		if status == 200 {
			answered++
		}
		return body
	}
	ask("How much did we sell last month?", 200)
	limit := func(bytes uint64) {
		t.Helper()
		if err := unix.Prlimit(d.cmd.Process.Pid, unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: bytes, Max: roomy}, nil); err != nil {
			t.Fatal(err)
		}
	}
	for round := range 3 {
		limit(1) // of any file: the log of the database may have room at its start
		for i := range 3 {
			body := ask(fmt.Sprintf("How much did we sell in the last %d days?", 10*round+i+2), 503)
			if !strings.Contains(body, `"code":"unavailable"`) || strings.Contains(body, dir) {
				t.Errorf("got %s", body)
			}
		}
		ask("How much did we sell last month?", 503) // its answer is known, and still a row is due
		limit(roomy)
		ask(fmt.Sprintf("How much did we sell in the last %d days?", 10*round+2), 200)
		ask("How much did we sell last month?", 200)
	}
	if code := d.stop(t); code != 0 {
		t.Errorf("exit code %d\n%s", code, d.stderr)
	}
	if rows := usageRows(t, dir); rows != answered {
		t.Errorf("%d usage rows for %d answers", rows, answered)
	}
}
