package llama

/*
#cgo CXXFLAGS: -std=c++17
#include <stdlib.h>
#include "shim.h"
*/
import "C"

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"unsafe"

	// The package is llama.cpp's and ggml's sources; importing it compiles and links them.
	_ "github.com/ollama/ollama/llama/llama.cpp/src"
)

// ErrClosed is returned by every method of a Model, Context or Sampler after its Close.
var ErrClosed = errors.New("llama: closed")

// Levels of llama.cpp's own log lines (ggml.h, enum ggml_log_level).
const (
	levelDebug = 1
	levelInfo  = 2
	levelWarn  = 3
	levelError = 4
)

var (
	initOnce sync.Once
	logger   atomic.Pointer[slog.Logger]

	// While a model loads, llama.cpp tells why it refuses only in its log. Loads are one at a
	// time, so the error lines seen meanwhile belong to the load.
	loadMu     sync.Mutex
	loadErrors atomic.Pointer[errorLines]
)

// Init starts llama.cpp once per process. Open calls it; calling it again is harmless.
func Init() {
	initOnce.Do(func() { C.ilsai_backend_init() })
}

// SetLogger passes llama.cpp's log lines of at least level to l; nil, the default, keeps it quiet.
// It is process-wide, because llama.cpp's log is.
func SetLogger(l *slog.Logger, level slog.Level) {
	Init()
	logger.Store(l)
	switch {
	case l == nil || level > slog.LevelWarn:
		C.ilsai_log_level(levelError)
	case level > slog.LevelInfo:
		C.ilsai_log_level(levelWarn)
	case level > slog.LevelDebug:
		C.ilsai_log_level(levelInfo)
	default:
		C.ilsai_log_level(levelDebug)
	}
}

// errorLines collects error lines; llama.cpp logs from one loading thread at a time, but its
// callback makes no promise, hence the lock.
type errorLines struct {
	mu    sync.Mutex
	lines []string
}

func (e *errorLines) add(line string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.lines = append(e.lines, line)
}

// cause is the most telling line: the first one, without the name of the C function before it.
func (e *errorLines) cause() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.lines) == 0 {
		return ""
	}
	line := e.lines[0]
	if _, after, ok := strings.Cut(line, ": "); ok {
		line = after
	}
	return line
}

func handleLog(level int, text string) {
	line := strings.TrimSpace(text)
	if line == "" || strings.Trim(line, ".") == "" { // llama.cpp draws its progress with dots
		return
	}
	if level == levelError {
		if e := loadErrors.Load(); e != nil {
			e.add(line)
		}
	}
	l := logger.Load()
	if l == nil {
		return
	}
	levels := [...]slog.Level{levelDebug: slog.LevelDebug, levelInfo: slog.LevelInfo, levelWarn: slog.LevelWarn, levelError: slog.LevelError}
	if level < 0 || level >= len(levels) {
		level = levelInfo
	}
	l.Log(context.Background(), levels[level], line, "from", "llama.cpp")
}

// cString returns s for C; the caller frees it.
func cString(s string) (*C.char, func()) {
	p := C.CString(s)
	return p, func() { C.free(unsafe.Pointer(p)) }
}
