package main

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/ils-platform/ilsai"
)

// readSecret finds the secret that signs tokens: the setting, the file it names, or the file a demo made in the data directory.
func readSecret(c *config) ([]byte, error) {
	if c.JWTSecret != "" {
		return []byte(c.JWTSecret), nil
	}
	path := c.JWTSecretFile
	if path == "" {
		path = demoSecretFile(c.DataDir)
	}
	b, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && c.JWTSecretFile == "":
		return nil, ilsai.Errorf(ilsai.CodeInvalid, "no secret to sign tokens with: set jwt_secret_file to a file of 32 random bytes or more (openssl rand -hex 32 > FILE)")
	case err != nil:
		return nil, ilsai.Wrap(ilsai.CodeInvalid, err, "the secret file %s cannot be read", path)
	}
	return bytes.TrimSpace(b), nil
}

func demoSecretFile(dataDir string) string { return filepath.Join(dataDir, "demo-secret") }

// makeDemoSecret keeps the demo's own secret beside its data, so that a token printed yesterday still works today.
func makeDemoSecret(dataDir string) ([]byte, error) {
	path := demoSecretFile(dataDir)
	if b, err := os.ReadFile(path); err == nil {
		return bytes.TrimSpace(b), nil
	}
	raw := make([]byte, 32)
	if _, err := rand.Read(raw); err != nil {
		return nil, err
	}
	secret := []byte(hex.EncodeToString(raw))
	temporary := path + ".new"
	if err := os.WriteFile(temporary, append(secret, '\n'), 0o600); err != nil {
		return nil, ilsai.Wrap(ilsai.CodeUnavailable, err, "the data directory %s cannot be written", dataDir)
	}
	return secret, os.Rename(temporary, path)
}
