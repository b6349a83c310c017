//go:build !windows

package main

// windowsName is what this is if it is Windows.
func windowsName() string { return "" }
