// Package readme has the test of README.md. It runs every program and every
// command of the page, and compares what they print with the screens.
//
//	go test ./examples/readme -update
//
// writes the programs and screens again. Read them before you commit them.
package readme
