package llama

/*
#include <stdlib.h>
#include "shim.h"
*/
import "C"

import (
	"errors"
	"strings"
	"unsafe"
)

// ErrTemplate is returned when a model has no chat template, or one llama.cpp does not know:
// llama_chat_apply_template recognises a fixed list and is no Jinja interpreter.
var ErrTemplate = errors.New("llama: the model has no chat template that is known")

// Message is one turn of a conversation. Role is "system", "user" or "assistant".
type Message struct {
	Role    string
	Content string
}

// ApplyTemplate renders messages with the model's own template. addAssistant ends the text with
// the start of the assistant's turn. Templates trim the space around a message's content.
func (m *Model) ApplyTemplate(messages []Message, addAssistant bool) (string, error) {
	if m.template == "" || len(messages) == 0 {
		return "", ErrTemplate
	}
	size := 0
	roles, freeRoles := cStrings(messages, func(m Message) string { return m.Role })
	defer freeRoles()
	contents, freeContents := cStrings(messages, func(m Message) string { size += len(m.Content); return m.Content })
	defer freeContents()
	tmpl, free := cString(m.template)
	defer free()
	buf := make([]byte, 2*size+1024)
	for {
		n := int(C.ilsai_chat(tmpl, roles, contents, C.size_t(len(messages)), C.bool(addAssistant),
			(*C.char)(unsafe.Pointer(&buf[0])), C.int32_t(len(buf))))
		switch {
		case n < 0:
			return "", ErrTemplate
		case n < len(buf):
			return string(buf[:n]), nil
		}
		buf = make([]byte, n+1)
	}
}

// cStrings is an array of C strings in C's memory, where an array of C pointers has to live. A NUL
// would end a string early, so it is left out.
func cStrings(messages []Message, text func(Message) string) (**C.char, func()) {
	p := (**C.char)(C.calloc(C.size_t(len(messages)), C.size_t(unsafe.Sizeof((*C.char)(nil)))))
	array := unsafe.Slice(p, len(messages))
	for i, m := range messages {
		array[i] = C.CString(strings.ReplaceAll(text(m), "\x00", ""))
	}
	return p, func() {
		for _, s := range array {
			C.free(unsafe.Pointer(s))
		}
		C.free(unsafe.Pointer(p))
	}
}
