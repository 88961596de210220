package llama

/*
#include "shim.h"
*/
import "C"

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"runtime/cgo"
	"slices"
	"strings"
	"sync"

	"github.com/ils-platform/ilsai/models"
)

// Token is an index into a model's vocabulary.
type Token = int32

// Options say how a model is loaded. The zero value is good.
type Options struct {
	// SHA256 is the expected checksum in hex; empty: any file will do.
	SHA256 string
	// Progress is told how much is loaded, 0 to 1, on the loading thread. false aborts.
	Progress func(fraction float32) bool
	// GPULayers is how many layers, the last ones first, go to the GPUs of libraries that are loaded (LoadBackend): 0 all
	// of them, negative none; no GPU has any part then. The table of logits counts as a layer.
	GPULayers int
	// Split is how several GPUs share those layers; SplitLayer.
	Split Split
	// MemoryLimit is the most bytes the weights may take; 0: what the system and the GPUs used say is available.
	MemoryLimit uint64
}

// Split is how a model is laid out over several GPUs.
type Split string

// The ways to split.
const (
	SplitLayer Split = "layer" // each has some of the layers and their part of the KV cache, by free memory
	SplitRow   Split = "row"   // each has some rows of every matrix; the KV cache is the first one's
	SplitNone  Split = "none"  // the first one has all
)

// Model is a loaded model. It is safe for concurrent use.
type Model struct {
	info     Info
	metadata map[string]string
	template string
	vocab    vocabulary
	base     models.Base // what adapters must fit

	mu          sync.Mutex
	c           *C.struct_llama_model
	refs        int // calls in progress, open Contexts, Samplers and Adapters, and one until Close
	closed      bool
	adapters    map[int]*Adapter // open ones, by id
	lastAdapter int              // ids are never used twice
}

// Open loads a GGUF file of the architecture llama. What it reads is the file it checked: it is
// opened once, and C gets that very file. Errors are FileErrors with ilsai.CodeModelFile.
func Open(path string, o Options) (*Model, error) {
	f, err := openModelFile(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return openFile(path, f, o)
}

func openModelFile(path string) (*os.File, error) {
	f, err := os.Open(path)
	if err != nil {
		var pe *fs.PathError
		if errors.As(err, &pe) {
			err = pe.Err // the path is in the FileError already
		}
		return nil, fileError(path, ReasonMissing, err, "")
	}
	return f, nil
}

// OpenBytes loads a model that is already in memory, such as one embedded in the binary. llama.h
// loads from files only, so the bytes are put in an anonymous one. name stands for a path in
// errors and in Info. data is not kept.
func OpenBytes(name string, data []byte, o Options) (*Model, error) {
	f, err := memoryFile(name, data)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return openFile(name, f, o)
}

func memoryFile(name string, data []byte) (*os.File, error) {
	f, err := anonymousFile(name)
	if err != nil {
		return nil, fileError(name, ReasonMemory, err, "no anonymous file to load it from")
	}
	if _, err := f.Write(data); err != nil {
		f.Close()
		return nil, fileError(name, ReasonMemory, err, "%d bytes do not fit", len(data))
	}
	return f, nil
}

func openFile(path string, f *os.File, o Options) (*Model, error) {
	h, err := checkFile(path, f, o)
	if err != nil {
		return nil, err
	}
	m, err := load(path, f, o)
	if err != nil {
		return nil, err
	}
	m.base = models.Base{Architecture: h.architecture, Tensors: h.tensors}
	return m, nil
}

// checkFile refuses what llama.cpp should never see.
func checkFile(path string, f *os.File, o Options) (header, error) {
	st, err := f.Stat()
	if err != nil || !st.Mode().IsRegular() {
		return header{}, fileError(path, ReasonMissing, err, "not a regular file")
	}
	h, err := readHeader(io.NewSectionReader(f, 0, st.Size()), st.Size())
	var re *reasonError
	if errors.As(err, &re) {
		return h, fileError(path, re.reason, nil, "%s", re.detail)
	}
	if err != nil {
		return h, fileError(path, ReasonMissing, err, "it cannot be read")
	}
	if h.architecture != "llama" {
		return h, fileError(path, ReasonArchitecture, nil, "general.architecture is %q, not \"llama\"", h.architecture)
	}
	limit := o.MemoryLimit
	if limit == 0 {
		limit = availableMemory()
		if o.GPULayers >= 0 && limit != ^uint64(0) {
			for _, d := range GPUs() {
				limit += d.Free
			}
		}
	}
	if uint64(h.tensorBytes) > limit {
		return h, fileError(path, ReasonMemory, nil, "%d bytes of weights, %d bytes of memory", h.tensorBytes, limit)
	}
	return h, checkSum(path, io.NewSectionReader(f, 0, st.Size()), o.SHA256)
}

func checkSum(path string, r io.Reader, want string) error {
	if want == "" {
		return nil
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, r); err != nil {
		return fileError(path, ReasonMissing, err, "it cannot be read")
	}
	if got := hex.EncodeToString(sum.Sum(nil)); !strings.EqualFold(got, want) {
		return fileError(path, ReasonChecksum, nil, "its SHA-256 is %s, not %s", got, want)
	}
	return nil
}

// watchLoad runs what loads something, and returns what llama.cpp complained of meanwhile.
func watchLoad(load func()) (cause string) {
	Init()
	loadMu.Lock()
	defer loadMu.Unlock()
	lines := new(errorLines)
	loadErrors.Store(lines)
	defer loadErrors.Store(nil)
	load()
	return lines.cause()
}

func load(path string, f *os.File, o Options) (*Model, error) {
	aborted := false
	report := func(fraction float32) bool {
		aborted = o.Progress != nil && !o.Progress(fraction)
		return !aborted
	}
	handle := cgo.NewHandle(report)
	defer handle.Delete()

	layers := 1 << 20
	if o.GPULayers != 0 {
		layers = max(o.GPULayers, -1)
	}
	split := map[Split]C.int32_t{SplitRow: C.ILSAI_SPLIT_ROW, SplitNone: C.ILSAI_SPLIT_NONE, SplitLayer: C.ILSAI_SPLIT_LAYER, "": C.ILSAI_SPLIT_LAYER}
	cpath, free := cString(loadPath(f))
	defer free()
	var c *C.struct_llama_model
	cause := watchLoad(func() { c = C.ilsai_model_load(cpath, C.int32_t(layers), split[o.Split], true, C.uintptr_t(handle)) })
	if c == nil {
		if aborted {
			return nil, fileError(path, ReasonAborted, nil, "")
		}
		return nil, fileError(path, ReasonRefused, nil, "%s", cause)
	}
	m := &Model{c: c, refs: 1}
	if err := m.describe(path); err != nil {
		m.Close()
		return nil, fileError(path, ReasonRefused, err, "")
	}
	return m, nil
}

// Close frees the model once nothing uses it any more, and closes its adapters. Closing twice is harmless.
func (m *Model) Close() error {
	m.mu.Lock()
	if m.closed {
		m.mu.Unlock()
		return nil
	}
	m.closed = true
	open := slices.Collect(maps.Values(m.adapters))
	m.mu.Unlock()
	for _, a := range open {
		a.Close() // it takes the lock
	}
	m.release()
	return nil
}

// retain keeps the model in memory until the matching release. It fails after Close.
func (m *Model) retain() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return ErrClosed
	}
	m.refs++
	return nil
}

func (m *Model) release() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.releaseLocked()
}

func (m *Model) releaseLocked() {
	m.refs--
	if m.refs == 0 {
		C.ilsai_model_free(m.c)
		m.c = nil
	}
}
