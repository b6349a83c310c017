// Package closing has loops that end a watch or themselves in a wrong way. Each
// has a bug in one part.
package closing
