package iocp_test

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"reactortest/demux"
	"reactortest/demux/iocp"
)

// TestEveryErrnoHasAName reads the constants of type Errno from abi.go: each is in
// Errors, prints the name that the headers of Windows have for it, and as an error
// matches the host's errno of the common name.
func TestEveryErrnoHasAName(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "abi.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	declared := map[iocp.Errno]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, isValue := n.(*ast.ValueSpec)
		if !isValue {
			return true
		}
		if typ, named := spec.Type.(*ast.Ident); named && typ.Name == "Errno" {
			number, err := strconv.ParseUint(spec.Values[0].(*ast.BasicLit).Value, 0, 32)
			if err != nil {
				t.Fatal(err)
			}
			if e := iocp.Errno(number); declared[e] == "" { // WAIT_TIMEOUT is STATUS_TIMEOUT
				declared[e] = spec.Names[0].Name
			}
		}
		return true
	})
	all := iocp.Errors()
	if len(all) != len(declared) {
		t.Errorf("%d errors have a name, %d a constant", len(all), len(declared))
	}
	seen := map[string]bool{}
	for _, e := range all {
		name := e.String()
		if declared[e] == "" || seen[name] || strings.HasPrefix(name, "0x") {
			t.Errorf("%#x: constant %q, name %q", uint32(e), declared[e], name)
		}
		seen[name] = true
		if e.Common() == "" && e != iocp.ErrorAbandonedWait {
			t.Errorf("%v has no name of all systems", e)
		}
	}
	if got := iocp.Errno(0).String(); got != "OK" {
		t.Errorf("0 prints %q", got)
	}
	if got := iocp.Errno(0xc0000001).String(); got != "0xc0000001" {
		t.Errorf("an unknown one prints %q", got)
	}
}

// TestErrnosCompare: an error of Windows is the host's errno of the same name.
func TestErrnosCompare(t *testing.T) {
	for _, tt := range []struct {
		why string
		e   iocp.Errno
		is  error
	}{
		{"a message that was cut", iocp.StatusBufferOverflow, syscall.EMSGSIZE},
		{"no address to send to", iocp.WSAEDESTADDRREQ, syscall.EDESTADDRREQ},
		{"aborted by this end", iocp.StatusLocalDisconnect, syscall.ECONNABORTED},
		{"aborted by this end, in the newer way", iocp.ErrorConnAborted, syscall.ECONNABORTED},
		{"what a packet of a reset is to GetLastError", iocp.ErrorNetnameDeleted, syscall.ECONNRESET},
		{"canceled", iocp.ErrorOperationAborted, demux.ErrCanceled},
		{"no memory for a poll", iocp.StatusInsufficientResource, syscall.ENOMEM},
	} {
		if err := tt.e.Err("call"); !errors.Is(err, tt.is) {
			t.Errorf("%s: %v is not %v", tt.why, err, tt.is)
		}
	}
}
