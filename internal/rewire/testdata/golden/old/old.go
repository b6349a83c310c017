// Package old is written in the language of before.
package old; import simsync "simtest/shim/sync"

import (
	"fmt"
	"net/url"
	"strings"
	_ "sync"
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
	for simI, name, c := simOver_8a50220a(conns); simI.Next(&name, &c); {
		late = append(late, func() string { return name + c.name }) // shares the variables
		for simI, n, lock := simOver_a4472892(map[int]*simsync.Mutex{2: nil, 1: new(simsync.Mutex)}); simI.Next(&n, &lock); {
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
	for simI, name, simV := simOver_8a50220a(conns); simI.Next(&name, &simV); {
		delete(conns, "y")
		b = append(b, name)
	}
	var k string
	for simI, simK, simV := simOver_8a50220a(conns); simI.Next(&simK, &simV); { k, _ = simK, simV;
	}
	for simI, simK, simV := simOver_8a50220a(conns); simI.Next(&simK, &simV); { k = simK;
		b = append(b, k)
	}
	for simI, simK, simV := simOver_8a50220a(conns); simI.Next(&simK, &simV); {
	}
	for simI, k, v := simOver_e9990b8f(values); simI.Next(&k, &v); {
		b = append(b, k, strings.Join(v, " "))
	}
	for simI, simK, v := simOver_50a6cd1d(map[string]interface{}{"i": 1}); simI.Next(&simK, &v); {
		b = append(b, fmt.Sprint(v))
	}
	type local struct{}
	for range map[string]local{} {
	}
	for simI, k, v := simOver_efb8f1e7(
map[string]string{
		"lines": "kept",
	}); simI.Next(&k, &v); {
		b = append(b, k+v)
	}
	return strings.Join(b, " ")
}

func simReset_values() { values = url.Values{"q": {"1"}} }
