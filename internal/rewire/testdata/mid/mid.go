// Package mid has type parameters, and loops that share their variables.
package mid

import "fmt"

// Run ranges over maps.
func Run() string {
	type local struct{ n int }
	var late []func() int
	for k, v := range map[int]local{2: {20}, 1: {10}} {
		late = append(late, func() int { return k + v.n })
	}
	return fmt.Sprint(late[0](), late[1]())
}
