package fakedemux

import "reactortest/demux/kqueue"

// kqueueTraits returns what the objects of a BSD are like.
func kqueueTraits(p *kqueue.Profile) traits {
	t := fileTraits(p)
	rules := rulesOf(p)
	t.bsd = true
	t.tcpSend, t.tcpReceive, t.unixStream, t.sendLow = p.TCPSend, p.TCPReceive, p.UnixStream, p.SendLow
	t.pipe = pipeTraits{
		size: p.PipeSize, most: p.PipeMost,
		both: rules[cellPipeBothWays] == answerYes, together: rules[cellPipeEdges] == answerBoth,
	}
	switch rules[cellPipeGrows] {
	case answerDoubles:
		t.pipe.grows = doubles
	case answerIfEmpty:
		t.pipe.grows = growsIfIdle
	}
	return t
}

// fileTraits returns what is told of files, which kqueues of any kernel can watch.
func fileTraits(p *kqueue.Profile) (t traits) {
	rules := rulesOf(p)
	t.unlinked, t.unlinkedOne = unlinkChange(rules[cellVnodeUnlink]), unlinkChange(rules[cellVnodeUnlinkOne])
	t.grown, t.shrunk = sizeChange(rules[cellVnodeGrow]), sizeChange(rules[cellVnodeShrink])
	t.renamedAcross = changeWritten
	if rules[cellVnodeRenameAcross] == answerNoteWriteExtend {
		t.renamedAcross |= changeExtended
	}
	return t
}

func unlinkChange(a answer) change {
	switch a {
	case answerNoteLink:
		return changeLinked
	case answerNoteDeleteLink:
		return changeDeleted | changeLinked
	default:
		return changeDeleted
	}
}

func sizeChange(a answer) change {
	switch a {
	case answerNoteAttribTruncate:
		return changeAttributes | changeTruncated
	case answerNoteAttribExtend:
		return changeAttributes | changeExtended
	case answerNoteWrite:
		return changeWritten
	case answerNoteWriteExtend:
		return changeWritten | changeExtended
	default:
		return changeAttributes
	}
}
