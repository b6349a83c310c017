// Package layers holds no code. Its tests check the shape of the module: which
// package may import which, that the linter rejects a forbidden import, that
// package comments are short, and that links in the documentation point to files.
package layers
