package llama

/*
#include "cpucheck.h"
*/
import "C"

// ExitCPU is the exit code of a process whose CPU lacks what its llama.cpp was compiled for. The
// check is a C constructor (cpucheck.c): Go code, this package's init included, is already too late.
const ExitCPU = C.ILSAI_CPU_EXIT

// missingCPU names the features in needed that are not in present, separated by commas.
func missingCPU(needed, present uint32) string {
	var buf [256]C.char
	C.ilsai_cpu_missing(C.uint32_t(needed), C.uint32_t(present), &buf[0], C.size_t(len(buf)))
	return C.GoString(&buf[0])
}

func neededCPU() uint32  { return uint32(C.ilsai_cpu_needed()) }
func presentCPU() uint32 { return uint32(C.ilsai_cpu_present()) }

// CPUFeatures names what the C and C++ of this program was compiled for, and what of the features that it knows this
// CPU has, separated by commas.
func CPUFeatures() (compiled, present string) {
	return missingCPU(neededCPU(), 0), missingCPU(presentCPU(), 0)
}
