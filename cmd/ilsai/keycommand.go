package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/store"
)

// keySettings are the settings of commands that use token keys.
var keySettings = []string{"data_dir", "jwt_secret_file", "jwt_public_keys", "jwks_url", "key_file", "log_level"}

// shownKey is a key as the commands print it: never what it is made of.
type shownKey struct {
	ID        string            `json:"id"` // "" for tokens without a kid
	Algorithm tenancy.Algorithm `json:"algorithm"`
	Source    string            `json:"source"`
	CreatedAt time.Time         `json:"created_at,omitzero"`
	RetiresAt time.Time         `json:"retires_at,omitzero"`
	State     string            `json:"state"` // active, retiring or retired
}

func showKey(k sourcedKey, now time.Time) shownKey {
	s := shownKey{ID: k.ID, Algorithm: k.Algorithm, Source: k.source, CreatedAt: k.CreatedAt.UTC(), RetiresAt: k.RetiresAt, State: "active"}
	switch {
	case k.Retired(now):
		s.State = "retired"
	case !k.RetiresAt.IsZero():
		s.State = "retiring"
	}
	return s
}

func newKeyCommand() *cobra.Command {
	root := &cobra.Command{Use: "key", Short: "The keys of access tokens: list, rotate, retire", Args: cobra.NoArgs}
	root.AddCommand(newKeyList(), newKeyRotate(), newKeyRetire())
	return root
}

// withKeys runs f on the control database and the keys of the configuration.
func withKeys(cmd *cobra.Command, f func(context.Context, *store.Store, *tokenKeys) error) error {
	c, _, err := configure(cmd)
	if err != nil {
		return err
	}
	control, err := openControl(cmd.Context(), c)
	if err != nil {
		return err
	}
	defer control.Close()
	keys, err := openKeys(c, control)
	if err != nil {
		return err
	}
	return f(cmd.Context(), control, keys)
}

func newKeyList() *cobra.Command {
	asJSON := false
	cmd := &cobra.Command{
		Use: "list", Short: "List the keys that a server with this configuration accepts, and those that retired", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withKeys(cmd, func(ctx context.Context, _ *store.Store, keys *tokenKeys) error {
				all, err := keys.list(ctx)
				if err != nil {
					return err
				}
				return printKeys(cmd.OutOrStdout(), all, asJSON)
			})
		},
	}
	addConfigFlags(cmd.Flags(), keySettings...)
	quietByDefault(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func printKeys(w io.Writer, all []sourcedKey, asJSON bool) error {
	now := time.Now()
	shown := make([]shownKey, len(all))
	for i, k := range all {
		shown[i] = showKey(k, now)
	}
	if asJSON {
		return printJSON(w, shown)
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tALGORITHM\tSTATE\tRETIRES\tSOURCE")
	for _, k := range shown {
		retires := "-"
		if !k.RetiresAt.IsZero() {
			retires = k.RetiresAt.Format(time.RFC3339)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", cmp.Or(k.ID, "(none)"), k.Algorithm, k.State, retires, k.Source)
	}
	return table.Flush()
}

func newKeyRotate() *cobra.Command {
	overlap := time.Hour
	asJSON := false
	cmd := &cobra.Command{
		Use: "rotate", Short: "Add a new signing key and let the older ones of the control database retire", Args: cobra.NoArgs,
		Long: "Adds a secret to the control database, encrypted with the key file, and lets the older ones there retire after the overlap.\n" +
			"Running servers read it within 20 seconds, or at once on SIGHUP; it signs once it is a minute old. Keys in files are not\n" +
			"touched: remove the file and send SIGHUP. With --overlap 0 everything the older keys signed is refused: for a key that leaked.",
		Example: "  ilsai key rotate --overlap 24h",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withKeys(cmd, func(ctx context.Context, control *store.Store, keys *tokenKeys) error {
				made, err := tenancy.RotateKey(ctx, keys.stored, time.Now(), overlap)
				if err != nil {
					return err
				}
				return recordKeys(ctx, cmd, control, keys, "key.rotate", made.ID, asJSON)
			})
		},
	}
	addConfigFlags(cmd.Flags(), keySettings...)
	quietByDefault(cmd)
	cmd.Flags().DurationVar(&overlap, "overlap", overlap, "how long the older keys go on being accepted: the lifetime of their tokens")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func newKeyRetire() *cobra.Command {
	var after time.Duration
	asJSON := false
	cmd := &cobra.Command{
		Use: "retire ID", Short: "Let a key of the control database retire", Args: cobra.ExactArgs(1),
		Long: "Ends a key of the control database, at once or after a time. Running servers refuse its tokens within 20 seconds, or at once on SIGHUP.\n" +
			"Keys in files end when the file is removed.",
		Example: "  ilsai key retire 20261125-1f2e3d4c --after 10m",
		RunE: func(cmd *cobra.Command, args []string) error {
			return withKeys(cmd, func(ctx context.Context, control *store.Store, keys *tokenKeys) error {
				if after < 0 {
					return usagef("--after is %s; it must not be negative", after)
				}
				all, err := keys.list(ctx)
				if err != nil {
					return err
				}
				i := slices.IndexFunc(all, func(k sourcedKey) bool { return k.ID == args[0] })
				if i >= 0 && all[i].source != storedKey {
					return ilsai.Errorf(ilsai.CodeConflict, "the key %q is not in the control database: remove it there (%s) and send SIGHUP to the server", args[0], all[i].source)
				}
				if i >= 0 && all[i].Retired(time.Now()) {
					return ilsai.Errorf(ilsai.CodeConflict, "the key %q retired at %s already", args[0], all[i].RetiresAt.Format(time.RFC3339))
				}
				if err := keys.stored.RetireKey(ctx, args[0], time.Now().Add(after)); err != nil {
					return err
				}
				return recordKeys(ctx, cmd, control, keys, "key.retire", args[0], asJSON)
			})
		},
	}
	addConfigFlags(cmd.Flags(), keySettings...)
	quietByDefault(cmd)
	cmd.Flags().DurationVar(&after, "after", 0, "how long it goes on being accepted")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// recordKeys writes what was done to a key into the audit log and prints all keys as they are now.
func recordKeys(ctx context.Context, cmd *cobra.Command, control *store.Store, keys *tokenKeys, action, id string, asJSON bool) error {
	all, err := keys.list(ctx)
	if err != nil {
		return err
	}
	e := tenancy.AuditEntry{Actor: cliActor, Action: action, Target: id}
	if i := slices.IndexFunc(all, func(k sourcedKey) bool { return k.ID == id }); i >= 0 {
		if e.After, err = json.Marshal(showKey(all[i], time.Now())); err != nil {
			return err
		}
	}
	if err := control.AppendAudit(ctx, &e); err != nil {
		return err
	}
	return printKeys(cmd.OutOrStdout(), all, asJSON)
}
