package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/store"
)

// cliActor is who the audit log names for what was done on the command line.
const cliActor = "cli"

// console administers from the command line, beside a running server.
type console struct {
	*tenancy.Administration
	control *store.Store
	config  *config
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
	admin := tenancy.NewAdministration(control, login, tenancy.AdministrationOptions{DropData: c.dropShop(control)})
	return f(cmd.Context(), &console{Administration: admin, control: control, config: c, by: tenancy.CommandActor(cliActor)})
}
