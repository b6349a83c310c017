// Package std is a stand-in for the shim of the standard library.
package std
