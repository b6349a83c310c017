// Package rewire makes a third-party Go module run on the simulated kernel. It
// copies the module out of the module cache and rewrites the copy:
//
//	report, err := rewire.Run(ctx, &rewire.Options{
//		Dir:     "path/of/my/module",
//		Out:     "/tmp/rewired",
//		Modules: []rewire.Module{{Path: "github.com/panjf2000/gnet/v2", Version: "v2.9.7"}},
//	})
//
// Then "go test -modfile=/tmp/rewired/go.mod -overlay=/tmp/rewired/overlay.json"
// builds the user's tests with the copy.
//
// A use of sync.Mutex becomes a use of reactortest/shim/sync.Mutex if that package
// has the name. Every other use stays as it is, so constants, types and errors are
// those of the standard library. What a shim has is read from its source. A go
// statement becomes a call of routine.Go, a range over a map gets an order, and each
// package can begin anew (shim/order). Every line keeps its number.
//
// A call that would reach the real kernel with a simulated descriptor is refused: a
// [RefusedError] lists all of them. Whatever is nondeterministic or real and stays is
// in the [Report].
package rewire
