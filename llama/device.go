package llama

/*
#include "shim.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync"

	"github.com/ils-platform/ilsai"
)

// BackendReason says what is wrong with a library of devices.
type BackendReason string

const (
	BackendMissing    BackendReason = "missing"                            // no such file, or no right to read it
	BackendForeign    BackendReason = "not a library of devices"           // another library, or no library at all
	BackendVersion    BackendReason = "built for another version"          // of ggml: built from another module, or damaged
	BackendDependency BackendReason = "needs a library that is not there"  // the driver's, or CUDA's
	BackendSymbol     BackendReason = "needs a symbol that is not there"   // a driver or CUDA of another version
	BackendNoDevice   BackendReason = "no device was found"                // it works, and has nothing to work on
	BackendCrashed    BackendReason = "it ended the process that tried it" // told by whoever tried it in a process of its own
)

// BackendError tells which library of devices cannot be used and why. It comes inside an ilsai.Error with
// ilsai.CodeUnavailable.
type BackendError struct {
	Path   string
	Reason BackendReason
	Detail string // what was found, for people
}

func (e *BackendError) Error() string {
	s := fmt.Sprintf("library of devices %s: %s", e.Path, e.Reason)
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	return s
}

// NewBackendError wraps what is wrong with a library of devices.
func NewBackendError(path string, reason BackendReason, detail string) error {
	return ilsai.Wrap(ilsai.CodeUnavailable, &BackendError{path, reason, detail}, "the GPU cannot be used")
}

// Device is what a model can be computed on.
type Device struct {
	Name        string `json:"name"` // "CPU", "CUDA0"
	Description string `json:"description"`
	Backend     string `json:"backend"` // of a library's devices: the library's name for itself
	GPU         bool   `json:"gpu"`
	Free        uint64 `json:"free_bytes"` // now
	Total       uint64 `json:"total_bytes"`
	Driver      string `json:"driver,omitempty"`  // version of CUDA that the driver knows
	Compute     string `json:"compute,omitempty"` // compute capability
}

var (
	backendMu sync.Mutex
	backends  = map[string]bool{} // loaded libraries, by path
)

// LoadBackend adds the devices of a library, such as libggml-cuda.so, for models opened from now on. It cannot be
// taken back. Loading one again does nothing. A library's code runs in this process from the moment it is loaded: one
// that is not known to work should be tried in another process first. Errors are BackendErrors.
func LoadBackend(path string) error {
	backendMu.Lock()
	defer backendMu.Unlock()
	if backends[path] {
		return nil
	}
	if f, err := os.Open(path); err != nil {
		var pe *fs.PathError
		if errors.As(err, &pe) {
			err = pe.Err
		}
		return NewBackendError(path, BackendMissing, err.Error())
	} else {
		f.Close()
	}
	cpath, freePath := cString(path)
	defer freePath()
	cmodule, freeModule := cString(ggmlModule)
	defer freeModule()
	var detail [1024]C.char
	rc := C.int(0)
	said := watchLoad(func() { rc = C.ilsai_backend_load(cpath, cmodule, &detail[0], C.size_t(len(detail))) })
	if rc == C.ILSAI_BACKEND_OK {
		backends[path] = true
		return nil
	}
	text := strings.TrimPrefix(C.GoString(&detail[0]), path+": ")
	if text == "" {
		text = said
	}
	return NewBackendError(path, backendReason(int(rc), text), text)
}

// backendReason sorts what went wrong. The loader of the C library tells in words only.
func backendReason(rc int, text string) BackendReason {
	switch rc {
	case C.ILSAI_BACKEND_FOREIGN:
		return BackendForeign
	case C.ILSAI_BACKEND_VERSION:
		return BackendVersion
	case C.ILSAI_BACKEND_NO_DEVICE:
		return BackendNoDevice
	}
	switch {
	case strings.Contains(text, "undefined symbol"), strings.Contains(text, "version `"):
		return BackendSymbol
	case strings.Contains(text, "cannot open shared object file"):
		return BackendDependency
	}
	return BackendForeign
}

// ggmlModule is the version of github.com/ollama/ollama in go.mod; a test holds the two together. The linker records
// it too, but not in test binaries.
const ggmlModule = "v0.17.4"

// Devices are those that models can be computed on, GPUs first. Asking a GPU for its memory takes a while, and
// the first time reserves some of it.
func Devices() []Device {
	Init()
	backendMu.Lock()
	defer backendMu.Unlock()
	var list, cpus []Device
	for i := range int(C.ilsai_device_count()) {
		var d C.ilsai_device
		C.ilsai_device_describe(C.int32_t(i), &d)
		device := Device{
			Name: C.GoString(&d.name[0]), Description: C.GoString(&d.description[0]), Backend: C.GoString(&d.backend[0]),
			GPU: bool(d.gpu), Free: uint64(d.free), Total: uint64(d.total),
			Driver: version(d.driver_major, d.driver_minor), Compute: version(d.compute_major, d.compute_minor),
		}
		if device.GPU {
			list = append(list, device)
		} else {
			cpus = append(cpus, device)
		}
	}
	return append(list, cpus...)
}

// GPUs are the devices that are not the CPU.
func GPUs() []Device {
	all := Devices()
	n := 0
	for n < len(all) && all[n].GPU {
		n++
	}
	return all[:n]
}

func version(major, minor C.int) string {
	if major == 0 {
		return ""
	}
	return fmt.Sprintf("%d.%d", int(major), int(minor))
}
