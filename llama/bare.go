package llama

/*
#include "shim.h"
*/
import "C"

import (
	"fmt"
	"time"
	"unsafe"

	"github.com/ils-platform/ilsai"
)

// BareDecode is the plainest loop over llama_decode that C can write: all prompts, then n tokens
// for each of seqs sequences, likeliest token first. It is what schedulers are measured against.
// It empties the context. Durations are in microseconds.
func (c *Context) BareDecode(seqs int, prompt []Token, n int) (prefillMicros, decodeMicros int64, err error) {
	if c.c == nil {
		return 0, 0, ErrClosed
	}
	if seqs < 1 || seqs > len(c.length) || seqs > c.options.BatchTokens || len(prompt) < 1 || n < 1 || len(prompt)+n > c.options.ContextPerSeq {
		return 0, 0, fmt.Errorf("llama: %d sequences of %d and %d tokens do not fit", seqs, len(prompt), n)
	}
	for _, t := range prompt {
		if !c.model.vocab.has(t) {
			return 0, 0, fmt.Errorf("llama: token %d is not in the vocabulary", t)
		}
	}
	var prefill C.int64_t
	decode := C.ilsai_bare_decode(c.c, C.int32_t(seqs), (*C.int32_t)(unsafe.Pointer(&prompt[0])), C.int32_t(len(prompt)), C.int32_t(n), &prefill)
	for seq := range c.length {
		if err := c.ClearSequence(seq); err != nil {
			return 0, 0, err
		}
	}
	if decode < 0 {
		return 0, 0, ErrDecode
	}
	return int64(prefill), int64(decode), nil
}

// BareLogits are the logits after a prompt of at most BatchTokens: what devices are compared by. It empties the context.
func (c *Context) BareLogits(prompt []Token) ([]float32, error) {
	if c.c == nil {
		return nil, ErrClosed
	}
	if len(prompt) < 1 || len(prompt) > min(c.options.BatchTokens, c.options.ContextPerSeq) {
		return nil, fmt.Errorf("llama: a prompt of %d tokens does not fit", len(prompt))
	}
	for _, t := range prompt {
		if !c.model.vocab.has(t) {
			return nil, fmt.Errorf("llama: token %d is not in the vocabulary", t)
		}
	}
	logits := make([]float32, c.model.info.Vocab)
	ok := C.ilsai_bare_logits(c.c, (*C.int32_t)(unsafe.Pointer(&prompt[0])), C.int32_t(len(prompt)), (*C.float)(unsafe.Pointer(&logits[0])))
	for seq := range c.length {
		if err := c.ClearSequence(seq); err != nil {
			return nil, err
		}
	}
	if !ok {
		return nil, ErrDecode
	}
	return logits, nil
}

// CopyBandwidth is how many bytes a second a device reads and writes when it copies within its memory: what the speed
// of decoding is compared with. It needs twice as many bytes of room; the name is one of Devices.
func CopyBandwidth(device string, bytes, times int) (perSecond float64, err error) {
	Init()
	backendMu.Lock()
	defer backendMu.Unlock()
	for i := range int(C.ilsai_device_count()) {
		var d C.ilsai_device
		C.ilsai_device_describe(C.int32_t(i), &d)
		if C.GoString(&d.name[0]) != device {
			continue
		}
		micros := C.ilsai_device_copy(C.int32_t(i), C.size_t(bytes), C.int32_t(times))
		if micros <= 0 {
			return 0, ilsai.Errorf(ilsai.CodeUnavailable, "%s has no room for copying %d bytes", device, bytes)
		}
		return 2 * float64(bytes) * float64(times) / float64(micros) * 1e6, nil
	}
	return 0, ilsai.Errorf(ilsai.CodeNotFound, "there is no device %s", device)
}

// DecodeTime is how long all Steps so far were computing, without what choosing tokens took.
func (c *Context) DecodeTime() time.Duration {
	if c.c == nil {
		return 0
	}
	return time.Duration(C.ilsai_context_decode_us(c.c)) * time.Microsecond
}
