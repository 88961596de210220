package main

import (
	"context"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/store"
)

// cliActor is who the audit log names for what was done on the command line.
const cliActor = "cli"

// console administers from the command line, beside a running server.
type console struct {
	*tenancy.Administration
	control *store.Store
	by      tenancy.Actor
}

// withConsole runs f on the configured control database.
func withConsole(cmd *cobra.Command, f func(context.Context, *console) error) error {
	c, _, err := configure(cmd)
	if err != nil {
		return err
	}
	control, err := openControl(cmd.Context(), c)
	if err != nil {
		return err
	}
	defer control.Close()
	login, err := tenancy.NewLocalLogin(control, control, nil, tenancy.LoginOptions{}) // it hashes; nobody signs in here
	if err != nil {
		return err
	}
	admin := tenancy.NewAdministration(control, login, tenancy.AdministrationOptions{DropData: c.dropShop})
	return f(cmd.Context(), &console{Administration: admin, control: control, by: tenancy.CommandActor(cliActor)})
}

// dropShop removes a shop's own databases. A server that still has one open reads on until it lets go of it.
func (c *config) dropShop(_ context.Context, id ilsai.TenantID) error {
	if _, err := ilsai.ParseTenantID(string(id)); err != nil { // it becomes a path
		return err
	}
	dir := filepath.Join(c.tenantsDir(), string(id))
	return ilsai.Wrap(ilsai.CodeUnavailable, os.RemoveAll(dir), "the databases in %s cannot be removed", dir)
}
