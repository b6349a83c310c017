package quiet

import (
	"expvar"
	"flag"
)

var verbose = flag.Bool("quiet.verbose", false, "say more")

var late = func() *bool { return flag.Bool("quiet.late", false, "") }

func init() { expvar.NewInt("quiet") }
