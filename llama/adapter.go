package llama

/*
#include "shim.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/models"
)

// Adapter is a loaded LoRA adapter of one model (Hu et al. 2021). It is safe for concurrent use.
type Adapter struct {
	model *Model
	id    int
	c     *C.struct_llama_adapter_lora

	mu     sync.Mutex
	refs   int // Contexts that compute with it, and one until Close
	closed bool
}

// LoadAdapter loads an adapter of this model from a GGUF file. Contexts may decode meanwhile: it reads the model's
// list of tensors, which never changes, and allocates buffers of its own. sha256 is the expected checksum in
// hex; empty: any file will do. The file is checked whole before llama.cpp sees it. Errors are FileErrors with
// ilsai.CodeModelFile; ReasonAdapter says which tensor or dimension does not fit. ErrClosed after the model's Close.
func (m *Model) LoadAdapter(path, sha256 string) (*Adapter, error) {
	f, err := openModelFile(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return m.loadAdapter(path, f, sha256)
}

// LoadAdapterBytes is LoadAdapter of what is in memory; name stands for a path in errors. data is not kept.
func (m *Model) LoadAdapterBytes(name string, data []byte, sha256 string) (*Adapter, error) {
	f, err := memoryFile(name, data)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return m.loadAdapter(name, f, sha256)
}

func (m *Model) loadAdapter(path string, f *os.File, sha256 string) (*Adapter, error) {
	st, err := f.Stat()
	if err != nil || !st.Mode().IsRegular() {
		return nil, fileError(path, ReasonMissing, err, "not a regular file")
	}
	if most := availableMemory(); uint64(st.Size()) > most {
		return nil, fileError(path, ReasonMemory, nil, "%d bytes, %d bytes of memory", st.Size(), most)
	}
	if err := checkSum(path, io.NewSectionReader(f, 0, st.Size()), sha256); err != nil {
		return nil, err
	}
	if err := models.CheckAdapter(f, st.Size(), m.base); err != nil {
		return nil, adapterError(path, err)
	}
	if err := m.retain(); err != nil {
		return nil, err
	}
	cpath, free := cString(loadPath(f))
	defer free()
	var c *C.struct_llama_adapter_lora
	cause := watchLoad(func() { c = C.ilsai_adapter_load(m.c, cpath) })
	if c == nil {
		m.release()
		return nil, fileError(path, ReasonRefused, nil, "%s", cause)
	}
	a := &Adapter{model: m, c: c, refs: 1}
	if !m.addAdapter(a) {
		a.release()
		return nil, ErrClosed
	}
	return a, nil
}

// CheckAdapter reports what LoadAdapter would say of a file, without llama.cpp and without the model in memory.
func CheckAdapter(path string, base models.Base) error {
	f, err := openModelFile(path)
	if err != nil {
		return err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil || !st.Mode().IsRegular() {
		return fileError(path, ReasonMissing, err, "not a regular file")
	}
	if err := models.CheckAdapter(f, st.Size(), base); err != nil {
		return adapterError(path, err)
	}
	return nil
}

func adapterError(path string, err error) error {
	reason := ReasonAdapter
	var broken *models.FormatError
	switch {
	case errors.Is(err, models.ErrNotGGUF):
		reason = ReasonNotGGUF
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		reason = ReasonTruncated
	case errors.As(err, &broken):
		reason = ReasonCorrupt
	case !errors.Is(err, models.ErrAdapter):
		reason = ReasonMissing // it cannot be read
	}
	return ilsai.Wrap(ilsai.CodeModelFile, &FileError{Path: path, Reason: reason, Err: err}, "the adapter cannot be loaded")
}

// ID names the adapter for Context.SetAdapter. It is above 0 and never another one's of this model.
func (a *Adapter) ID() int { return a.id }

// Close makes the adapter unknown to SetAdapter, and frees it once no Context computes with it. Closing twice is
// harmless. Closing the model closes its adapters.
func (a *Adapter) Close() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.closed {
		a.closed = true
		a.model.dropAdapter(a.id)
		a.releaseLocked()
	}
	return nil
}

func (a *Adapter) retain() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.closed {
		a.refs++
	}
	return !a.closed
}

func (a *Adapter) release() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.releaseLocked()
}

func (a *Adapter) releaseLocked() {
	if a.refs--; a.refs == 0 {
		C.ilsai_adapter_free(a.c)
		a.c = nil
		a.model.release()
	}
}

// addAdapter gives the adapter its id; false once the model is closed.
func (m *Model) addAdapter(a *Adapter) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return false
	}
	if m.adapters == nil {
		m.adapters = map[int]*Adapter{}
	}
	m.lastAdapter++
	a.id = m.lastAdapter
	m.adapters[a.id] = a
	return true
}

func (m *Model) dropAdapter(id int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.adapters, id)
}

func (m *Model) adapter(id int) *Adapter {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.adapters[id]
}

// HasAdapter tells whether id is an adapter that is loaded and not closed.
func (m *Model) HasAdapter(id int) bool { return m.adapter(id) != nil }

// SetAdapter makes the Steps that follow compute with an adapter of the context's model; 0: with the model
// alone. What the sequences hold stays as it was computed. It costs next to nothing, and nothing when it is set
// already. The Step after it builds its graph anew. An id that is not loaded is ilsai.CodeUnavailable, and what
// was set stays.
func (c *Context) SetAdapter(id int) error {
	if c.c == nil {
		return ErrClosed
	}
	if id == c.AdapterID() {
		return nil
	}
	var next *Adapter
	var raw *C.struct_llama_adapter_lora
	if id != 0 {
		if next = c.model.adapter(id); next == nil || !next.retain() {
			return ilsai.Errorf(ilsai.CodeUnavailable, "the adapter %d is not loaded", id)
		}
		raw = next.c
	}
	if !C.ilsai_adapter_set(c.c, raw, C.int32_t(id)) {
		if next != nil {
			next.release()
		}
		return fmt.Errorf("llama: the adapter %d cannot be set", id)
	}
	c.dropAdapter()
	c.adapter = next
	return nil
}

// AdapterID is what SetAdapter set last.
func (c *Context) AdapterID() int {
	if c.adapter == nil {
		return 0
	}
	return c.adapter.id
}

func (c *Context) dropAdapter() {
	if c.adapter != nil {
		c.adapter.release()
		c.adapter = nil
	}
}
