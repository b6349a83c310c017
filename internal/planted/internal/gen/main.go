// Command gen writes the planted subjects: for each NAME.patch in the current
// folder the file NAME/loop.go, which is twin/loop.go with the patch applied.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"reactortest/internal/planted/internal/patch"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run() error {
	twin, err := os.ReadFile("twin/loop.go")
	if err != nil {
		return err
	}
	patches, err := filepath.Glob("*.patch")
	if err != nil {
		return err
	}
	for _, file := range patches {
		diff, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		name := strings.TrimSuffix(file, ".patch")
		text, err := patch.Generate(string(twin), name, string(diff))
		if err != nil {
			return err
		}
		if err := os.MkdirAll(patch.Package(name), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(patch.Package(name), "loop.go"), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}
