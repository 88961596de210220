// Package ggufgen writes GGUF models of the architecture llama with random weights: a real file of
// a given shape, so that loading, batching, sampling and speed can be tried where no trained
// weights are. The same shape and seed give the same bytes.
//
// Files are written as a stream: memory does not grow with the model. The package knows the GGUF
// format and must never know who reads the file; it imports the standard library only.
package ggufgen
