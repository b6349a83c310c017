package machine_test

import (
	"slices"
	"testing"

	"reactortest/fakedemux/internal/errno"
	"reactortest/fakedemux/internal/machine"
	"reactortest/scheduler"
)

// thing is an object that nothing happens to.
type thing struct{}

func (thing) Kind() string                        { return "thing" }
func (thing) Conditions() uint32                  { return 0 }
func (thing) Poll() uint32                        { return 0 }
func (thing) Read([]byte) (int, errno.Failure)    { return 0, errno.Again }
func (thing) Write(b []byte) (int, errno.Failure) { return len(b), errno.OK }
func (thing) Release()                            {}

// witness is a watcher that notes in log when it is told.
type witness struct {
	machine.Watch
	name  string
	wakes bool
	log   *[]string
}

func (w *witness) Notify(machine.Happening) bool {
	*w.log = append(*w.log, w.name)
	return w.wakes
}
func (w *witness) Closed(int)            { w.Remove() }
func (w *witness) Released()             { w.Remove() }
func (w *witness) Registrations(int) int { return 1 }

func newMachine() *machine.Machine {
	m := &machine.Machine{Recorder: scheduler.NewRecorder(0)}
	m.Tasks = scheduler.NewTasks(scheduler.NewDirect(), m.Recorder, scheduler.Budget{})
	m.BeginTables(0, 16, 0)
	m.Begin()
	return m
}

func TestWatchesAreToldInOrder(t *testing.T) {
	type row struct {
		name  string
		rank  machine.Rank
		wakes bool
	}
	for _, tt := range []struct {
		why   string
		added []row
		want  []string
	}{
		{
			"the newest item of epoll is told first",
			[]row{{"a", machine.RankNewest, false}, {"b", machine.RankNewest, true}},
			[]string{"b", "a"},
		},
		{
			"exclusive items are told after the others, oldest first, until one lets a call go on",
			[]row{{"a", machine.RankExclusive, false}, {"b", machine.RankExclusive, true}, {"c", machine.RankExclusive, true}, {"d", machine.RankNewest, true}},
			[]string{"d", "a", "b"},
		},
		{
			"readers are told before writers, the newest first, and files and operations after them",
			[]row{
				{"w1", machine.RankWriter, false},
				{"r1", machine.RankReader, false},
				{"op", machine.RankOperation, false},
				{"r2", machine.RankReader, false},
				{"f1", machine.RankFile, false},
				{"f2", machine.RankFile, false},
				{"w2", machine.RankWriter, false},
			},
			[]string{"r2", "r1", "w2", "w1", "f2", "f1", "op"},
		},
		{
			"what watches after an exclusive item that has let a call go on is told",
			[]row{{"a", machine.RankExclusive, true}, {"b", machine.RankExclusive, true}, {"r", machine.RankReader, false}},
			[]string{"a", "r"},
		},
	} {
		m := newMachine()
		_, d := m.Add(thing{}, "make")
		var log []string
		for _, r := range tt.added {
			w := &witness{name: r.name, wakes: r.wakes, log: &log}
			w.Add(d, w, r.rank)
		}
		d.Notify(machine.Readable)
		if !slices.Equal(log, tt.want) {
			t.Errorf("%s: told %v, want %v", tt.why, log, tt.want)
		}
	}
}

func TestWatchesEndWithTheDescriptor(t *testing.T) {
	m := newMachine()
	fd, d := m.Add(thing{}, "make")
	var log []string
	all := make([]*witness, 3)
	for i := range all {
		all[i] = &witness{log: &log, name: string(rune('a' + i))}
		all[i].Add(d, all[i], machine.RankReader)
	}
	all[1].Remove()
	all[1].Remove() // it is in no list any more
	d.Notify(0)
	if want := []string{"c", "a"}; !slices.Equal(log, want) {
		t.Errorf("told %v after the middle one was removed, want %v", log, want)
	}
	if f := m.CloseFile(fd); f != errno.OK || d.Watches != nil {
		t.Errorf("close: failure %d, watches %v", f, d.Watches)
	}
}

// TestTables: the lowest number that is free is given, from a number on, up to a limit.
func TestTables(t *testing.T) {
	m := newMachine()
	m.BeginTables(3, 6, 0)
	open := func() int {
		if m.RoomFor(1) != errno.OK {
			return -1
		}
		fd, _ := m.Add(thing{}, "make")
		return fd
	}
	got := []int{open(), open(), open(), open()}
	m.CloseFile(4)
	got = append(got, open())
	m.CloseFile(3)
	m.CloseFile(5)
	got = append(got, open(), open(), open())
	if want := []int{3, 4, 5, -1, 4, 3, 5, -1}; !slices.Equal(got, want) {
		t.Errorf("numbers %v, want %v", got, want)
	}
	wide := uint64(1)<<32 + 3 // where an int has 64 bits
	if d := m.Lookup(int(wide)); d == nil {
		t.Error("the upper half of a number counts, and it is an int of C")
	}
}
