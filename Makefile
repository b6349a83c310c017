# One or two commands a target; .ci/run is the gate. FUZZTIME=10m searches longer. A time
# may end with "context deadline exceeded", a race in Go's fuzzing engine. Numbers of
# executions, as in FUZZCALLS=10000x, do not, and the gate has numbers.
FUZZTIME ?= 30s
FUZZCALLS ?= $(FUZZTIME)
FUZZLOOP ?= $(FUZZTIME)
FUZZSCRIPT ?= $(FUZZTIME)
# SEARCHES=100 makes check-suites as long.
SEARCHES ?= 3
# CLOOPSRUNS=200 makes test-cloops shorter.
CLOOPSRUNS ?= 2000
# SEEDS=5 makes planted-table shorter.
SEEDS ?= 30

.PHONY: check check-demux check-suites check-planted check-engines planted-table test test-cloops test-386 test-streams test-windows race fuzz lint cross bench bench-peers bench-check

check:
	go run ./cmd/reactortest check

check-demux: # the rules of the contract on every kernel that is here, Wine's too
	scripts/wine.sh run ./cmd/reactortest check -demux -json | go run ./cmd/reactortest check -demux -also -

check-suites: # the suites of demultiplexers, for false alarms
	go test ./proptest/demuxsuite -run '^TestSuitesPassEveryChoice$$' -timeout 0 -demuxsuite.searches $(SEARCHES) -demuxsuite.runs 2000

check-engines: # the planted engines with ten seeds, and the correct ones at length: an hour or two
	go test ./internal/planted/engine -timeout 0 -engines.every 1 -engines.seeds 10 -engines.legal 100000 -engines.real 1000

check-planted: # the bugs that a search with the default options must find, with ten seeds
	go test ./proptest -run '^TestDefaultsFindPlantedBugs$$' -timeout 0 -planted.seeds 10

planted-table: # how soon each planted bug is found, and what the default strategies are chosen by
	go run ./internal/measure -seeds $(SEEDS) > docs/planted.md
	go run ./internal/measure -seeds $(SEEDS) -compare > docs/strategies.md

test:
	go test ./...

test-cloops: # libev, libevent and libuv; Debian's libev-dev, libevent-dev and libuv1-dev have the archives
	cd thirdparty && CGO_LDFLAGS_ALLOW='.*' GOMAXPROCS=1 go test -count=1 -timeout 30m -tags cloops ./cloops/lib... -args -cloops.runs=$(CLOOPSRUNS)

test-streams: # package stream: 1 GiB and 10 000 connections of the running kernel, all planted mistakes, and longer searches
	go test ./eventloop -count=1 -run Planted -eventloop.every 1
	go test ./eventloop/stream -count=1 -timeout 60m -stream.bytes 1073741824 -stream.runs 3000 -stream.behavior 200 -stream.planted 1000 -stream.every 1
	go test ./examples/echo -count=1 -run '^TestReal' -v -args -echo.bytes 1073741824 -echo.connections 10000

test-386: # on 32 bits, which an amd64 Linux runs too
	GOARCH=386 go test -short ./...

test-windows: # under Wine; says which of Debian's packages are missing
	scripts/wine.sh

race:
	go test -race -short -timeout 30m ./...

fuzz:
	go test -run '^$$' -fuzz '^FuzzCalls$$' -fuzztime $(FUZZCALLS) -fuzzminimizetime 1x ./fuzz
	go test -run '^$$' -fuzz '^FuzzLoop$$' -fuzztime $(FUZZLOOP) -fuzzminimizetime 1x ./fuzz
	go test -run '^$$' -fuzz '^FuzzScript$$' -fuzztime $(FUZZSCRIPT) -fuzzminimizetime 1x ./fuzz

lint:
	golangci-lint run ./...

cross:
	GOOS=linux     GOARCH=amd64 go vet ./...
	GOOS=linux     GOARCH=arm64 go vet ./...
	GOOS=darwin    GOARCH=amd64 go vet ./...
	GOOS=darwin    GOARCH=arm64 go vet ./...
	GOOS=freebsd   GOARCH=amd64 go vet ./...
	GOOS=netbsd    GOARCH=amd64 go vet ./...
	GOOS=openbsd   GOARCH=amd64 go vet ./...
	GOOS=dragonfly GOARCH=amd64 go vet ./...
	GOOS=windows   GOARCH=amd64 go vet ./...
	GOOS=windows   GOARCH=arm64 go vet ./...
	GOOS=linux     GOARCH=386   go vet ./...
	GOOS=linux     GOARCH=arm   go vet ./...
	GOOS=linux     GOARCH=mips  go vet ./...
	GOOS=linux     GOARCH=s390x go vet ./...
	GOOS=freebsd   GOARCH=386   go vet ./...
	GOOS=freebsd   GOARCH=arm   go vet ./...
	GOOS=netbsd    GOARCH=arm   go vet ./...
	GOOS=openbsd   GOARCH=386   go vet ./...
	GOOS=windows   GOARCH=386   go vet ./...

bench:
	go test -run '^$$' -bench . -benchmem ./...
	go test ./internal/speed -count 1 -v -run '^TestRatios$$' -speed.ratios 15

bench-peers: # this project beside its peers, up to an hour; ARGS=-quick: up to 15 minutes. Says what is missing
	cd bench && go run ./benchpeers $(ARGS)

bench-check: # the same peers: every byte comes back, and nothing is timed
	cd bench && go run ./benchpeers -check
