package fakedemux

// ownTrouble has the faults that strike only the task that makes a call. A task
// that is outside of the program under test is spared them. Faults of the
// network, such as a delay or a reset, are not among them.
var ownTrouble = [faultCount]bool{
	faultShort:     true,
	faultInterrupt: true,
	faultLate:      true,
	faultNoFile:    true,
	faultNoSpace:   true,
	faultAgain:     true,
	faultShortRead: true,
	faultSignal:    true,
	faultSpurious:  true,
	faultHold:      true,
}

// Outside sets whether the current task acts outside the program under test, as a
// client does, and returns the previous setting. The plan does not make a call of
// such a task fail, fall short, be interrupted or return late. The network still
// delays, splits and resets its connections. With Options.World, such a task also has
// the descriptors of the world, not those of the program. A task begins inside the
// program.
func (k *Kernel) Outside(on bool) (was bool) {
	t := k.tasks.Current()
	if t == nil {
		return false
	}
	n := t.Number()
	if n >= len(k.outside) {
		if !on {
			return false
		}
		k.outside = append(k.outside, make([]bool, n+1-len(k.outside))...)
	}
	was, k.outside[n] = k.outside[n], on
	return was
}

// spared reports whether a fault of the class does not strike the current task.
func (k *Kernel) spared(id faultID) bool {
	return len(k.outside) > 0 && ownTrouble[id] && k.isOutside()
}

// isOutside reports whether the current task acts outside the program.
func (k *Kernel) isOutside() bool {
	t := k.tasks.Current()
	return t != nil && t.Number() < len(k.outside) && k.outside[t.Number()]
}

// SetMachine replaces Options.Descriptors and Options.StreamBuffer, from now on.
// Zero means the default. SetMachine panics if a number is out of range. SetBudget
// also replaces the descriptors.
func (k *Kernel) SetMachine(descriptors, streamBuffer int) {
	k.setDescriptors(descriptors)
	k.options.StreamBuffer = limited("StreamBuffer", streamBuffer, defaultStreamBuffer, MaxStreamBuffer)
}
