package engine

import (
	"strings"
	"sync"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/llama"
)

// adapters are the loaded LoRA adapters by checksum. One that was removed lives on until the generations that
// began with it have ended.
type adapters struct {
	loading sync.Mutex // taken first; a large file takes seconds, and nobody's generation waits for it

	mu     sync.Mutex
	loaded map[string]*adapter
}

type adapter struct {
	*llama.Adapter
	uses int // generations, and one while it can be named
}

// AddAdapter loads a LoRA adapter of the model from a GGUF file that must have this SHA-256, in hex: its name from
// now on, see Generation.Adapter. Generations go on meanwhile. Adding one that is there does nothing. A file that
// is no adapter of this model gives an error with ilsai.CodeModelFile that says why.
func (e *Engine) AddAdapter(path, sha256 string) error {
	name := strings.ToLower(sha256)
	if name == "" {
		return ilsai.Errorf(ilsai.CodeInvalid, "an adapter is loaded only by its SHA-256")
	}
	e.adapters.loading.Lock()
	defer e.adapters.loading.Unlock()
	if e.adapters.has(name) {
		return nil
	}
	a, err := e.model.LoadAdapter(path, name)
	if err != nil {
		return err
	}
	e.adapters.mu.Lock()
	defer e.adapters.mu.Unlock()
	if e.adapters.loaded == nil {
		e.adapters.loaded = map[string]*adapter{}
	}
	e.adapters.loaded[name] = &adapter{a, 1}
	return nil
}

func (a *adapters) has(name string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.loaded[name] != nil
}

// RemoveAdapter makes an adapter unknown. Generations that began with it end with it; then its memory is free.
func (e *Engine) RemoveAdapter(sha256 string) {
	e.adapters.mu.Lock()
	defer e.adapters.mu.Unlock()
	name := strings.ToLower(sha256)
	if a := e.adapters.loaded[name]; a != nil {
		delete(e.adapters.loaded, name)
		a.doneLocked()
	}
}

// adapter finds what Generation.Adapter names and keeps it until done is called.
func (e *Engine) adapter(sha256 string) (id int, done func(), err error) {
	if sha256 == "" {
		return 0, func() {}, nil
	}
	e.adapters.mu.Lock()
	defer e.adapters.mu.Unlock()
	a := e.adapters.loaded[strings.ToLower(sha256)]
	if a == nil {
		return 0, nil, ilsai.Errorf(ilsai.CodeNotFound, "the adapter is not loaded")
	}
	a.uses++
	return a.ID(), sync.OnceFunc(func() {
		e.adapters.mu.Lock()
		defer e.adapters.mu.Unlock()
		a.doneLocked()
	}), nil
}

func (a *adapter) doneLocked() {
	if a.uses--; a.uses == 0 {
		a.Close()
	}
}
