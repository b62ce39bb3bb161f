// Command withpostgres runs a command with TEST_POSTGRES_URL naming a
// throw-away PostgreSQL cluster that ends with it: one cluster for a whole test
// run instead of one per package. A URL that is already set is left alone.
//
//	go run ./internal/platform/db/dbtest/withpostgres go test ./...
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"switchboard/internal/platform/db/dbtest"
	"switchboard/internal/platform/db/dbtest/pgcluster"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: withpostgres COMMAND [ARGUMENT …]")
		os.Exit(2)
	}
	os.Exit(run(os.Args[1:]))
}

func run(args []string) int {
	if os.Getenv(dbtest.EnvPostgresURL) == "" {
		c, err := pgcluster.Start(pgcluster.Options{})
		switch {
		case err == nil:
			defer c.Stop()
			if err := os.Setenv(dbtest.EnvPostgresURL, c.URL("postgres")); err != nil {
				fmt.Fprintln(os.Stderr, err)
				return 1
			}
		case os.Getenv(dbtest.EnvSQLiteOnly) == "1":
			fmt.Fprintln(os.Stderr, "testing on SQLite only:", err)
		default:
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	// The command shares our terminal and gets an interrupt itself; we wait for
	// it and then clean up.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGINT)
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() > 0 {
		return exit.ExitCode()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}
