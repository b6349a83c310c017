package serve

import "reactortest/demux"

// listenerToken names the listener of a loop.
const listenerToken demux.Token = 0

// Table has the connections of a loop by their tokens. The generation in a token
// tells a connection from an earlier one in the same slot.
type Table struct {
	slots       []*Conn
	generations []uint32
}

// Add enters a connection and gives it its token.
func (t *Table) Add(c *Conn) {
	i := 0
	for i < len(t.slots) && t.slots[i] != nil {
		i++
	}
	if i == len(t.slots) {
		t.slots = append(t.slots, nil)
		t.generations = append(t.generations, 0)
	}
	t.slots[i] = c
	t.generations[i]++
	c.Token = demux.Token(t.generations[i])<<32 | demux.Token(i)
}

// Get returns the connection with a token, nil if it has been removed.
func (t *Table) Get(tok demux.Token) *Conn {
	i := int(uint32(tok))
	if i >= len(t.slots) || t.generations[i] != uint32(tok>>32) {
		return nil
	}
	return t.slots[i]
}

// InPlace returns the connection that has the place of tok now, whatever its generation.
func (t *Table) InPlace(tok demux.Token) *Conn {
	if i := int(uint32(tok)); i < len(t.slots) {
		return t.slots[i]
	}
	return nil
}

// Remove removes a connection.
func (t *Table) Remove(c *Conn) { t.slots[int(uint32(c.Token))] = nil }

// All returns the connections; nil entries are free.
func (t *Table) All() []*Conn { return t.slots }
