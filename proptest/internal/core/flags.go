package core

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// flags of a test binary that uses a suite, and of the environment.
type flags struct {
	tape    string
	html    string
	trace   string
	runs    optional[int]
	seed    optional[uint64]
	workers optional[int]
	hang    optional[time.Duration]
	shard   optional[shard]
}

// optional is a value that may have been given.
type optional[T any] struct {
	value T
	given bool
}

// given are the flags of this process.
var given flags

func init() {
	flag.StringVar(&given.tape, "reactortest.tape", "", "replay this `tape`, or the file that has one, instead of a search")
	flag.StringVar(&given.html, "reactortest.html", "", "write each failure to this `file`, as a page for a browser; a second one to a file with a number")
	flag.StringVar(&given.trace, "reactortest.trace", "", "write each failure to this `file`, as Chrome trace events; a second one to a file with a number")
	flag.Func("reactortest.runs", "simulated `runs` of each suite, instead of its own number", parseInto(&given.runs, func(s string) (int, error) {
		return inLimits(s, MaxRuns)
	}))
	flag.Func("reactortest.seed", "`seed` of the searches, instead of their own", parseInto(&given.seed, func(s string) (uint64, error) {
		return strconv.ParseUint(s, 0, 64)
	}))
	flag.Func("reactortest.workers", "`goroutines` that make runs at the same time, instead of each suite's own number", parseInto(&given.workers, func(s string) (int, error) {
		return inLimits(s, MaxWorkers)
	}))
	flag.Func("reactortest.hang", "wall-clock `limit` of one run, as 30s", parseInto(&given.hang, parseHang))
	flag.Func("reactortest.shard", "make part `I/N` of the runs of each suite, I from 0 to N-1", parseInto(&given.shard, parseShard))
}

// parseInto returns a function that parses a flag.
func parseInto[T any](o *optional[T], parse func(string) (T, error)) func(string) error {
	return func(s string) (err error) {
		o.value, err = parse(s)
		o.given = err == nil
		return err
	}
}

func inLimits(s string, most int) (int, error) {
	n, err := strconv.Atoi(s)
	if err == nil && (n < 1 || n > most) {
		err = fmt.Errorf("it is 1 to %d", most)
	}
	return n, err
}

func parseHang(s string) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	if err == nil && (d <= 0 || d > maxHang) {
		err = fmt.Errorf("it is more than 0 and at most %v", maxHang)
	}
	return d, err
}

// shard is a part of a search.
type shard struct{ index, of int }

func parseShard(s string) (shard, error) {
	i, n, ok := strings.Cut(s, "/")
	index, errI := strconv.Atoi(i)
	of, errN := strconv.Atoi(n)
	if !ok || errI != nil || errN != nil || of < 1 || of > MaxRuns || index < 0 || index >= of {
		return shard{}, errors.New("a part is I/N, with I from 0 to N-1")
	}
	return shard{index, of}, nil
}

// ParseShard reads a part of a search, "I/N" with I from 0 to N-1.
func ParseShard(s string) (index, of int, err error) {
	part, err := parseShard(s)
	return part.index, part.of, err
}

// EnvironmentShard returns the part of a search that the environment asks for by
// Bazel's convention, TEST_SHARD_INDEX and TEST_TOTAL_SHARDS, and 0, 1 if it asks
// for none. It touches the file that TEST_SHARD_STATUS_FILE names.
func EnvironmentShard() (index, of int, err error) {
	part, err := environmentShard()
	if err != nil || !part.given {
		return 0, 1, err
	}
	return part.value.index, part.value.of, nil
}

// environmentShard returns the shard that the environment asks for by Bazel's
// convention, and touches the file that says that it was understood.
func environmentShard() (optional[shard], error) {
	total, index := os.Getenv("TEST_TOTAL_SHARDS"), os.Getenv("TEST_SHARD_INDEX")
	if total == "" && index == "" {
		return optional[shard]{}, nil
	}
	s, err := parseShard(index + "/" + total)
	if err != nil {
		return optional[shard]{}, fmt.Errorf("TEST_SHARD_INDEX=%q, TEST_TOTAL_SHARDS=%q: %w", index, total, err)
	}
	if file := os.Getenv("TEST_SHARD_STATUS_FILE"); file != "" {
		if err := os.WriteFile(file, nil, 0o644); err != nil {
			return optional[shard]{}, fmt.Errorf("TEST_SHARD_STATUS_FILE: %w", err)
		}
	}
	return optional[shard]{s, true}, nil
}

// apply puts what the flags say in the place of o's own fields.
func (f *flags) apply(o *Options) error {
	if f.runs.given {
		o.Runs = f.runs.value
	}
	if f.seed.given {
		o.Seed = f.seed.value
	}
	if f.workers.given && o.Strategy == nil {
		o.Workers = f.workers.value
	}
	if f.hang.given {
		o.Hang = f.hang.value
	}
	part := f.shard
	if !part.given {
		var err error
		if part, err = environmentShard(); err != nil {
			return err
		}
	}
	if part.given && o.Strategy == nil {
		o.Shard, o.Shards = part.value.index, part.value.of
	}
	return nil
}
