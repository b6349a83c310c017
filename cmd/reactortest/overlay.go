package main

import (
	"fmt"

	"reactortest/internal/rewire"
)

// overlay makes an overlay of the runtime, for programs that run in bubbles as they are.
func (c *command) overlay(args []string) int {
	f := c.flags("overlay", "[-dir MODULE_DIR] -out DIR")
	dir := f.String("dir", ".", "a `folder` of your module")
	out := f.String("out", "", "the `folder` to write")
	if code, done := parse(f, args); done {
		return code
	}
	switch {
	case f.NArg() > 0:
		return c.usage("overlay takes no arguments, got %q", f.Arg(0))
	case *out == "":
		return c.usage("overlay needs a folder to write: -out DIR")
	}
	file, err := rewire.Overlay(c.ctx, *dir, *out)
	if err != nil {
		return c.usage("%v", err)
	}
	fmt.Fprintf(c.out, "To test with it:\n    go test -overlay=%s PACKAGES\n", file)
	return exitClean
}
