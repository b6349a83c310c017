//go:build linux

package os_test

import (
	realos "os"
	"reflect"
	"testing"

	"reactortest/shim/internal/trial"
	"reactortest/shim/os"
)

// functions are those whose types are made of types that the shim leaves alone.
var functions = []struct {
	name       string
	shim, real any
}{
	{"Lstat", os.Lstat, realos.Lstat},
	{"ReadFile", os.ReadFile, realos.ReadFile},
	{"Remove", os.Remove, realos.Remove},
	{"RemoveAll", os.RemoveAll, realos.RemoveAll},
	{"Stat", os.Stat, realos.Stat},
	{"WriteFile", os.WriteFile, realos.WriteFile},
}

// TestSignatures compares the types of all functions: code that calls one compiles with
// the other.
func TestSignatures(t *testing.T) {
	known := map[string]bool{
		"Create":   true,
		"NewFile":  true,
		"Open":     true,
		"OpenFile": true,
		"Pipe":     true,
	}
	for _, f := range functions {
		if got, want := reflect.TypeOf(f.shim), reflect.TypeOf(f.real); got != want {
			t.Errorf("%s is a %v, want %v", f.name, got, want)
		}
		known[f.name] = true
	}
	for _, name := range trial.Functions(t) {
		if !known[name] {
			t.Errorf("%s is not compared", name)
		}
	}
}
