//go:build race

package engine; import simsync "simtest/shim/sync"

import _ "sync"

var raceMu simsync.Mutex

var raced = "race"

func simInit_race_on0() { raceMu.Lock() }

func simReset_raceMu() { var simZero simsync.Mutex; raceMu = simZero }

func simReset_raced() { raced = "race" }
