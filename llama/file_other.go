//go:build !linux

package llama

import "os"

func anonymousFile(string) (*os.File, error) {
	f, err := os.CreateTemp("", "ilsai-model-*.gguf")
	if err != nil {
		return nil, err
	}
	return f, nil
}

func loadPath(f *os.File) string { return f.Name() }

func availableMemory() uint64 { return ^uint64(0) }
