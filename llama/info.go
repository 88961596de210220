package llama

/*
#include "shim.h"
*/
import "C"

import (
	"errors"
	"maps"
	"unsafe"
)

// Info describes a model for people and for sizing.
type Info struct {
	Path         string // as given to Open or OpenBytes
	Description  string // llama.cpp's words, such as "llama 8B Q4_K - Medium"
	Architecture string
	Parameters   uint64
	Bytes        uint64 // of all weights
	ContextTrain int    // the context it was trained with, in tokens
	Vocab        int    // tokens
	Layers       int
	Embedding    int
	KVHeads      int
}

// Info describes the model.
func (m *Model) Info() Info { return m.info }

// Metadata is a copy of the file's keys and values as text. Arrays are left out by llama.cpp.
func (m *Model) Metadata() map[string]string { return maps.Clone(m.metadata) }

// Meta is one metadata value as text, "" when the key is missing.
func (m *Model) Meta(key string) string { return m.metadata[key] }

// ChatTemplate is the file's own template, "" when it has none.
func (m *Model) ChatTemplate() string { return m.template }

// describe copies everything that is read often out of C, so that reading it later needs neither a
// crossing nor a lock.
func (m *Model) describe(path string) error {
	var ci C.ilsai_model_info
	C.ilsai_model_get_info(m.c, &ci)
	m.metadata = m.readMetadata()
	m.template = ""
	if t := C.ilsai_model_template(m.c); t != nil {
		m.template = C.GoString(t)
	}
	var desc [256]C.char
	C.ilsai_model_desc(m.c, &desc[0], C.size_t(len(desc)))
	m.info = Info{
		Path:         path,
		Description:  C.GoString(&desc[0]),
		Architecture: m.metadata["general.architecture"],
		Parameters:   uint64(ci.n_params),
		Bytes:        uint64(ci.n_bytes),
		ContextTrain: int(ci.n_ctx_train),
		Vocab:        int(ci.n_vocab),
		Layers:       int(ci.n_layer),
		Embedding:    int(ci.n_embd),
		KVHeads:      int(ci.n_head_kv),
	}
	if ci.n_vocab <= 0 {
		return errors.New("it has no vocabulary")
	}
	return m.vocab.read(m.c, ci)
}

func (m *Model) readMetadata() map[string]string {
	n := int(C.ilsai_meta_count(m.c))
	meta := make(map[string]string, n)
	buf := make([]byte, 256)
	read := func(f func(p *C.char, n C.size_t) C.int32_t) string {
		for {
			got := int(f((*C.char)(unsafe.Pointer(&buf[0])), C.size_t(len(buf))))
			if got < 0 {
				return ""
			}
			if got < len(buf) {
				return string(buf[:got])
			}
			buf = make([]byte, got+1)
		}
	}
	for i := range n {
		key := read(func(p *C.char, n C.size_t) C.int32_t { return C.ilsai_meta_key(m.c, C.int32_t(i), p, n) })
		meta[key] = read(func(p *C.char, n C.size_t) C.int32_t { return C.ilsai_meta_value(m.c, C.int32_t(i), p, n) })
	}
	return meta
}
