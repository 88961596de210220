package llama

import (
	"fmt"

	"github.com/ils-platform/ilsai"
)

// Reason says what is wrong with a model file.
type Reason string

const (
	ReasonMissing      Reason = "missing"             // no such file, or no right to read it
	ReasonNotGGUF      Reason = "not a GGUF file"     // the first bytes are something else's
	ReasonVersion      Reason = "unsupported version" // of the GGUF format
	ReasonTruncated    Reason = "truncated"           // it ends before its tensors do
	ReasonCorrupt      Reason = "corrupt"             // a header that contradicts itself
	ReasonArchitecture Reason = "wrong architecture"  // anything but llama
	ReasonChecksum     Reason = "checksum mismatch"   // its SHA-256 is not the expected one
	ReasonMemory       Reason = "too big for memory"  // more bytes of weights than memory to hold them
	ReasonRefused      Reason = "refused by llama.cpp"
	ReasonAborted      Reason = "loading aborted"  // the progress callback said stop
	ReasonAdapter      Reason = "not this model's" // an adapter for another architecture or other dimensions, or no adapter
)

// FileError tells which model file cannot be used and why. Open returns it inside an ilsai.Error
// with ilsai.CodeModelFile.
type FileError struct {
	Path   string // the file, or the name given to OpenBytes
	Reason Reason
	Detail string // what was found, for people
	Err    error  // the cause, where there is one
}

func (e *FileError) Error() string {
	s := fmt.Sprintf("model file %s: %s", e.Path, e.Reason)
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

func (e *FileError) Unwrap() error { return e.Err }

func fileError(path string, reason Reason, err error, format string, args ...any) error {
	e := &FileError{Path: path, Reason: reason, Detail: fmt.Sprintf(format, args...), Err: err}
	return ilsai.Wrap(ilsai.CodeModelFile, e, "the model cannot be loaded")
}
