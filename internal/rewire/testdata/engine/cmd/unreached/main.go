// Command unreached is not imported by anybody.
package main

import "golang.org/x/sys/unix"

func main() { unix.Splice(1, 2, 3) }
