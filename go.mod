module reactortest

go 1.26.0
