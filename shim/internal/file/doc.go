// Package file has the type that package shim/os exports as File, with what package
// shim/net needs to know of it.
package file
