package config

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/alecthomas/kong"
)

// EnvPrefix begins the environment variable of each flag.
const EnvPrefix = "SWITCHBOARD_"

// Origin says where a value came from.
type Origin struct {
	From string // flag, environment, file, default
	Name string // the variable or the file
}

// String is the origin in words.
func (o Origin) String() string {
	if o.Name == "" {
		return o.From
	}
	return o.From + " " + o.Name
}

// Sources finds the values of flags that the command line does not name. It is
// a kong resolver; a fresh one serves one parse.
type Sources struct {
	env     func(string) (string, bool)
	file    map[string]string
	path    string
	loaded  bool
	origins map[string]Origin
}

// NewSources reads the environment with env (os.LookupEnv).
func NewSources(env func(string) (string, bool)) *Sources {
	return &Sources{env: env, origins: map[string]Origin{}}
}

// EnvName is the environment variable of a flag.
func EnvName(flag string) string {
	return EnvPrefix + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// ShowEnv makes --help name the variable of each flag. Kong itself must not know
// them: reading them is left to Sources, which keeps the order of precedence in
// one place.
func ShowEnv() kong.Option {
	return kong.ValueFormatter(func(v *kong.Value) string {
		if v.Flag == nil || v.Name == "help" {
			return v.Help
		}
		return v.Help + " [" + EnvName(v.Name) + "]"
	})
}

// FileError says that the configuration file cannot be read at all; that is a
// failure, not wrong usage.
type FileError struct{ err error }

// Error is the text.
func (e *FileError) Error() string { return e.err.Error() }

// Validate accepts every application.
func (s *Sources) Validate(*kong.Application) error { return nil }

// Resolve gives the value of a flag from the environment or the file.
func (s *Sources) Resolve(ctx *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	if flag.Name == "help" {
		return nil, nil
	}
	if v, ok := s.env(EnvName(flag.Name)); ok && v != "" {
		s.origins[flag.Name] = Origin{"environment", EnvName(flag.Name)}
		return list(flag, v), nil
	}
	if flag.Name == "config" {
		return nil, nil
	}
	if err := s.load(ctx); err != nil {
		return nil, err
	}
	if v := s.file[flag.Name]; v != "" {
		if !flag.IsSlice() && strings.Contains(v, "\n") {
			return nil, fmt.Errorf("the configuration file %s gives it several times; it takes one value", s.path)
		}
		s.origins[flag.Name] = Origin{"file", s.path}
		return list(flag, v), nil
	}
	return nil, nil
}

// list turns the lines of a repeatable flag into the comma form kong splits.
func list(flag *kong.Flag, v string) string {
	if !flag.IsSlice() {
		return v
	}
	return strings.Join(strings.FieldsFunc(v, func(r rune) bool { return r == '\n' || r == '\r' || r == ',' }), ",")
}

// load reads the configuration file once, if this command takes one.
func (s *Sources) load(ctx *kong.Context) error {
	if s.loaded {
		return nil
	}
	s.loaded = true
	for _, p := range ctx.Path {
		if p.Flag != nil && p.Flag.Name == "config" {
			s.path, _ = ctx.FlagValue(p.Flag).(string)
		}
	}
	if s.path == "" {
		s.path, _ = s.env(EnvName("config"))
	}
	if s.path == "" {
		return nil
	}
	raw, err := os.ReadFile(s.path)
	if err != nil {
		var p *os.PathError
		if errors.As(err, &p) {
			err = p.Err
		}
		return &FileError{fmt.Errorf("the configuration file %s cannot be read: %w; check the path and its permissions", s.path, err)}
	}
	if s.file, err = parseFile(raw); err != nil {
		return fmt.Errorf("the configuration file %s is not understood: %w", s.path, err)
	}
	return s.checkKeys(ctx)
}

// checkKeys refuses keys that no command knows, so that a typing error does not
// silently leave a default in force.
func (s *Sources) checkKeys(ctx *kong.Context) error {
	known := map[string]bool{}
	_ = kong.Visit(ctx.Model.Node, func(n kong.Visitable, next kong.Next) error {
		if node, ok := n.(*kong.Node); ok {
			for _, f := range node.Flags {
				known[f.Name] = true
			}
		}
		return next(nil)
	})
	delete(known, "config")
	delete(known, "help")
	for key := range s.file {
		if !known[key] {
			return fmt.Errorf("the configuration file %s has the unknown key %q; the keys are the flags without --, see switchboard serve --help", s.path, key)
		}
	}
	return nil
}

// Origin tells where the value of a flag came from.
func (s *Sources) Origin(ctx *kong.Context, flag string) Origin {
	for _, p := range ctx.Path {
		if p.Flag != nil && p.Flag.Name == flag && !p.Resolved {
			return Origin{From: "flag"}
		}
	}
	if o, ok := s.origins[flag]; ok {
		return o
	}
	return Origin{From: "default"}
}
