package kqueues

import (
	"math"

	"reactortest/demux/kqueue"
	"reactortest/fakedemux/internal/objects"
)

// Traits returns what the objects of a BSD are like.
func Traits(p *kqueue.Profile) objects.Traits {
	t := FileTraits(p)
	rules := RulesOf(p)
	t.BSD = true
	t.TCPSend, t.TCPReceive, t.UnixStream, t.SendLow = p.TCPSend, p.TCPReceive, p.UnixStream, p.SendLow
	t.DatagramSend = p.DatagramSend
	t.Pipe = objects.PipeTraits{
		Size: p.PipeSize, Most: p.PipeMost,
		Both: rules[CellPipeBothWays] == AnswerYes, Together: rules[CellPipeEdges] == AnswerBoth,
		Room: objects.PipeAtomic, Always: rules[CellPipeReadNothing] == AnswerYes,
	}
	if rules[CellPipeReadRoom] == AnswerAnyRoom {
		t.Pipe.Room = 1
	}
	switch rules[CellPipeGrows] {
	case AnswerDoubles:
		t.Pipe.Grows = objects.Doubles
	case AnswerIfEmpty:
		t.Pipe.Grows = objects.GrowsIfIdle
	}
	if t.Pipe.Both {
		t.Pipe.Back = p.PipeBack
	}
	t.UnixStops = rules[CellWriteUnixRoom] == AnswerWhole
	t.UnixKeeps = rules[CellWriteUnixGone] == AnswerYes
	t.Fifo = fifoTraits(&t, rules)
	return t
}

// fifoTraits returns what a FIFO is like: a pipe on FreeBSD, and two unix sockets on the
// other systems; fifo_open, sys/miscfs/fifofs/fifo_vnops.c.
func fifoTraits(t *objects.Traits, rules *[cellCount]Answer) objects.PipeTraits {
	if rules[CellFifoRoom] == AnswerAsPipe {
		f := t.Pipe
		f.Both = false
		return f
	}
	f := objects.PipeTraits{Size: t.UnixStream, Room: 1, Low: objects.PipeAtomic, Stops: t.UnixStops, Sockets: true}
	if rules[CellFifoEnd] != AnswerEOF { // Darwin
		f.Room, f.Sockets, f.Vnode = math.MaxInt, false, true
	}
	if rules[CellFifoRoom] == AnswerSocketRoom {
		f.Low = min(t.SendLow, f.Size)
	}
	f.Forgets = rules[CellFifoEndRead] == AnswerNo
	return f
}

// FileTraits returns what is told of files, which kqueues of any kernel can watch.
func FileTraits(p *kqueue.Profile) (t objects.Traits) {
	rules := RulesOf(p)
	t.Unlinked = [2]objects.Change{lostChange(rules[CellVnodeUnlink]), lostChange(rules[CellVnodeUnlinkOne])}
	t.Replaced = [2]objects.Change{lostChange(rules[CellVnodeReplaced]), lostChange(rules[CellVnodeReplacedOne])}
	t.Grown, t.Shrunk, t.SameSize = sizeChange(rules[CellVnodeGrow]), sizeChange(rules[CellVnodeShrink]), sizeChange(rules[CellVnodeSameSize])
	t.MovedFrom, t.MovedInto, t.MovedOver = moveChange(rules[CellVnodeRenameFrom]), moveChange(rules[CellVnodeRenameInto]), moveChange(rules[CellVnodeRenameOver])
	return t
}

func moveChange(a Answer) objects.Change {
	if a == AnswerNoteWriteExtend {
		return objects.ChangeWritten | objects.ChangeExtended
	}
	return objects.ChangeWritten
}

func lostChange(a Answer) objects.Change {
	switch a {
	case AnswerNoteLink:
		return objects.ChangeLinked
	case AnswerNoteDeleteLink:
		return objects.ChangeDeleted | objects.ChangeLinked
	case AnswerSilent:
		return objects.Untold
	default:
		return objects.ChangeDeleted
	}
}

func sizeChange(a Answer) objects.Change {
	switch a {
	case AnswerNoteAttribTruncate:
		return objects.ChangeAttributes | objects.ChangeTruncated
	case AnswerNoteAttribExtend:
		return objects.ChangeAttributes | objects.ChangeExtended
	case AnswerNoteWrite:
		return objects.ChangeWritten
	case AnswerNoteWriteExtend:
		return objects.ChangeWritten | objects.ChangeExtended
	case AnswerSilent:
		return objects.Untold
	default:
		return objects.ChangeAttributes
	}
}
