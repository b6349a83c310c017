module example.com/user

go 1.26.0

require (
	example.com/engine v0.0.0
	example.com/mid v0.0.0
	example.com/old v0.0.0
	golang.org/x/sys v0.0.0
	simtest v0.0.0
)

replace (
	example.com/engine => ../engine
	example.com/mid => ../mid
	example.com/old => ../old
	golang.org/x/sys => ../sys
	simtest => ../shims
)
