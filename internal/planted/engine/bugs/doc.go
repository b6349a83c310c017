// Package bugs has what is wrong in the broken engines. Each function replaces one
// part of a correct engine of package serve. Its comment says what goes wrong, when
// that shows, and where such a bug was seen.
package bugs
