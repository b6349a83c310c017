package rewire

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

// goCommand runs the go command in the folder of the user's module.
type goCommand struct {
	ctx context.Context
	dir string
	env []string // added to the environment
	set goEnv
}

// goEnv is the part of "go env" that matters here.
type goEnv struct {
	GOMOD, GOROOT, GOVERSION, GOOS, GOARCH, CGO_ENABLED, GOFLAGS string //nolint:revive // the names of go env
}

// newGoCommand asks the go command for its settings.
func newGoCommand(ctx context.Context, dir string) (*goCommand, error) {
	if info, err := os.Stat(dir); err != nil {
		return nil, err
	} else if !info.IsDir() {
		return nil, fmt.Errorf("%s is not a folder", dir)
	}
	// A workspace has no -modfile, and the user's go.mod is what is copied.
	g := &goCommand{ctx: ctx, dir: dir, env: []string{"GOWORK=off"}}
	out, err := g.run(dir, "env", "-json")
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(out, &g.set); err != nil {
		return nil, fmt.Errorf("go env: %w", err)
	}
	if g.set.GOMOD == "" || g.set.GOMOD == os.DevNull {
		return nil, fmt.Errorf("%s is not in a module: there is no go.mod in it or above it", dir)
	}
	return g, nil
}

// run runs the go command in a folder and returns its output.
func (g *goCommand) run(dir string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(g.ctx, "go", args...)
	cmd.Dir = dir
	cmd.Env = append(cmd.Environ(), g.env...)
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case g.ctx.Err() != nil:
		return nil, g.ctx.Err()
	case errors.As(err, &exit):
		words := strings.TrimSpace(stderr.String())
		if words == "" {
			words = strings.TrimSpace(out.String())
		}
		return out.Bytes(), fmt.Errorf("go %s: %s", args[0], words)
	case err != nil:
		return nil, fmt.Errorf("go %s: %w", args[0], err)
	}
	return out.Bytes(), nil
}

// goPackage is what go list prints of a package.
type goPackage struct {
	ImportPath, Dir, Name, Export, ForTest string
	Standard                               bool
	GoFiles, CgoFiles, SFiles, Imports     []string
	Deps                                   []string
	IgnoredGoFiles                         []string
	ImportMap                              map[string]string
	Module                                 *goModule
	Error                                  *struct{ Pos, Err string }
}

// goModule is what go list prints of a module.
type goModule struct {
	Path, Version, Dir, GoMod, GoVersion string
	Main                                 bool
	Replace                              *goModule
}

// list runs go list -json, which prints one object after the other.
func (g *goCommand) list(modfile string, args ...string) ([]*goPackage, error) {
	out, err := g.run(g.dir, append([]string{"list", "-mod=mod", "-modfile=" + modfile, "-e", "-json"}, args...)...)
	if err != nil {
		return nil, err
	}
	return decodeAll[goPackage](out)
}

// decodeAll decodes JSON values that follow each other.
func decodeAll[T any](text []byte) ([]*T, error) {
	var all []*T
	for d := json.NewDecoder(bytes.NewReader(text)); ; {
		v := new(T)
		switch err := d.Decode(v); {
		case errors.Is(err, io.EOF):
			return all, nil
		case err != nil:
			return nil, fmt.Errorf("go list: %w", err)
		}
		all = append(all, v)
	}
}
