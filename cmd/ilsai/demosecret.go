package main

import (
	"crypto/rand"
	"encoding/hex"
	"os"
	"path/filepath"

	"github.com/ils-platform/ilsai"
)

func demoSecretFile(dataDir string) string { return filepath.Join(dataDir, "demo-secret") }

// makeDemoSecret keeps the demo's own secret beside its data, so that a token printed yesterday still works today.
func makeDemoSecret(dataDir string) error {
	path := demoSecretFile(dataDir)
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	raw := make([]byte, 32)
	if _, err := rand.Read(raw); err != nil {
		return err
	}
	temporary := path + ".new"
	if err := os.WriteFile(temporary, []byte(hex.EncodeToString(raw)+"\n"), 0o600); err != nil {
		return ilsai.Wrap(ilsai.CodeUnavailable, err, "the data directory %s cannot be written", dataDir)
	}
	return os.Rename(temporary, path)
}
