// Package models knows model files: which ones may be loaded (by SHA-256), what a GGUF header says, and the small
// default model that is embedded in the binary together with its provenance.
//
// It must never know how a model is run: no cgo, no llama.cpp, no tokens, no prompts. Its GGUF parser treats every file
// as hostile, because it is what stands between a foreign file and C code that aborts the process.
package models
