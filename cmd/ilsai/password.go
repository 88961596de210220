package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/ils-platform/ilsai"
)

// maxPasswordInput bounds what is read; a password has less.
const maxPasswordInput = 64 << 10

// readPassword asks twice on a terminal, without echo; otherwise it reads one line. A password is
// never a flag: those are visible to every user of the machine.
func readPassword(ctx context.Context, in *os.File, prompt io.Writer) (string, error) {
	before, err := unix.IoctlGetTermios(int(in.Fd()), unix.TCGETS)
	if err != nil {
		return pipedPassword(in)
	}
	silent := *before
	silent.Lflag &^= unix.ECHO
	if err := unix.IoctlSetTermios(int(in.Fd()), unix.TCSETS, &silent); err != nil {
		return "", ilsai.Wrap(ilsai.CodeUnavailable, err, "the terminal would show the password: pipe it in instead")
	}
	defer func() { _ = unix.IoctlSetTermios(int(in.Fd()), unix.TCSETS, before) }()
	lines := bufio.NewReader(io.LimitReader(in, maxPasswordInput))
	first, err := promptLine(ctx, lines, prompt, "Password: ")
	if err != nil {
		return "", err
	}
	second, err := promptLine(ctx, lines, prompt, "Once more: ")
	if err == nil && first != second {
		return "", ilsai.Errorf(ilsai.CodeInvalid, "the two passwords differ: nothing was changed")
	}
	return first, err
}

// promptLine does not wait for the line when ctx ends, so that Ctrl-C gives the terminal its echo back.
func promptLine(ctx context.Context, lines *bufio.Reader, prompt io.Writer, text string) (string, error) {
	fmt.Fprint(prompt, text)
	defer fmt.Fprintln(prompt)
	type result struct {
		line string
		err  error
	}
	read := make(chan result, 1)
	go func() {
		line, err := lines.ReadString('\n')
		read <- result{line, err}
	}()
	select {
	case r := <-read:
		if r.err != nil && !errors.Is(r.err, io.EOF) {
			return "", r.err
		}
		return strings.TrimRight(r.line, "\r\n"), nil
	case <-ctx.Done():
		return "", ilsai.Wrap(ilsai.CodeCanceled, ctx.Err(), "stopped: nothing was changed")
	}
}

func pipedPassword(in io.Reader) (string, error) {
	b, err := io.ReadAll(io.LimitReader(in, maxPasswordInput))
	if err != nil {
		return "", ilsai.Wrap(ilsai.CodeInvalid, err, "the password cannot be read from standard input")
	}
	line, rest, _ := strings.Cut(string(b), "\n")
	if line = strings.TrimSuffix(line, "\r"); line == "" || strings.TrimSpace(rest) != "" {
		return "", usagef("standard input must hold the password as its only line")
	}
	return line, nil
}
