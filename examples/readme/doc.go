// Package readme has the test of README.md: every program in it is a file that
// is run, every command is carried out, and every screen is what it printed.
//
//	go test ./examples/readme -update
//
// writes programs and screens anew. Read them before you commit them.
package readme
