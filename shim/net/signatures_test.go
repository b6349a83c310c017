//go:build linux

package net_test

import (
	realnet "net"
	"reflect"
	"testing"

	"reactortest/shim/internal/trial"
	"reactortest/shim/net"
)

// functions are those whose types are made of types that the shim leaves alone.
var functions = []struct {
	name       string
	shim, real any
}{
	{"Dial", net.Dial, realnet.Dial},
	{"DialTimeout", net.DialTimeout, realnet.DialTimeout},
	{"InterfaceByIndex", net.InterfaceByIndex, realnet.InterfaceByIndex},
	{"InterfaceByName", net.InterfaceByName, realnet.InterfaceByName},
	{"Interfaces", net.Interfaces, realnet.Interfaces},
	{"Listen", net.Listen, realnet.Listen},
	{"ListenPacket", net.ListenPacket, realnet.ListenPacket},
	{"ResolveTCPAddr", net.ResolveTCPAddr, realnet.ResolveTCPAddr},
	{"ResolveUDPAddr", net.ResolveUDPAddr, realnet.ResolveUDPAddr},
}

// TestSignatures compares the types of all functions: code that calls one compiles with
// the other.
func TestSignatures(t *testing.T) {
	known := map[string]bool{
		"DialTCP":        true,
		"DialUDP":        true,
		"DialUnix":       true,
		"FileConn":       true,
		"FileListener":   true,
		"FilePacketConn": true,
		"ListenTCP":      true,
		"ListenUDP":      true,
		"ListenUnix":     true,
		"ListenUnixgram": true,
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

// TestMethods compares the methods of the types: none is missing, and their types are
// the same but for the types that the shim replaces.
func TestMethods(t *testing.T) {
	for _, c := range []struct{ shim, real any }{
		{&net.TCPConn{}, &realnet.TCPConn{}},
		{&net.UDPConn{}, &realnet.UDPConn{}},
		{&net.UnixConn{}, &realnet.UnixConn{}},
		{&net.TCPListener{}, &realnet.TCPListener{}},
		{&net.UnixListener{}, &realnet.UnixListener{}},
		{&net.Dialer{}, &realnet.Dialer{}},
		{&net.ListenConfig{}, &realnet.ListenConfig{}},
	} {
		compareMethods(t, reflect.TypeOf(c.shim), reflect.TypeOf(c.real))
		shim, real := reflect.TypeOf(c.shim).Elem(), reflect.TypeOf(c.real).Elem()
		for i := range real.NumField() {
			want := real.Field(i)
			if got, found := shim.FieldByName(want.Name); want.IsExported() && (!found || got.Type != want.Type) {
				t.Errorf("%v: field %s is a %v, want %v", shim, want.Name, got.Type, want.Type)
			}
		}
	}
}

// replaced are methods whose types have a type that the shim replaces.
var replaced = map[string]bool{"File": true, "AcceptTCP": true, "AcceptUnix": true, "DialTCP": true, "DialUDP": true, "DialUnix": true}

// absent are methods for networks that the simulation does not have.
var absent = map[string]bool{"DialIP": true}

func compareMethods(t *testing.T, shim, real reflect.Type) {
	t.Helper()
	for i := range real.NumMethod() {
		want := real.Method(i)
		got, found := shim.MethodByName(want.Name)
		switch {
		case !found && !absent[want.Name]:
			t.Errorf("%v has no %s", shim, want.Name)
		case found && !replaced[want.Name] && signature(got.Type) != signature(want.Type):
			t.Errorf("%v.%s is a %v, want %v", shim, want.Name, got.Type, want.Type)
		}
	}
}

// signature describes a method without its receiver.
func signature(m reflect.Type) string {
	text := ""
	for i := 1; i < m.NumIn(); i++ {
		text += m.In(i).String() + ", "
	}
	for i := range m.NumOut() {
		text += " " + m.Out(i).String()
	}
	return text
}
