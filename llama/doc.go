// Package llama is the only door to llama.cpp: models, tokens, chat templates, contexts that
// decode many sequences at once, and samplers with grammars.
//
// It calls the public llama.h, compiled from the sources that the Go module
// github.com/ollama/ollama carries, and nothing else of that module. C++ lives in the shim_*.cpp
// files behind shim.h; no C type appears in an exported signature.
//
// llama.cpp aborts the process on a violated assertion, and Go cannot recover from that. So every
// argument is checked here, before C sees it, and model files are checked as far as their header
// goes. Exceptions of C++ stop in the shim.
//
// Ownership: every New, Open and OpenBytes is paired with a Close; closing twice is harmless, and
// a Model stays in memory until its last Context and Sampler are closed. A Model may be used from
// many goroutines. A Context and the Samplers used in its Step belong to one goroutine, and that
// goroutine must hold its OS thread (runtime.LockOSThread) for as long as it decodes: OpenMP gives
// each calling thread a worker team of its own, and a wandering goroutine would start a new team
// on every thread it visits.
//
// The package must never know what a request, a tenant or a queue is.
package llama
