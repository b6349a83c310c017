module example.com/engine

go 1.26.0

require golang.org/x/sys v0.0.0
