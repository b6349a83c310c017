// Package layers holds no code. Its tests say which package may import which:
// one reads the import graph, one sees the linter reject what must not be.
package layers
