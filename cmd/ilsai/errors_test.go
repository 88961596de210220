package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// commands that read the control database, with what they need to get there.
var controlCommands = [][]string{
	{"key", "list"}, {"key", "rotate"}, {"key", "retire", "x"}, {"token", "issue", "--tenant", "x"},
	{"tenant", "list"}, {"tenant", "create", "--id", "x", "--name", "X"}, {"tenant", "set", "x", "--tier", "basic"}, {"tenant", "delete", "x"},
	{"tenant", "restore", "x"}, {"tenant", "purge"}, {"user", "list", "--tenant", "x"}, {"user", "add", "a@b.example", "--tenant", "x", "--name", "A"},
	{"user", "set", "a@b.example", "--tenant", "x", "--role", "user"}, {"user", "password", "a@b.example", "--tenant", "x"},
	{"audit", "list"}, {"usage", "verify"}, {"usage", "export"}, {"ask", "--tenant", "x", "q"},
}

// TestCommandsWithoutADatabase: one line that says what to do, and nothing is made.
func TestCommandsWithoutADatabase(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "nothing")
	for _, args := range controlCommands {
		t.Run(strings.Join(args[:2], " "), func(t *testing.T) {
			t.Parallel()
			code, out, stderr := runProgram(t, nil, append(args, "--data-dir", dir)...)
			oneLine(t, code, stderr, dir, "ilsai demo")
			if out != "" {
				t.Errorf("it wrote to stdout: %s", out)
			}
			code, _, stderr = runProgram(t, []string{"ILSAI_CONTROL_DSN=host=127.0.0.1 port=1 connect_timeout=1"}, append(args, "--data-dir", dir)...)
			oneLine(t, code, stderr, "127.0.0.1:1", "PostgreSQL")
		})
	}
	if made := files(t, dir); len(made) > 0 {
		t.Errorf("files were made: %v", made)
	}
}

// TestEveryCommandHasJSON: a command that prints a result can print it as JSON.
func TestEveryCommandHasJSON(t *testing.T) {
	t.Parallel()
	for _, args := range controlCommands {
		cmd, _, err := newRoot().Find(args)
		if err != nil {
			t.Fatal(err)
		}
		if f := cmd.Flags().Lookup("json"); f == nil && cmd.Name() != "export" { // that one has --format
			t.Errorf("%s has no --json", cmd.CommandPath())
		}
		if cmd.Flags().Lookup("data-dir") == nil || cmd.Flags().Lookup("config") == nil {
			t.Errorf("%s lacks settings", cmd.CommandPath())
		}
	}
}
