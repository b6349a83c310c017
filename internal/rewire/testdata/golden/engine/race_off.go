//go:build !race

package engine

var raced = "no race"

func simReset_raced() { raced = "no race" }
