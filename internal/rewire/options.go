package rewire

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
)

// Options say what to rewire.
type Options struct {
	Dir     string     // a folder of the user's module; "" is the current folder
	Out     string     // the folder to write; it is new, empty, or of an earlier Run
	Modules []Module   // to rewire
	Own     []string   // packages of the user's module to rewire too, as patterns of the go command
	Tags    string     // build tags, separated by commas
	Pass    []string   // names like "unix.Splice" to pass through to the real kernel instead of refusing them
	Add     []Addition // files to add
	Net     bool       // also patch the standard library, so that its net package is simulated

	shims string // import path of the shims; "" is that of this module
}

// Module is a module to rewire.
type Module struct {
	Path    string
	Version string // "" is the one that the user's module is built with
}

// Addition is a Go file to add to a package of a rewired module.
type Addition struct {
	Package string // import path
	File    string
}

// ParseModule reads PATH or PATH@VERSION.
func ParseModule(text string) (Module, error) {
	path, version, has := strings.Cut(text, "@")
	switch {
	case path == "" || strings.ContainsAny(text, " \t\n,=") || strings.HasPrefix(path, "-"):
		return Module{}, fmt.Errorf("%q is not a module; write PATH@VERSION, such as github.com/panjf2000/gnet/v2@v2.9.7", text)
	case has && version == "":
		return Module{}, fmt.Errorf("%q has no version after the @", text)
	}
	return Module{Path: path, Version: version}, nil
}

// ParseAddition reads PACKAGE=FILE.
func ParseAddition(text string) (Addition, error) {
	path, file, _ := strings.Cut(text, "=")
	switch {
	case path == "" || file == "":
		return Addition{}, fmt.Errorf("%q is not an addition; write PACKAGE=FILE, such as github.com/xtaci/gaio=affinity.go", text)
	case !strings.HasSuffix(file, ".go"):
		return Addition{}, fmt.Errorf("%s is not a Go file: its name must end in .go", file)
	}
	return Addition{Package: path, File: file}, nil
}

// complete checks o and returns a copy in which paths are absolute.
func (o *Options) complete() (*Options, error) {
	c := *o
	switch {
	case len(o.Modules)+len(o.Own) == 0:
		return nil, errors.New("no module to rewire")
	case o.Out == "":
		return nil, errors.New("no folder to write to")
	}
	seen := map[string]bool{}
	for _, m := range o.Modules {
		if seen[m.Path] {
			return nil, fmt.Errorf("%s is named twice; one build has one version of a module", m.Path)
		}
		seen[m.Path] = true
	}
	if c.shims == "" {
		c.shims = "reactortest/shim"
	}
	var err error
	if c.Dir, err = filepath.Abs(o.Dir); err != nil {
		return nil, err
	}
	if c.Out, err = filepath.Abs(o.Out); err != nil {
		return nil, err
	}
	c.Add = nil
	for _, a := range o.Add {
		if a.File, err = filepath.Abs(a.File); err != nil {
			return nil, err
		}
		c.Add = append(c.Add, a)
	}
	return &c, nil
}
