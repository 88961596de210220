package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/store"
)

// newToken prints a signed token, for trying the API without the platform that normally issues them.
func newToken() *cobra.Command {
	root := &cobra.Command{Use: "token", Short: "Tokens for the HTTP API", Args: cobra.NoArgs}
	var tenant, user, email, role string
	var lifetime time.Duration
	asJSON := false
	issue := &cobra.Command{
		Use: "issue", Short: "Sign a token for a user of a shop", Args: cobra.NoArgs,
		Long:    "Signs with the newest secret that all servers know: one of the files, or one made by 'ilsai key rotate' at least a minute ago.",
		Example: "  ilsai token issue --tenant optical-shop-2 --user 7 --expires 1h",
		RunE: func(cmd *cobra.Command, _ []string) error {
			var t tenancy.Tenant
			var token string
			err := withKeys(cmd, func(ctx context.Context, control *store.Store, keys *tokenKeys) (err error) {
				if t, err = control.Tenant(ctx, ilsai.TenantID(tenant)); err != nil {
					return err
				}
				issuer, err := keys.issuer(ctx)
				if err != nil {
					return err
				}
				token, err = issueToken(issuer, t, tenancy.UserID(user), email, role, lifetime)
				return err
			})
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), map[string]any{"token": token, "tenant_id": t.ID, "expires_in": int(lifetime.Seconds())})
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), token)
			return err
		},
	}
	addConfigFlags(issue.Flags(), keySettings...)
	quietByDefault(issue)
	issue.Flags().StringVar(&tenant, "tenant", "", "tenant id (required)")
	issue.Flags().StringVar(&user, "user", "1", "user id")
	issue.Flags().StringVar(&email, "email", "", "e-mail of the user")
	issue.Flags().StringVar(&role, "role", "user", "role of the user")
	issue.Flags().DurationVar(&lifetime, "expires", time.Hour, "how long it is valid")
	issue.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	_ = issue.MarkFlagRequired("tenant")
	root.AddCommand(issue)
	return root
}

func issueToken(issuer *tenancy.TokenIssuer, t tenancy.Tenant, user tenancy.UserID, email, role string, lifetime time.Duration) (string, error) {
	if email == "" {
		email = "user@" + t.Code + ".example"
	}
	return issuer.Issue(tenancy.Claims{UserID: user, TenantID: t.ID, Email: email, Role: role, Tier: t.Tier}, lifetime)
}
