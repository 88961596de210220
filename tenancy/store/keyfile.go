package store

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/ils-platform/ilsai"
)

const keyFileBytes = 32 // AES-256

// KeyFile encrypts signing keys at rest, so that whoever reads the database or a backup of it cannot
// sign tokens. The file is kept apart from the database and its backups.
type KeyFile struct{ aead cipher.AEAD }

// OpenKeyFile reads a key file, and makes one (mode 0600) when there is none. Errors:
// ilsai.CodeInvalid when it is damaged or others may read it, ilsai.CodeUnavailable when it cannot be
// read or written.
func OpenKeyFile(path string) (*KeyFile, error) {
	text, err := readKeyFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err = makeKeyFile(path); err == nil {
			text, err = readKeyFile(path)
		}
	}
	var known *ilsai.Error
	if errors.As(err, &known) {
		return nil, err
	}
	if err != nil {
		return nil, ilsai.Wrap(ilsai.CodeUnavailable, err, "The key file %s cannot be read or written.", path)
	}
	key := make([]byte, keyFileBytes)
	if n, err := hex.Decode(key, bytes.TrimSpace(text)); err != nil || n != keyFileBytes {
		return nil, ilsai.Errorf(ilsai.CodeInvalid, "The key file %s is damaged: it holds %d hexadecimal digits. Restore it from its backup.", path, 2*keyFileBytes)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, ilsai.Wrap(ilsai.CodeInternal, err, "")
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, ilsai.Wrap(ilsai.CodeInternal, err, "")
	}
	return &KeyFile{aead: aead}, nil
}

// readKeyFile returns 64 digits and a line break at most; hex.Decode would write beyond a longer text's key.
func readKeyFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, ilsai.Errorf(ilsai.CodeInvalid, "The key file %s may be read by other users. Protect it: chmod 600 %s", path, path)
	}
	text, err := os.ReadFile(path)
	if err == nil && len(bytes.TrimSpace(text)) != 2*keyFileBytes {
		return nil, nil
	}
	return text, err
}

// makeKeyFile puts a finished file in place at once: of two processes that start together, both use
// the one that came first.
func makeKeyFile(path string) error {
	key := make([]byte, keyFileBytes)
	if _, err := rand.Read(key); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".ilsai-key-") // its mode is 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = fmt.Fprintf(f, "%x\n", key)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(filepath.Dir(path))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// seal encrypts a secret. about is not encrypted and must be the same at open: a secret that was moved
// to another row is refused.
func (f *KeyFile) seal(secret, about []byte) ([]byte, error) {
	nonce := make([]byte, f.aead.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return nil, ilsai.Wrap(ilsai.CodeInternal, err, "")
	}
	return f.aead.Seal(nonce, nonce, secret, about), nil
}

func (f *KeyFile) open(sealed, about []byte) ([]byte, error) {
	n := f.aead.NonceSize()
	if len(sealed) < n {
		return nil, errors.New("the sealed secret is cut short")
	}
	return f.aead.Open(nil, sealed[:n], sealed[n:], about)
}
