//go:build !race

package engine

var raced = "no race"
