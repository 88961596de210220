package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/ils-platform/ilsai/tenancy"
)

const goodPassword = "seven green lamps on the hill"

// runWithInput is runProgram with standard input.
func runWithInput(t *testing.T, env []string, input string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs strings.Builder
	cmd := program(t.Context(), env, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(input), &out, &errs
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), errs.String()
}

func TestUserCommands(t *testing.T) {
	t.Parallel()
	dir, secret := makeShop(t), filepath.Join(t.TempDir(), "secret")
	writeSecret(t, secret, "a")
	s := startServer(t, nil, "--data-dir", dir, "--jwt-secret-file", secret, "--local-login")
	login := func(password string) (int, string) {
		t.Helper()
		status, body, err := request(http.MethodPost, s.url+"/api/auth/login", "", fmt.Sprintf(`{"tenant": %q, "email": "anna@corner.example", "password": %q}`, testShop, password))
		if err != nil {
			t.Fatal(err)
		}
		return status, body
	}
	code, out, stderr := runWithInput(t, nil, goodPassword+"\n", "user", "add", "Anna@Corner.Example", "--tenant", testShop, "--name", "Anna Berg", "--role", "admin", "--data-dir", dir, "--json")
	var users []tenancy.User
	if err := json.Unmarshal([]byte(out), &users); code != 0 || err != nil || len(users) != 1 || users[0].Email != "anna@corner.example" || users[0].Role != "admin" {
		t.Fatalf("add: %d %v\n%s%s", code, err, out, stderr)
	}
	if strings.Contains(out, "argon2") {
		t.Errorf("the hash shows: %s", out)
	}
	status, body := login(goodPassword)
	if status != 200 {
		t.Fatalf("login: %d %s", status, body)
	}
	var session struct {
		Token string `json:"token"`
	}
	if err := json.Unmarshal([]byte(body), &session); err != nil {
		t.Fatal(err)
	}
	if status, body := s.get(t, "/api/ai/features", session.Token); status != 200 {
		t.Errorf("with the token of a login: %d %s", status, body)
	}

	const next = "a boat of eleven wooden planks"
	if code, _, stderr := runWithInput(t, nil, next+"\n", "user", "password", "anna@corner.example", "--tenant", testShop, "--data-dir", dir); code != 0 {
		t.Fatalf("password: %s", stderr)
	}
	if status, _ := login(goodPassword); status != 401 {
		t.Errorf("the old password: %d", status)
	}
	if status, body := login(next); status != 200 {
		t.Errorf("the new password: %d %s", status, body)
	}
	if code, out, stderr := runProgram(t, nil, "user", "set", string(users[0].ID), "--tenant", testShop, "--status", "disabled", "--data-dir", dir); code != 0 || !strings.Contains(out, "disabled") {
		t.Fatalf("set: %s%s", out, stderr)
	}
	if status, _ := login(next); status != 401 {
		t.Errorf("a disabled user: %d", status)
	}
	if code, out, _ := runProgram(t, nil, "user", "list", "--tenant", testShop, "--data-dir", dir); code != 0 || !strings.Contains(out, "anna@corner.example") {
		t.Errorf("list: %d %s", code, out)
	}

	for _, c := range []struct {
		name, input string
		args, says  []string
	}{
		{"no such tenant", goodPassword, []string{"user", "add", "b@c.example", "--tenant", "nobody", "--name", "B"}, []string{`no tenant with the id "nobody"`}},
		{"no such user", goodPassword, []string{"user", "password", "b@c.example", "--tenant", testShop}, []string{"no such user"}},
		{"weak password", "password123!", []string{"user", "add", "b@c.example", "--tenant", testShop, "--name", "B"}, []string{"easy to guess"}},
		{"no password", "", []string{"user", "add", "b@c.example", "--tenant", testShop, "--name", "B"}, []string{"standard input must hold the password"}},
		{"two lines", goodPassword + "\nand more\n", []string{"user", "add", "b@c.example", "--tenant", testShop, "--name", "B"}, []string{"only line"}},
		{"taken", goodPassword, []string{"user", "add", "anna@corner.example", "--tenant", testShop, "--name", "B"}, []string{"exists already"}},
		{"no e-mail", goodPassword, []string{"user", "add", "anna", "--tenant", testShop, "--name", "B"}, []string{"e-mail address"}},
		{"nothing to set", "", []string{"user", "set", "anna@corner.example", "--tenant", testShop}, []string{"--role"}},
		{"no such status", "", []string{"user", "set", "anna@corner.example", "--tenant", testShop, "--status", "gone"}, []string{"active or disabled"}},
	} {
		code, _, stderr := runWithInput(t, nil, c.input, append(c.args, "--data-dir", dir)...)
		t.Run(c.name, func(t *testing.T) { oneLine(t, code, stderr, c.says...) })
	}

	_, out, _ = runProgram(t, nil, "audit", "list", "--tenant", testShop, "--data-dir", dir, "--json")
	for _, want := range []string{"user.create", "user.password", "user.change", `"actor":"cli"`} {
		if !strings.Contains(out, want) {
			t.Errorf("the audit log lacks %s:\n%s", want, out)
		}
	}
	if strings.Contains(out, "argon2") || strings.Contains(out, goodPassword) || strings.Contains(out, "anna") {
		t.Errorf("the audit log holds what it must not:\n%s", out)
	}
}

// TestPasswordPrompt asks on a terminal: twice, and what is typed never shows.
func TestPasswordPrompt(t *testing.T) {
	t.Parallel()
	dir := makeShop(t)
	for _, c := range []struct {
		name, second string
		code         int
		says         string
	}{
		{"the same", goodPassword, 0, "anna@corner.example"},
		{"another", goodPassword + "x", 1, "the two passwords differ"},
	} {
		t.Run(c.name, func(t *testing.T) {
			terminal, end := openTerminal(t)
			cmd := program(t.Context(), nil, "user", "add", "anna@corner.example", "--tenant", testShop, "--name", "Anna", "--data-dir", dir)
			cmd.Stdin, cmd.Stdout, cmd.Stderr = end, end, end
			cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			end.Close()
			shown := awaitText(t, terminal, "Password: ")
			fmt.Fprintln(terminal, goodPassword)
			shown += awaitText(t, terminal, "Once more: ")
			fmt.Fprintln(terminal, c.second)
			rest, _ := io.ReadAll(terminal) // ends with an error when the program does
			shown += string(rest)
			_ = cmd.Wait()
			if cmd.ProcessState.ExitCode() != c.code || !strings.Contains(shown, c.says) {
				t.Errorf("ended with %v:\n%s", cmd.ProcessState, shown)
			}
			if strings.Contains(shown, goodPassword) {
				t.Errorf("the password shows:\n%s", shown)
			}
		})
	}
}

// TestPasswordPromptStopped: Ctrl-C ends the question and gives the terminal its echo back.
func TestPasswordPromptStopped(t *testing.T) {
	t.Parallel()
	dir := makeShop(t)
	terminal, end := openTerminal(t)
	cmd := exec.Command("sh", "-c", `trap : INT; "$0" "$@"; stty -a; read wait`, os.Args[0], "user", "add", "a@b.example", "--tenant", testShop, "--name", "A", "--data-dir", dir)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = end, end, end
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	end.Close()
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	awaitText(t, terminal, "Password: ")
	fmt.Fprint(terminal, "\x03")
	if shown := awaitText(t, terminal, " echo "); !strings.Contains(shown, "stopped") {
		t.Errorf("after Ctrl-C:\n%s", shown)
	}
}

// openTerminal returns both ends of a new pseudo-terminal.
func openTerminal(t *testing.T) (terminal, end *os.File) {
	t.Helper()
	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { terminal.Close() })
	if err := unix.IoctlSetPointerInt(int(terminal.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(terminal.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	end, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	return terminal, end
}

// awaitText reads from a terminal until it has shown the text.
func awaitText(t *testing.T, terminal io.Reader, text string) string {
	t.Helper()
	var shown strings.Builder
	b := make([]byte, 1)
	for !strings.Contains(shown.String(), text) {
		if _, err := terminal.Read(b); err != nil {
			t.Fatalf("the terminal ended before %q: %v\n%s", text, err, shown.String())
		}
		shown.Write(b)
	}
	return shown.String()
}
