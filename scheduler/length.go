package scheduler

// LearningRuns is the number of runs, from run 0, from which a strategy learns how
// long runs are. It learns nothing from later runs.
const LearningRuns = 64

// firstRunLength is the estimate for the learning runs themselves, and for all
// runs if none of those told a length.
const firstRunLength = 64

// Independent marks a strategy whose runs depend on its seed, the number of the
// run and the length learned from runs 0 to LearningRuns-1, and on nothing
// else. After the learning runs have ended, in any order, the other runs may be
// made in any order, several times or not at all: Begin(run) starts the same run
// every time. So two strategies with the same seed that have both made the
// learning runs can share the other runs.
type Independent interface {
	// Independent does nothing: having the method is the promise.
	Independent()
}

// runLength estimates how many decisions a run takes.
type runLength struct {
	run   int    // the one that has begun
	told  uint64 // the learning runs that have told a length, one bit each
	sum   int    // of these lengths
	count int    // how many there are
}

// begin notes that a run starts.
func (l *runLength) begin(run int) { l.run = run }

// learn takes in how the run ended. A truncated run tells the budget and not
// the length. A run that is made again tells nothing new.
func (l *runLength) learn(r Result) {
	if l.run < 0 || l.run >= LearningRuns || r.Truncated || r.Decisions == 0 {
		return
	}
	if bit := uint64(1) << l.run; l.told&bit == 0 {
		l.told |= bit
		l.sum += r.Decisions
		l.count++
	}
}

// estimate returns the length to plan the run for.
func (l *runLength) estimate() int {
	if l.run < LearningRuns || l.count == 0 {
		return firstRunLength
	}
	return (l.sum + l.count - 1) / l.count
}
