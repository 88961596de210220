package main

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/ils-platform/ilsai/assistant/privacy"
)

// loadProgress reports a model load: a bar that redraws itself on a terminal, one log line otherwise.
type loadProgress struct {
	name     string
	out      *os.File
	terminal bool
	started  time.Time
	shown    int
}

func newLoadProgress(name string, out *os.File) *loadProgress {
	return &loadProgress{name: name, out: out, terminal: isTerminal(out), started: time.Now(), shown: -1}
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb"
}

// report has the shape of the loader's callback: false would stop the load.
func (p *loadProgress) report(fraction float32) bool {
	percent := min(int(fraction*100), 100)
	if p.terminal && percent != p.shown {
		p.shown = percent
		fmt.Fprintf(p.out, "\rloading %s [%-30s] %3d %%", p.name, strings.Repeat("=", percent*30/100), percent)
	}
	return true
}

// done ends the bar, or writes the one line.
func (p *loadProgress) done(log *slog.Logger, err error) {
	if p.terminal {
		fmt.Fprintf(p.out, "\r%*s\r", len(p.name)+50, "")
	}
	if err == nil && !p.terminal {
		log.Info("model loaded", "model", p.name, "took", time.Since(p.started).Round(time.Millisecond))
	}
}

// newLogger writes to stderr: stdout is for data.
func newLogger(c *config, w io.Writer) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		return nil, usagef("log_level is %q; it must be debug, info, warn or error", c.LogLevel)
	}
	options := &slog.HandlerOptions{Level: level, ReplaceAttr: withoutPersonalData}
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, options)), nil
	}
	return slog.New(slog.NewTextHandler(w, options)), nil
}

// withoutPersonalData keeps what a question may have brought out of the log, wherever it got into a line. Addresses of
// the network stay: they are this machine's and the databases'.
func withoutPersonalData(_ []string, a slog.Attr) slog.Attr {
	var text string
	switch v := a.Value.Any().(type) {
	case string:
		text = v
	case error:
		text = v.Error()
	default:
		return a
	}
	if clean := privacy.RedactBut(text, privacy.IPAddress); clean != text {
		a.Value = slog.StringValue(clean)
	}
	return a
}
