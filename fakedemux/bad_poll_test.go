package fakedemux_test

import (
	"math"
	"slices"

	"reactortest/demux/epoll"
	"reactortest/fakedemux"
)

// badPollTimes are timeouts of a ppoll and a select that have an end.
var badPollTimes = []*epoll.Timespec{{}, {Nsec: 1}, {Nsec: -1}, {Nsec: 1e9}, {Sec: -1}, {Sec: math.MinInt64}}

// badPolls are the descriptors of a poll: each one alone, none, and all at once.
func badPolls() [][]fakedemux.PollFD {
	polls := [][]fakedemux.PollFD{nil, {}}
	var all []fakedemux.PollFD
	for _, fd := range badFDs {
		p := fakedemux.PollFD{FD: fd, Events: math.MaxUint32}
		polls = append(polls, []fakedemux.PollFD{p})
		all = append(all, p)
	}
	return append(polls, all)
}

// badSets are sets of descriptors of the world: none, no set, one that is not open.
func badSets() []*fakedemux.FDSet {
	sets := []*fakedemux.FDSet{nil, {}}
	all := &fakedemux.FDSet{}
	for fd := range int(placeCount) - 1 {
		all.Set(fd)
	}
	sets = append(sets, all)
	for fd := range int(placeCount) {
		one := &fakedemux.FDSet{}
		one.Set(fd)
		sets = append(sets, one)
	}
	return sets
}

// polls are descriptors of a poll with the numbers of this kernel.
func (s *side) polls(fds []fakedemux.PollFD) []fakedemux.PollFD {
	fds = slices.Clone(fds)
	for i := range fds {
		if fd := int32(fds[i].FD); fd >= 0 && fd < int32(placeCount) {
			fds[i].FD += s.base
		}
	}
	return fds
}

// set is a set of a select with the numbers of this kernel.
func (s *side) set(of *fakedemux.FDSet) *fakedemux.FDSet {
	if of == nil {
		return nil
	}
	moved := &fakedemux.FDSet{}
	for fd := range int(placeCount) {
		if of.Has(fd) {
			moved.Set(fd + s.base)
		}
	}
	return moved
}
