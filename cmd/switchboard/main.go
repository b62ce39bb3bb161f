// Command switchboard is the whole server and the tools around it. It turns
// flags, environment and a configuration file into an app.Config, calls
// internal/app and turns errors into one line and an exit code. It holds no
// logic of its own.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	_ "time/tzdata" // time zones also where the machine has none

	"github.com/alecthomas/kong"

	"switchboard/internal/platform/config"
	"switchboard/internal/platform/fault"
)

// version is set by the build with -ldflags "-X main.version=…".
var version = "dev"

// Exit codes.
const (
	exitOK      = 0
	exitFailure = 1
	exitUsage   = 2
)

type commands struct {
	Serve    serveCmd    `cmd:"" help:"Run everything: web app, API, webhooks, workers."`
	Demo     demoCmd     `cmd:"" help:"Try it: a sample organization with simulated providers, nothing to configure."`
	Admin    adminCmd    `cmd:"" help:"Administrators."`
	Token    tokenCmd    `cmd:"" help:"API tokens."`
	Config   configCmd   `cmd:"" help:"Print the settings in force and where each came from."`
	Simulate simulateCmd `cmd:"" help:"Run the provider simulators alone."`
	Migrate  migrateCmd  `cmd:"" help:"Bring the database schema up to date."`
	Version  versionCmd  `cmd:"" help:"Print what was built."`
}

// world is what a command may touch of the outside.
type world struct {
	ctx      context.Context
	in       io.Reader
	out, err io.Writer
	parsed   *kong.Context
	sources  *config.Sources
}

// usageError is a wrong use of the command line.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends at once
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

func run(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) int {
	sources := config.NewSources(os.LookupEnv)
	exited := -1
	parser, err := kong.New(&commands{}, kong.Name("switchboard"), kong.Writers(out, errs),
		kong.Description("Switchboard: all customer conversations in one place."),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Resolvers(sources), config.ShowEnv(), kong.Exit(func(code int) { exited = code; panic(helped{}) }))
	if err != nil {
		return complain(errs, err)
	}
	parsed, err := parse(parser, args)
	if exited >= 0 {
		return exited
	}
	if err != nil {
		var unreadable *config.FileError
		if !errors.As(err, &unreadable) {
			err = usagef("%w; see switchboard --help", err)
		}
		return complain(errs, err)
	}
	return complain(errs, parsed.Run(&world{ctx: ctx, in: in, out: out, err: errs, parsed: parsed, sources: sources}))
}

type helped struct{}

// parse ends early when help was printed.
func parse(k *kong.Kong, args []string) (ctx *kong.Context, err error) {
	defer func() {
		if p := recover(); p != nil {
			if _, ok := p.(helped); !ok {
				panic(p)
			}
		}
	}()
	return k.Parse(args)
}

// complain writes an error as one line and gives the exit code.
func complain(w io.Writer, err error) int {
	if err == nil {
		return exitOK
	}
	code, text := exitFailure, err.Error()
	var f *fault.Error
	var usage usageError
	switch {
	case errors.As(err, &usage):
		code = exitUsage
	case errors.As(err, &f):
		text = sentence(f)
		if f.Kind == fault.Invalid || f.Kind == fault.BadRequest {
			code = exitUsage
		}
	case errors.Is(err, context.Canceled):
		text = "interrupted"
	}
	fmt.Fprintln(w, "switchboard: "+strings.Join(strings.Fields(text), " "))
	return code
}

// sentence is a fault in one line, with its remedy.
func sentence(f *fault.Error) string {
	s := f.Message
	if f.Details != "" && !strings.Contains(f.Details, f.Message) {
		s += " (" + f.Details + ")"
	}
	if f.Hint != "" {
		s += " " + f.Hint
	}
	if f.Err != nil {
		s += " [" + f.Err.Error() + "]"
	}
	return s
}
