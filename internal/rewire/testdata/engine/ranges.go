package engine

import (
	"fmt"
	"maps"
	"slices"
)

type names map[string]int

type point struct{ x, y int }

func ranges() string {
	var b []string
	m := names{"c": 3, "a": 1, "b": 2}
	for k, v := range m {
		b = append(b, fmt.Sprint(k, v))
		delete(m, "b")
	}
	for k := range map[int]bool{2: true, 1: true} {
		b = append(b, fmt.Sprint(k))
	}
	var k string
	var at [1]int
	for k, at[0] = range m {
		b = append(b, k)
	}
	for range m {
	}
	for p := range map[point]int{{1, 2}: 3} {
		b = append(b, fmt.Sprint(p))
	}
	for k := range maps.Keys(map[int]int{1: 1}) {
		b = append(b, fmt.Sprint(k))
	}
	if len(slices.Sorted(maps.Keys(m))) != 2 {
		panic("keys")
	}
	return fmt.Sprint("ranges ", b, sum(map[string]int{"x": 1}), any1(map[string]int{"x": 1}))
}

func sum[M ~map[string]V, V int](m M) (n V) {
	for _, v := range m {
		n += v
	}
	return n
}

func any1[K comparable](m map[K]int) (n int) {
	for _, v := range m {
		n += v
	}
	return n
}
