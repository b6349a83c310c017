package render

import (
	"encoding/json"
	"io"
	"slices"
	"time"
)

// traceEvent is one event of the Chrome trace format, which Perfetto reads.
type traceEvent struct {
	Name  string         `json:"name"`
	Phase string         `json:"ph"`
	Time  float64        `json:"ts"` // microseconds
	Span  float64        `json:"dur,omitempty"`
	Run   int            `json:"pid"`
	Lane  int            `json:"tid"`
	Scope string         `json:"s,omitempty"`
	Args  map[string]any `json:"args,omitempty"`
}

// tick is how much later than the line before it a line is shown that happened at
// the same moment: virtual time stands still while tasks act.
const tick = time.Microsecond

// Trace writes the runs as Chrome trace events: a process for each run, a thread
// for each lane.
func Trace(w io.Writer, s *Story) error {
	events := []traceEvent{}
	for i, r := range s.Runs {
		events = append(events, traceRun(i+1, &r, s.Rule)...)
	}
	return json.NewEncoder(w).Encode(map[string]any{
		"traceEvents": events, "displayTimeUnit": "ns", "otherData": map[string]string{"subject": s.Subject, "rule": s.Rule, "text": s.Text},
	})
}

func traceRun(run int, r *Run, rule string) []traceEvent {
	lines, _, _ := cut(r.Lines)
	names := lanes(lines)
	events := []traceEvent{{Name: "process_name", Phase: "M", Run: run, Args: map[string]any{"name": r.Name}}}
	for i, name := range names {
		events = append(events, traceEvent{Name: "thread_name", Phase: "M", Run: run, Lane: i + 1, Args: map[string]any{"name": name}})
	}
	at := -tick
	for _, l := range lines {
		at = max(at+tick, l.At)
		lane := slices.Index(names, l.Lane) + 1
		e := traceEvent{Name: l.Text, Phase: "X", Time: micros(at), Span: micros(tick), Run: run, Lane: lane, Args: map[string]any{
			"time": l.At.String(), "round": l.Round, "decision": l.Decision,
		}}
		if len(l.Touches) > 0 {
			e.Args["touches"] = l.Touches
		}
		if l.Decides {
			e.Phase, e.Span, e.Scope = "i", 0, "p"
		}
		events = append(events, e)
		if l.Mark {
			events = append(events, traceEvent{Name: "breaks " + rule, Phase: "i", Time: micros(at), Run: run, Lane: lane, Scope: "g"})
		}
	}
	return events
}

func micros(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }
