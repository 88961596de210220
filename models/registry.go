package models

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// Model is one known model file. Only files whose SHA-256 is known are loaded: what llama.cpp reads can end the process.
type Model struct {
	Name     string `json:"name"`
	File     string `json:"file"`
	SHA256   string `json:"sha256"`
	Size     int64  `json:"size"`
	Profile  string `json:"profile"` // "compact" or "instruct": how the assistant talks to it
	License  string `json:"license"`
	Embedded bool   `json:"embedded,omitempty"`
}

//go:embed registry.json
var registryJSON []byte

//go:embed ilsai-compact.gguf
var defaultModel []byte

//go:embed ilsai-compact.provenance.json
var defaultProvenance []byte

// registry is read once; a registry that does not parse is a defect of the build, so it panics (a test loads it).
var registry = sync.OnceValue(func() []Model {
	var list struct {
		Models []Model `json:"models"`
	}
	if err := json.Unmarshal(registryJSON, &list); err != nil {
		panic("models: registry.json: " + err.Error())
	}
	return list.Models
})

// Known lists the allow-list, the default model first.
func Known() []Model { return append([]Model(nil), registry()...) }

// Default is the model embedded in the binary.
func Default() Model {
	for _, m := range registry() {
		if m.Embedded {
			return m
		}
	}
	panic("models: registry.json names no embedded model")
}

// ByName finds a known model by name.
func ByName(name string) (Model, bool) { return find(func(m Model) bool { return m.Name == name }) }

// ByDigest finds a known model by the SHA-256 of its file, in hex.
func ByDigest(digest string) (Model, bool) {
	return find(func(m Model) bool { return strings.EqualFold(m.SHA256, digest) })
}

func find(match func(Model) bool) (Model, bool) {
	for _, m := range registry() {
		if match(m) {
			return m, true
		}
	}
	return Model{}, false
}

// DefaultBytes is the embedded model's file. Callers must not write to it.
func DefaultBytes() []byte { return defaultModel }

// Provenance says how the default model came to be: data seed, steps, scores, sizes. It is JSON.
func Provenance() []byte { return append([]byte(nil), defaultProvenance...) }

// Digest is the SHA-256 of r's bytes, in hex.
func Digest(r io.Reader) (string, error) {
	h := sha256.New()
	if _, err := io.Copy(h, r); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// Identify finds the known model that a file is, by its digest. An unknown file gives an *UnlistedError.
func Identify(path string) (Model, error) {
	f, err := os.Open(path)
	if err != nil {
		return Model{}, err
	}
	defer func() { _ = f.Close() }() // read only: nothing can be lost
	digest, err := Digest(f)
	if err != nil {
		return Model{}, fmt.Errorf("models: reading %s: %w", path, err)
	}
	if m, ok := ByDigest(digest); ok {
		return m, nil
	}
	return Model{}, &UnlistedError{Path: path, SHA256: digest}
}

// UnlistedError says that a file's digest is not on the allow-list.
type UnlistedError struct {
	Path   string
	SHA256 string
}

func (e *UnlistedError) Error() string {
	return fmt.Sprintf("models: %s is not on the allow-list (sha256 %s)", e.Path, e.SHA256)
}

// Extract puts the embedded model into dir, named by its digest, and returns its path. A file that is already there is
// kept if it is the right one, and replaced if not; a reader never sees half a file.
func Extract(dir string) (string, error) {
	m := Default()
	path := filepath.Join(dir, fmt.Sprintf("%s-%s.gguf", m.Name, m.SHA256[:12]))
	if found, err := Identify(path); err == nil && found.SHA256 == m.SHA256 {
		return path, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	temporary, err := os.CreateTemp(dir, ".extract-*")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.Remove(temporary.Name()) }() // gone already when all went well
	if _, err := temporary.Write(defaultModel); err != nil {
		_ = temporary.Close()
		return "", err
	}
	if err := temporary.Sync(); err != nil {
		_ = temporary.Close()
		return "", err
	}
	if err := temporary.Close(); err != nil {
		return "", err
	}
	if err := os.Chmod(temporary.Name(), 0o644); err != nil {
		return "", err
	}
	return path, os.Rename(temporary.Name(), path)
}
