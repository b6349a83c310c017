package rewire

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Names in the folder that Run writes.
const (
	copies  = "mod"     // copies of modules
	layered = "overlay" // files of the overlay
)

// located is a module, and where its source is.
type located struct {
	Module
	dir   string
	goMod string // a go.mod for it, if its folder has none
	local bool   // a folder of the user's, not of the module cache
}

// locate finds the source of a module. A version is downloaded if need be, in a folder
// without go.mod: the user's is not touched.
func (g *goCommand) locate(modfile string, m Module) (*located, error) {
	if m.Version == "" {
		return g.locateUsed(modfile, m)
	}
	empty, err := os.MkdirTemp("", "rewire")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(empty) }()
	out, err := g.run(empty, "mod", "download", "-json", m.Path+"@"+m.Version)
	var found struct{ Version, Dir, GoMod, Error string }
	if jsonErr := json.Unmarshal(out, &found); jsonErr == nil && found.Error != "" {
		err = errors.New(found.Error)
	}
	if err != nil {
		return nil, fmt.Errorf("module %s@%s: %w", m.Path, m.Version, err)
	}
	return &located{Module: Module{m.Path, found.Version}, dir: found.Dir, goMod: found.GoMod}, nil
}

// locateUsed finds the source of a module in the version that the user's module is
// built with.
func (g *goCommand) locateUsed(modfile string, m Module) (*located, error) {
	out, err := g.run(g.dir, "list", "-mod=mod", "-modfile="+modfile, "-m", "-e", "-json", m.Path)
	if err != nil {
		return nil, fmt.Errorf("module %s: %w", m.Path, err)
	}
	var found goModule
	if err := json.Unmarshal(out, &found); err != nil {
		return nil, fmt.Errorf("module %s: go list: %w", m.Path, err)
	}
	use := &found
	if found.Replace != nil {
		use = found.Replace
	}
	switch {
	case found.Main:
		return nil, fmt.Errorf("%s is the module of the folder itself; packages of it are named with -own", m.Path)
	case use.Version != "" && use.Dir == "": // known and not yet downloaded
		return g.locate(modfile, Module{use.Path, use.Version})
	case use.Dir == "":
		return nil, fmt.Errorf("%s does not require %s; write %s@VERSION", g.set.GOMOD, m.Path, m.Path)
	}
	version := found.Version
	if version == "" {
		version = "v0.0.0"
	}
	return &located{Module: Module{m.Path, version}, dir: use.Dir, goMod: use.GoMod, local: use.Version == ""}, nil
}

// copyOf returns the folder of the copy of a module.
func copyOf(out string, m Module) string {
	return filepath.Join(out, copies, filepath.FromSlash(m.Path)+"@"+m.Version)
}

// copyModule copies the source of a module without its tests and returns the folder of
// the copy.
func copyModule(out string, m *located) (string, error) {
	to := copyOf(out, m.Module)
	err := filepath.WalkDir(m.dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(m.dir, name)
		if err != nil {
			return err
		}
		switch {
		case d.IsDir() && rel != "." && skipFolder(name, d.Name()):
			return fs.SkipDir
		case d.IsDir():
			return os.MkdirAll(filepath.Join(to, rel), 0o755)
		case !d.Type().IsRegular() || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, rel), text, 0o644)
	})
	if err != nil {
		return "", err
	}
	file := filepath.Join(to, "go.mod")
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		text, err := os.ReadFile(m.goMod)
		if err != nil {
			text = []byte("module " + m.Path + "\n")
		}
		return to, os.WriteFile(file, text, 0o644)
	}
	return to, nil
}

// skipFolder reports whether a folder of a module is not part of it: a hidden one, or
// another module.
func skipFolder(name, base string) bool {
	if strings.HasPrefix(base, ".") || base == "vendor" {
		return true
	}
	_, err := os.Stat(filepath.Join(name, "go.mod"))
	return err == nil
}

// ownModFile copies the user's go.mod and go.sum to where -modfile finds them.
func ownModFile(g *goCommand, out string) (string, error) {
	modfile := filepath.Join(out, "go.mod")
	text, err := os.ReadFile(g.set.GOMOD)
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(modfile, text, 0o644); err != nil {
		return "", err
	}
	sum, err := os.ReadFile(strings.TrimSuffix(g.set.GOMOD, ".mod") + ".sum")
	if errors.Is(err, fs.ErrNotExist) {
		sum, err = nil, nil
	}
	if err != nil {
		return "", err
	}
	return modfile, os.WriteFile(filepath.Join(out, "go.sum"), sum, 0o644)
}

// replaceModule has a go.mod require a module and take it from a folder.
func (g *goCommand) replaceModule(modfile string, m *located, folder string) error {
	var have struct {
		Replace []struct{ Old goModule }
	}
	out, err := g.run(g.dir, "mod", "edit", "-json", modfile)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(out, &have); err != nil {
		return fmt.Errorf("go mod edit: %w", err)
	}
	args := []string{"mod", "edit"}
	for _, r := range have.Replace {
		if r.Old.Path == m.Path && r.Old.Version != "" {
			args = append(args, "-dropreplace="+r.Old.Path+"@"+r.Old.Version)
		}
	}
	_, err = g.run(g.dir, append(args, "-require="+m.Path+"@"+m.Version, "-replace="+m.Path+"="+folder, modfile)...)
	return err
}

// writeOverlay writes the files of the overlay, and the list of them for -overlay.
func writeOverlay(out string, files map[string][]byte) error {
	replace := map[string]string{}
	for i, name := range sortedKeys(files) {
		to := filepath.Join(out, layered, fmt.Sprintf("%03d_%s", i, filepath.Base(name)))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(to, files[name], 0o644); err != nil {
			return err
		}
		replace[name] = to
	}
	text, err := json.MarshalIndent(map[string]any{"Replace": replace}, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(out, "overlay.json"), append(text, '\n'), 0o644)
}
