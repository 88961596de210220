package main

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/jwks"
	"github.com/ils-platform/ilsai/tenancy/store"
)

// tokenKeys is where the keys of access tokens come from: files that the operator keeps, the secrets
// that 'ilsai key rotate' keeps in the control database, and an identity provider's key set.
type tokenKeys struct {
	config *config
	stored tenancy.KeyStore
	source tenancy.KeySource // nil: none
}

// openKeys reads no key yet, but makes the key file when there is none.
func openKeys(c *config, control *store.Store) (*tokenKeys, error) {
	file, err := store.OpenKeyFile(c.keyFile())
	if err != nil {
		return nil, err
	}
	k := &tokenKeys{config: c, stored: control.SigningKeys(file)}
	if c.JWKSURL != "" {
		source, err := jwks.New(c.JWKSURL, jwks.Options{})
		if err != nil {
			return nil, err
		}
		k.source = source
	}
	return k, nil
}

// ring holds the keys as they are now. A ring without any is refused.
func (k *tokenKeys) ring(ctx context.Context) (*tenancy.Keyring, error) {
	all, err := k.list(ctx)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 && k.source == nil {
		return nil, ilsai.Errorf(ilsai.CodeInvalid, "there is no key to check access tokens with: set jwt_secret_file to a file of 32 random bytes or more "+
			"(openssl rand -hex 32 > FILE), set jwt_public_keys or jwks_url, or make a key with 'ilsai key rotate'")
	}
	keys := make([]tenancy.Key, len(all))
	for i, key := range all {
		keys[i] = key.Key
	}
	return tenancy.NewKeyring(keys, tenancy.KeyringOptions{Source: k.source})
}

// issuer signs with the best of the keys as they are now.
func (k *tokenKeys) issuer(ctx context.Context) (*tenancy.TokenIssuer, error) {
	ring, err := k.ring(ctx)
	if err != nil {
		return nil, err
	}
	return tenancy.NewKeyringIssuer(ring, tenancy.TokenOptions{}), nil
}

// reload reads everything again. On an error the ring keeps what it has.
func (k *tokenKeys) reload(ctx context.Context, ring *tenancy.Keyring) error {
	files, err := k.files()
	if err != nil {
		return err
	}
	fixed := make([]tenancy.Key, len(files))
	for i, key := range files {
		fixed[i] = key.Key
	}
	return ring.Reload(ctx, k.stored, fixed...)
}

// sourcedKey is a key and where it is kept.
type sourcedKey struct {
	tenancy.Key
	source string // a file, or storedKey
}

const storedKey = "control database"

// list reads the keys of files, then those of the control database.
func (k *tokenKeys) list(ctx context.Context) ([]sourcedKey, error) {
	all, err := k.files()
	if err != nil {
		return nil, err
	}
	stored, err := k.stored.Keys(ctx)
	if err != nil {
		return nil, err
	}
	for _, key := range stored {
		all = append(all, sourcedKey{key, storedKey})
	}
	return all, nil
}

func (k *tokenKeys) files() ([]sourcedKey, error) {
	secrets, err := secretKeys(k.config)
	if err != nil || k.config.JWTPublicKeys == "" {
		return secrets, err
	}
	public, err := keyDir(k.config.JWTPublicKeys, func(name string, text []byte, _ time.Time) (tenancy.Key, error) {
		return tenancy.ParsePublicKey(strings.TrimSuffix(name, ".pem"), text)
	})
	return slices.Concat(secrets, public), err
}

// secretKeys reads the secrets: the setting, the file or directory it names, or the file a demo made.
func secretKeys(c *config) ([]sourcedKey, error) {
	if c.JWTSecret != "" {
		key, err := newSecret("", []byte(c.JWTSecret), time.Time{})
		return []sourcedKey{{key, "setting jwt_secret"}}, err
	}
	path, optional := c.JWTSecretFile, false
	if path == "" {
		if c.JWTPublicKeys != "" || c.JWKSURL != "" {
			return nil, nil
		}
		path, optional = demoSecretFile(c.DataDir), true
	}
	info, err := os.Stat(path)
	if optional && errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil && info.IsDir() {
		return keyDir(path, newSecret)
	}
	key, err := readKey(path, "", newSecret)
	return []sourcedKey{{key, path}}, err
}

func newSecret(id string, text []byte, made time.Time) (tenancy.Key, error) {
	return tenancy.NewSecretKey(id, bytes.TrimSpace(text), made)
}

type parseKey func(name string, text []byte, made time.Time) (tenancy.Key, error)

// keyDir reads one key per file. Names that begin with a dot are left out: they belong to editors and mounts.
func keyDir(dir string, parse parseKey) ([]sourcedKey, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, ilsai.Wrap(ilsai.CodeInvalid, err, "the key directory %s cannot be read", dir)
	}
	var keys []sourcedKey
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			continue
		}
		path := filepath.Join(dir, e.Name())
		key, err := readKey(path, e.Name(), parse)
		if err != nil {
			return nil, err
		}
		keys = append(keys, sourcedKey{key, path})
	}
	return keys, nil
}

// readKey takes the file's age for the key's: of several secrets the newest signs.
func readKey(path, name string, parse parseKey) (tenancy.Key, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return tenancy.Key{}, ilsai.Wrap(ilsai.CodeInvalid, err, "the key file %s cannot be read", path)
	}
	info, err := os.Stat(path)
	if err != nil {
		return tenancy.Key{}, ilsai.Wrap(ilsai.CodeInvalid, err, "the key file %s cannot be read", path)
	}
	key, err := parse(name, text, info.ModTime())
	if err != nil {
		return tenancy.Key{}, ilsai.Errorf(ilsai.ErrorCode(err), "the key file %s: %s", path, ilsai.ErrorMessage(err))
	}
	return key, nil
}
