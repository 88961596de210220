package llama

// The functions C calls. They have a file of their own because cgo copies the preamble of a file
// with exports into two C files, so such a preamble may declare but not define.

/*
#include <stdbool.h>
#include <stdint.h>
*/
import "C"

import "runtime/cgo"

//export ilsaiGoLog
func ilsaiGoLog(level C.int, text *C.char) {
	handleLog(int(level), C.GoString(text))
}

//export ilsaiGoProgress
func ilsaiGoProgress(fraction C.float, handle C.uintptr_t) C.bool {
	report := cgo.Handle(handle).Value().(func(float32) bool)
	return C.bool(report(float32(fraction)))
}
