package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"reactortest/internal/rewire"
	"reactortest/proptest"
)

// engine rewires modules and runs go test with them. Without a module it rewires the
// packages that it tests.
func (c *command) engine(args []string) int {
	args, testFlags := cutDashes(args)
	f := c.flags("engine", "[-mod PATH@VERSION | -own PACKAGES]... [-dir MODULE_DIR] [-out DIR] [PACKAGES] [-- flags of go test]")
	o := rewireFlags(f)
	if code, done := parse(f, args); done {
		return code
	}
	packages := f.Args()
	if len(packages) == 0 {
		packages = []string{"."}
	}
	if len(o.Modules)+len(o.Own) == 0 {
		o.Own = packages
	}
	if o.Out == "" {
		var err error
		if o.Out, err = cacheFolder(o); err != nil {
			return c.usage("%v", err)
		}
	}
	report, code := c.makeRewired(o)
	if report == nil {
		return code
	}
	if !report.Cached {
		report.Print(c.err)
	}
	flags := strings.Join(args[:len(args)-f.NArg()], "\n")
	return c.goTest(report, o.Dir, flags, slices.Concat(packages, testFlags))
}

// goTest runs go test on a rewired build and returns its exit status.
func (c *command) goTest(report *rewire.Report, dir, flags string, args []string) int {
	cmd := exec.CommandContext(c.ctx, "go", slices.Concat([]string{"test"}, report.Flags(), args)...)
	cmd.Dir = dir
	cmd.Env = append(append(cmd.Environ(), report.Environment()...), proptest.EngineVariable+"="+flags)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, c.out, c.err
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case c.ctx.Err() != nil:
		fmt.Fprintln(c.err, "reactortest: interrupted")
		return exitUsage
	case errors.As(err, &exit) && exit.ExitCode() > 0:
		return exit.ExitCode()
	case err != nil:
		return c.usage("go test: %v", err)
	}
	return exitClean
}

// cutDashes cuts arguments at the first "--".
func cutDashes(args []string) (before, after []string) {
	if i := slices.Index(args, "--"); i >= 0 {
		return args[:i], args[i+1:]
	}
	return args, nil
}

// cacheFolder returns the folder that a rewired build with these options is kept in.
func cacheFolder(o *rewire.Options) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %q %q %q %q %v", dir, o.Modules, o.Own, o.Tags, o.Pass, o.Add, o.Net))
	return filepath.Join(cache, "reactortest", "rewired", hex.EncodeToString(sum[:8])), nil
}
