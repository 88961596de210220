package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/models"
)

// checkDigest compares a model file with the checksum that the operator vouches for.
func checkDigest(path, want string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	got, err := models.Digest(f)
	if err != nil {
		return err
	}
	if !strings.EqualFold(got, want) {
		return ilsai.Errorf(ilsai.CodeModelFile, "the model file's SHA-256 is %s, not %s", got, want)
	}
	return nil
}

// dataDir says whether the data directory can be written, and by whom else it can be read.
func (d *diagnosis) dataDir(c *config) {
	info, err := os.Stat(c.DataDir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		d.add("data directory", findingOK, c.DataDir+" is made at the first start", "")
		return
	case err != nil:
		d.fail("data directory", err, "")
		return
	case !info.IsDir():
		d.add("data directory", findingFail, c.DataDir+" is no directory", "name another with --data-dir")
		return
	}
	probe, err := os.CreateTemp(c.DataDir, ".doctor-")
	if err != nil {
		d.fail("data directory", err, "give this user the right to write there")
		return
	}
	err = errors.Join(probe.Close(), os.Remove(probe.Name()))
	switch {
	case err != nil:
		d.fail("data directory", err, "")
	case !private(info):
		d.add("data directory", findingWarn, c.DataDir+" can be read by other users", "chmod 700 "+c.DataDir)
	default:
		d.add("data directory", findingOK, c.DataDir, "")
	}
}

// keys looks at what tokens are checked with, and at the file that encrypts secrets. A server may also find keys in
// its database.
func (d *diagnosis) keys(c *config) {
	keys, err := secretKeys(c)
	switch {
	case err != nil:
		d.fail("token keys", err, "")
	case len(keys) == 0 && c.JWTPublicKeys == "" && c.JWKSURL == "":
		d.add("token keys", findingWarn, "no setting names a key; 'ilsai key list' shows those of the control database",
			"openssl rand -hex 32 > FILE, and --jwt-secret-file FILE; or 'ilsai key rotate'")
	default:
		d.add("token keys", findingOK, fmt.Sprintf("%d secrets, public keys in %s, key set at %s", len(keys), orNowhere(c.JWTPublicKeys), orNowhere(c.JWKSURL)), "")
	}
	for _, path := range []string{c.JWTSecretFile, c.keyFile(), c.EngineKeyFile} {
		if info, err := os.Stat(path); path != "" && err == nil && !info.IsDir() && !private(info) {
			d.add("key file", findingWarn, path+" can be read by other users", "chmod 600 "+path)
		}
	}
}

func orNowhere(s string) string {
	if s == "" {
		return "no place"
	}
	return s
}

// databaseTimeout bounds each question to a database.
const databaseTimeout = 5 * time.Second

// databases asks what is configured whether it is there.
func (d *diagnosis) databases(ctx context.Context, c *config) {
	if c.ControlDSN == "" {
		file := filepath.Join(c.DataDir, "ilsai.db")
		if _, err := os.Stat(file); err == nil {
			d.add("control database", findingOK, file, "")
		} else if errors.Is(err, fs.ErrNotExist) {
			d.add("control database", findingOK, file+" is made at the first start", "")
		} else {
			d.fail("control database", err, "")
		}
	} else {
		d.postgres(ctx, "control database", c.ControlDSN, "control_dsn")
	}
	if c.PostgresAdminDSN != "" {
		d.postgres(ctx, "shops' PostgreSQL", c.PostgresAdminDSN, "postgres_admin_dsn")
	}
}

// oldestPostgres is the first version whose rights suffice; see docs/operations.md.
const oldestPostgres = 150000

func (d *diagnosis) postgres(ctx context.Context, name, dsn, setting string) {
	ctx, cancel := context.WithTimeout(ctx, databaseTimeout)
	defer cancel()
	number, text := 0, ""
	conn, err := pgx.Connect(ctx, dsn)
	if err == nil {
		err = conn.QueryRow(ctx, "SELECT current_setting('server_version_num')::int, current_setting('server_version')").Scan(&number, &text)
		_ = conn.Close(ctx) // what was asked is known
	}
	switch {
	case err != nil:
		// The error quotes the address, which holds a password: it is not shown.
		d.add(name, findingFail, "PostgreSQL does not answer, or refuses the user, at the address of "+setting, "psql with that address says why")
	case number < oldestPostgres:
		d.add(name, findingFail, "PostgreSQL "+text, "PostgreSQL 15 or later is needed")
	default:
		d.add(name, findingOK, "PostgreSQL "+text, "")
	}
}
