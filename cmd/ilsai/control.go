package main

import (
	"context"
	"errors"
	"os"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy/store"
)

// openServerControl opens the control database for a server: PostgreSQL, which several may share, or
// the data directory's own, which is this process's alone until it is closed.
func openServerControl(ctx context.Context, c *config) (*store.Store, error) {
	if c.ControlDSN == "" {
		return store.Open(ctx, c.DataDir, store.Options{})
	}
	if err := os.MkdirAll(c.DataDir, 0o700); err != nil { // of the shops' databases and the key file
		return nil, ilsai.Wrap(ilsai.CodeUnavailable, err, "the data directory %s cannot be made", c.DataDir)
	}
	return store.OpenPostgres(ctx, c.ControlDSN, store.Options{})
}

// openControl opens an existing control database for a command that runs beside a server.
func openControl(ctx context.Context, c *config) (*store.Store, error) {
	if c.ControlDSN != "" {
		return store.OpenPostgres(ctx, c.ControlDSN, store.Options{})
	}
	if _, err := os.Stat(c.DataDir); errors.Is(err, os.ErrNotExist) {
		return nil, ilsai.Errorf(ilsai.CodeNotFound, "there is no data directory %s: start 'ilsai demo' once to make three demo shops, or name yours with --data-dir", c.DataDir)
	}
	return store.Open(ctx, c.DataDir, store.Options{Shared: true})
}
