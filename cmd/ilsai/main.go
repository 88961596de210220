// Command ilsai answers the questions of optical shops about their own data, with one Llama in
// memory for all of them. It wires every other package together and is the only one that knows
// them all; it holds no rule of its own that a package could hold.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/ils-platform/ilsai"
)

// version is set by the linker.
var version = "dev"

// Exit codes. 1 is any failure at run time, 2 a command line or configuration that cannot be meant.
const (
	exitFailure = 1
	exitUsage   = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The second signal ends the process at once: stop() restores the default handling.
	go func() { <-ctx.Done(); stop() }()
	os.Exit(run(ctx, os.Args[1:]))
}

func run(ctx context.Context, args []string) int {
	root := newRoot()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	var usage *usageError
	if errors.As(err, &usage) {
		fmt.Fprintf(os.Stderr, "ilsai: %v\n", usage)
		return exitUsage
	}
	fmt.Fprintln(os.Stderr, "ilsai: "+describe(err))
	return exitFailure
}

// describe is one line for a person. An operator may see the cause, a client never does.
func describe(err error) string {
	var e *ilsai.Error
	if !errors.As(err, &e) {
		return err.Error()
	}
	if e.Err == nil {
		return e.Message
	}
	return fmt.Sprintf("%s (%v)", e.Message, e.Err)
}

type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

func usagef(format string, args ...any) error {
	return &usageError{text: fmt.Sprintf(format, args...)}
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "ilsai",
		Short: "Answers optical shops' questions about their own data, in one process",
		Long: "ilsai holds one GGUF Llama in memory and answers the questions of thousands of shops at once.\n" +
			"Every figure in an answer is a cell of the shop's own database.",
		SilenceUsage: true, SilenceErrors: true,
		SuggestionsMinimumDistance: 2,
	}
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usagef("%v\nSee '%s --help'.", err, c.CommandPath())
	})
	root.AddCommand(newServe(), newDemo(), newAsk(), newModel(), newToken(), newKeyCommand(), newTenant(), newUser(), newAdapter(), newUsage(), newFeedback(), newAudit(), newEval(), newCatalog(), newBench(), newConfig(), newDoctor(), newProbe(), newVersion())
	refuseUnknown(root)
	return root
}

// refuseUnknown makes a group of commands fail on a name it does not have; without one it shows its help.
func refuseUnknown(cmd *cobra.Command) {
	for _, sub := range cmd.Commands() {
		refuseUnknown(sub)
	}
	if !cmd.HasSubCommands() {
		return
	}
	cmd.Args = cobra.ArbitraryArgs
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return cmd.Help()
		}
		hint := ""
		if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
			hint = fmt.Sprintf(" Did you mean %q?", near[0])
		}
		return usagef("there is no command %q.%s See '%s --help'.", cmd.CommandPath()+" "+args[0], hint, cmd.CommandPath())
	}
}

func newVersion() *cobra.Command {
	asJSON := false
	c := &cobra.Command{
		Use: "version", Short: "Print the version", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if asJSON {
				return printJSON(cmd.OutOrStdout(), map[string]string{"version": version})
			}
			_, err := fmt.Fprintln(cmd.OutOrStdout(), "ilsai", version)
			return err
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}
