// Package old is written in the language of before.
package old

import (
	"fmt"
	"net/url"
	"strings"
	"sync"
)

type conn struct{ name string }

type table map[string]*conn

var values = url.Values{"q": {"1"}}

// Run ranges over maps.
func Run() string {
	var b []string
	var late []func() string
	conns := table{"y": {"Y"}, "x": {"X"}, "z": {"Z"}}
outer:
	for name, c := range conns {
		late = append(late, func() string { return name + c.name }) // shares the variables
		for n, lock := range map[int]*sync.Mutex{2: nil, 1: new(sync.Mutex)} {
			if n == 2 {
				continue outer
			}
			lock.Lock()
			b = append(b, fmt.Sprint(name, n))
		}
	}
	for _, f := range late {
		b = append(b, f())
	}
	for name := range conns {
		delete(conns, "y")
		b = append(b, name)
	}
	var k string
	for k, _ = range conns {
	}
	for k = range conns {
		b = append(b, k)
	}
	for range conns {
	}
	for k, v := range values {
		b = append(b, k, strings.Join(v, " "))
	}
	for _, v := range map[string]interface{}{"i": 1} {
		b = append(b, fmt.Sprint(v))
	}
	type local struct{}
	for range map[string]local{} {
	}
	for k, v := range map[string]string{
		"lines": "kept",
	} {
		b = append(b, k+v)
	}
	return strings.Join(b, " ")
}
