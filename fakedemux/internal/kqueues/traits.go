package kqueues

import (
	"reactortest/demux/kqueue"
	"reactortest/fakedemux/internal/objects"
)

// Traits returns what the objects of a BSD are like.
func Traits(p *kqueue.Profile) objects.Traits {
	t := FileTraits(p)
	rules := RulesOf(p)
	t.BSD = true
	t.TCPSend, t.TCPReceive, t.UnixStream, t.SendLow = p.TCPSend, p.TCPReceive, p.UnixStream, p.SendLow
	t.Pipe = objects.PipeTraits{
		Size: p.PipeSize, Most: p.PipeMost,
		Both: rules[CellPipeBothWays] == AnswerYes, Together: rules[CellPipeEdges] == AnswerBoth,
	}
	switch rules[CellPipeGrows] {
	case AnswerDoubles:
		t.Pipe.Grows = objects.Doubles
	case AnswerIfEmpty:
		t.Pipe.Grows = objects.GrowsIfIdle
	}
	return t
}

// FileTraits returns what is told of files, which kqueues of any kernel can watch.
func FileTraits(p *kqueue.Profile) (t objects.Traits) {
	rules := RulesOf(p)
	t.Unlinked, t.UnlinkedOne = unlinkChange(rules[CellVnodeUnlink]), unlinkChange(rules[CellVnodeUnlinkOne])
	t.Grown, t.Shrunk = sizeChange(rules[CellVnodeGrow]), sizeChange(rules[CellVnodeShrink])
	t.RenamedAcross = objects.ChangeWritten
	if rules[CellVnodeRenameAcross] == AnswerNoteWriteExtend {
		t.RenamedAcross |= objects.ChangeExtended
	}
	return t
}

func unlinkChange(a Answer) objects.Change {
	switch a {
	case AnswerNoteLink:
		return objects.ChangeLinked
	case AnswerNoteDeleteLink:
		return objects.ChangeDeleted | objects.ChangeLinked
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
	default:
		return objects.ChangeAttributes
	}
}
