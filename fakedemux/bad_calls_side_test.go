package fakedemux_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"reactortest/demux/epoll"
	"reactortest/fakedemux"
	"reactortest/scheduler"
)

// side is a kernel with its world.
type side struct {
	calls linuxSurface
	base  int // what is 0 in the world
	port  uint16
	begin func() error
}

func simulatedSide() *side {
	k := direct(fakedemux.Options{StreamBuffer: 200_000, Budget: scheduler.Budget{Steps: 1 << 30}})
	s := &side{calls: k.Linux()}
	s.begin = func() error {
		k.Reset(nil)
		k.Sleep(time.Hour) // a time that is over on the running kernel is over here
		return s.populate(func(fd int) int { return fd })
	}
	return s
}

func (s *side) populate(adopt func(int) int) error {
	if err := populate(s.calls, adopt); err != nil {
		return err
	}
	at, e := s.calls.Getsockname(s.base + int(ofListener))
	s.port = at.Port
	return e.Err("getsockname")
}

// argument is v as this kernel has it.
func (s *side) argument(r role, v reflect.Value) reflect.Value {
	switch r {
	case fdRole:
		if fd := v.Interface().(int); int32(fd) >= 0 && int32(fd) < int32(placeCount) {
			return reflect.ValueOf(fd + s.base)
		}
	case atRole:
		if at := v.Interface().(fakedemux.Sockaddr); at.Port == anyPort {
			at.Port = s.port
			return reflect.ValueOf(at)
		}
	case memory:
		switch m := v.Interface().(type) {
		case *fakedemux.Message:
			c := *m
			c.Vectors = copied(c.Vectors)
			return reflect.ValueOf(&c)
		case *int64:
			if m != nil {
				return reflect.ValueOf(offset(*m))
			}
			return v
		case [][]byte:
			return reflect.ValueOf(copied(m))
		}
		if !v.IsNil() {
			room := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
			reflect.Copy(room, v)
			return room
		}
	case pollRole:
		return reflect.ValueOf(s.polls(v.Interface().([]fakedemux.PollFD)))
	case setRole:
		return reflect.ValueOf(s.set(v.Interface().(*fakedemux.FDSet)))
	case plain, setting:
	}
	return v
}

func copied(vectors [][]byte) [][]byte {
	var all [][]byte
	for _, v := range vectors {
		all = append(all, slices.Clone(v))
	}
	return all
}

// call makes one call, and returns what can be compared: the error number, or
// what the call returned.
func (s *side) call(name string, args []values, vs []reflect.Value) (answer string, e epoll.Errno) {
	in := make([]reflect.Value, len(vs))
	for i, v := range vs {
		in[i] = s.argument(args[i].role, v)
	}
	out := reflect.ValueOf(s.calls).MethodByName(name).Call(in)
	if name == "Sigprocmask" { // what the first has set, the second returns
		out = reflect.ValueOf(s.calls).MethodByName(name).Call(in)
	}
	if last := out[len(out)-1]; last.Type() == reflect.TypeFor[epoll.Errno]() {
		out = out[:len(out)-1]
		if e = last.Interface().(epoll.Errno); e != 0 {
			return errnoName(e), e
		}
	}
	if slices.Contains(makes, name) || name == "Fcntl" && (cInt(vs[1].Int()) == fakedemux.DupFD || cInt(vs[1].Int()) == fakedemux.DupFDCloseOnExec) {
		for _, v := range out {
			if fd, is := v.Interface().(int); is {
				s.calls.Close(fd)
			} else {
				answer = s.named(v.Interface().(fakedemux.Sockaddr))
			}
		}
		return "ok" + answer, 0
	}
	for i, v := range out {
		if at, is := v.Interface().(fakedemux.Sockaddr); is {
			out[i] = reflect.ValueOf(s.named(at))
		} else if spec, is := v.Interface().(fakedemux.Itimerspec); is {
			out[i] = reflect.ValueOf(spec.Value == epoll.Timespec{}) // what is left differs
		} else if _, is := v.Interface().(time.Duration); is {
			out[i] = reflect.ValueOf(0)
		}
		answer += fmt.Sprint(out[i], " ")
	}
	for _, v := range in {
		if m, is := v.Interface().(*fakedemux.Message); is && name == "Recvmsg" {
			answer += fmt.Sprintf("flags %#x from %s %q", m.Flags, s.named(m.Name), m.Vectors)
		}
	}
	return answer, 0
}

// named is an address without what every kernel has of its own: ports and names that
// it has chosen.
func (s *side) named(at fakedemux.Sockaddr) string {
	port := "none"
	switch {
	case at.Port == s.port && s.port != 0:
		port = "listener"
	case at.Port != 0:
		port = "some"
	}
	return fmt.Sprintf("%d %q %q %v port %s", at.Family, at.Name, at.Path, at.Addr, port)
}

// makes are the calls that return descriptors.
var makes = []string{"Accept", "Accept4", "AcceptFrom", "Dup", "Dup2", "Dup3", "Open", "SocketProtocol", "EpollCreate1", "Eventfd", "MemfdCreate", "Pipe2", "Socket", "Socketpair", "TimerfdCreate"}

// runningSide is the running kernel, nil where it is no Linux.
var runningSide func(t *testing.T) *side
