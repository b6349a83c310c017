module example.com/nothing

go 1.26.0

require (
	example.com/nocgo v0.0.0
	example.com/refused v0.0.0
	golang.org/x/sys v0.0.0
	simtest v0.0.0
)

replace (
	example.com/nocgo => ../nocgo
	example.com/refused => ../refused
	golang.org/x/sys => ../sys
	simtest => ../shims
)
