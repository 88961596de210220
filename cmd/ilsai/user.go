package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

func newUser() *cobra.Command {
	root := &cobra.Command{Use: "user", Short: "The users of local login: list, add, set, password", Args: cobra.NoArgs}
	root.AddCommand(newUserList(), newUserAdd(), newUserSet(), newUserPassword())
	return root
}

// userCommand adds what every user command has: the tenant, --json and the settings.
func userCommand(cmd *cobra.Command, run func(ctx context.Context, c *console, shop ilsai.TenantID, args []string) ([]tenancy.User, error)) *cobra.Command {
	var tenant string
	asJSON := false
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return withConsole(cmd, func(ctx context.Context, c *console) error {
			users, err := run(ctx, c, ilsai.TenantID(tenant), args)
			if err != nil {
				return err
			}
			return printUsers(cmd.OutOrStdout(), users, asJSON)
		})
	}
	addConfigFlags(cmd.Flags(), "data_dir", "log_level")
	quietByDefault(cmd)
	cmd.Flags().StringVar(&tenant, "tenant", "", "tenant id (required)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	_ = cmd.MarkFlagRequired("tenant")
	return cmd
}

func newUserList() *cobra.Command {
	return userCommand(&cobra.Command{Use: "list", Short: "List a shop's users", Args: cobra.NoArgs, Example: "  ilsai user list --tenant optical-shop-2"},
		func(ctx context.Context, c *console, shop ilsai.TenantID, _ []string) ([]tenancy.User, error) {
			return c.Users(ctx, c.by, shop)
		})
}

func newUserAdd() *cobra.Command {
	var u tenancy.User
	cmd := &cobra.Command{
		Use: "add EMAIL", Short: "Add a user; the password comes from the terminal or standard input", Args: cobra.ExactArgs(1),
		Example: "  ilsai user add anna@corner.example --tenant optical-shop-2 --name \"Anna Berg\" --role admin\n" +
			"  ilsai user add anna@corner.example --tenant optical-shop-2 --name \"Anna Berg\" < password-file",
	}
	cmd.Flags().StringVar(&u.Name, "name", "", "name of the user (required)")
	cmd.Flags().StringVar(&u.Role, "role", "user", "role of the user; admin may see the shop's usage and manage its users")
	_ = cmd.MarkFlagRequired("name")
	return userCommand(cmd, func(ctx context.Context, c *console, shop ilsai.TenantID, args []string) ([]tenancy.User, error) {
		if _, err := c.Tenant(ctx, c.by, shop); err != nil { // before anybody is asked for a password
			return nil, err
		}
		password, err := readPassword(ctx, os.Stdin, cmd.ErrOrStderr())
		if err != nil {
			return nil, err
		}
		u.Email = args[0]
		created, err := c.CreateUser(ctx, c.by, shop, u, password)
		return []tenancy.User{created}, err
	})
}

func newUserSet() *cobra.Command {
	var name, role, status string
	cmd := &cobra.Command{
		Use: "set EMAIL", Short: "Change a user's name, role or status", Args: cobra.ExactArgs(1),
		Long:    "Changes a user, named by e-mail address or id. Tokens that the user holds stay valid until they expire.",
		Example: "  ilsai user set anna@corner.example --tenant optical-shop-2 --status disabled",
	}
	cmd.Flags().StringVar(&name, "name", "", "new name")
	cmd.Flags().StringVar(&role, "role", "", "new role")
	cmd.Flags().StringVar(&status, "status", "", "active or disabled")
	return userCommand(cmd, func(ctx context.Context, c *console, shop ilsai.TenantID, args []string) ([]tenancy.User, error) {
		change := tenancy.UserChange{Name: named(name), Role: named(role), Status: named(tenancy.UserStatus(status))}
		if change == (tenancy.UserChange{}) {
			return nil, usagef("nothing to change: name --name, --role or --status")
		}
		u, err := c.findUser(ctx, shop, args[0])
		if err != nil {
			return nil, err
		}
		u, err = c.ChangeUser(ctx, c.by, shop, u.ID, change)
		return []tenancy.User{u}, err
	})
}

func newUserPassword() *cobra.Command {
	cmd := &cobra.Command{
		Use: "password EMAIL", Short: "Give a user a new password and lift a lock; it comes from the terminal or standard input", Args: cobra.ExactArgs(1),
		Example: "  ilsai user password anna@corner.example --tenant optical-shop-2",
	}
	return userCommand(cmd, func(ctx context.Context, c *console, shop ilsai.TenantID, args []string) ([]tenancy.User, error) {
		u, err := c.findUser(ctx, shop, args[0])
		if err != nil {
			return nil, err
		}
		password, err := readPassword(ctx, os.Stdin, cmd.ErrOrStderr())
		if err != nil {
			return nil, err
		}
		if err := c.SetPassword(ctx, c.by, shop, u.ID, password); err != nil {
			return nil, err
		}
		u, err = c.control.User(ctx, shop, u.ID)
		return []tenancy.User{u}, err
	})
}

// findUser looks a user up by e-mail address or, without an @, by id.
func (c *console) findUser(ctx context.Context, shop ilsai.TenantID, name string) (tenancy.User, error) {
	if _, err := c.Tenant(ctx, c.by, shop); err != nil { // a wrong tenant is said to be that
		return tenancy.User{}, err
	}
	if !strings.Contains(name, "@") {
		return c.control.User(ctx, shop, tenancy.UserID(name))
	}
	email, err := tenancy.NormalizeEmail(name)
	if err != nil {
		return tenancy.User{}, err
	}
	return c.control.UserByEmail(ctx, shop, email)
}

func printUsers(w io.Writer, users []tenancy.User, asJSON bool) error {
	if asJSON {
		if users == nil {
			users = []tenancy.User{}
		}
		return printJSON(w, users)
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tE-MAIL\tNAME\tROLE\tSTATUS\tLOCKED UNTIL")
	for _, u := range users {
		locked := "-"
		if u.LockedUntil.After(time.Now()) {
			locked = u.LockedUntil.Format(time.RFC3339)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", u.ID, u.Email, u.Name, u.Role, u.Status, locked)
	}
	return table.Flush()
}
