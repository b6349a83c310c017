package fakedemux_test

import (
	"fmt"
	"math"
	"net/netip"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"reactortest/demux/epoll"
	"reactortest/fakedemux"
	"reactortest/scheduler"
)

// linuxSurface are the Linux calls of the simulation, all of them: that none is
// missing is what TestBadArgumentsOfLinux looks at first. The running kernel has
// the same ones in bad_raw_linux_test.go.
type linuxSurface interface {
	epoll.Syscalls
	Accept(fd int) (int, fakedemux.Sockaddr, epoll.Errno)
	Accept4(fd, flags int) (int, epoll.Errno)
	AcceptFrom(fd, flags int) (int, fakedemux.Sockaddr, epoll.Errno)
	Bind(fd int, at fakedemux.Sockaddr) epoll.Errno
	Connect(fd int, to fakedemux.Sockaddr) epoll.Errno
	Dup(fd int) (int, epoll.Errno)
	Dup2(fd, to int) (int, epoll.Errno)
	Dup3(fd, to, flags int) (int, epoll.Errno)
	EpollPwait(epfd int, events []epoll.Event, msec int, mask fakedemux.Sigset) (int, epoll.Errno)
	Fcntl(fd, cmd, arg int) (int, epoll.Errno)
	Getpeername(fd int) (fakedemux.Sockaddr, epoll.Errno)
	Getrlimit(resource int) (fakedemux.Rlimit, epoll.Errno)
	Getsockname(fd int) (fakedemux.Sockaddr, epoll.Errno)
	Getsockopt(fd, level, name int, value []byte) (int, epoll.Errno)
	Ioctl(fd, request, arg int) (int, epoll.Errno)
	ResetOnClose(fd int) epoll.Errno
	Listen(fd, backlog int) epoll.Errno
	Lseek(fd int, offset int64, whence int) (int64, epoll.Errno)
	MemfdCreate() (int, epoll.Errno)
	Open(path string, flags int) (int, epoll.Errno)
	Pipe2(flags int) (r, w int, e epoll.Errno)
	Poll(fd int, events uint32) uint32
	PollFiles(fds []fakedemux.PollFD, msec int) (int, epoll.Errno)
	Ppoll(fds []fakedemux.PollFD, timeout *epoll.Timespec, mask *fakedemux.Sigset) (int, epoll.Errno)
	Readv(fd int, vectors [][]byte) (int, epoll.Errno)
	Recvmsg(fd int, m *fakedemux.Message, flags int) (int, epoll.Errno)
	Recvfrom(fd int, b []byte, flags int) (n int, from fakedemux.Sockaddr, e epoll.Errno)
	Sendfile(out, in int, offset *int64, count int) (int, epoll.Errno)
	Sendmsg(fd int, m *fakedemux.Message, flags int) (int, epoll.Errno)
	Sendto(fd int, b []byte, flags int, to fakedemux.Sockaddr) (int, epoll.Errno)
	Select(n int, read, write, except *fakedemux.FDSet, timeout *epoll.Timespec) (int, epoll.Errno)
	SetNonblock(fd int, on bool) epoll.Errno
	Setsockopt(fd, level, name int, value []byte) epoll.Errno
	Shutdown(fd, how int) epoll.Errno
	Sigaction(signal, flags int) epoll.Errno
	Sigprocmask(mask fakedemux.Sigset) fakedemux.Sigset
	Socket(family, typ int) (int, epoll.Errno)
	SocketProtocol(family, typ, protocol int) (int, epoll.Errno)
	SocketError(fd int) (pending, e epoll.Errno)
	SocketType(fd int) (family, typ int, e epoll.Errno)
	Socketpair(family, typ int) (a, b int, e epoll.Errno)
	Tgkill(t *scheduler.Task, signal int) epoll.Errno
	TimerfdCreate(clock, flags int) (int, epoll.Errno)
	TimerfdGettime(fd int) (fakedemux.Itimerspec, epoll.Errno)
	TimerfdSettime(fd, flags int, spec *fakedemux.Itimerspec) (fakedemux.Itimerspec, epoll.Errno)
	Unlink(path string) epoll.Errno
	Writev(fd int, vectors [][]byte) (int, epoll.Errno)
}

var _ linuxSurface = fakedemux.Linux{}

// place is a descriptor of the world that bad calls are made in, by what it is.
type place int

// The world, in the order of its descriptors.
const (
	ofCounter place = iota // an eventfd with 1
	ofEmpty                // one with 0
	ofEpoll                // it watches ofCounter
	ofAbove                // it watches ofEpoll
	ofReader
	ofWriter
	ofPair
	ofPeer
	ofDatagram
	ofDatagramPeer
	ofTimer
	ofFile
	ofTCP
	ofUnix
	ofUDP
	ofListener
	ofClient
	ofServer
	ofUnixListener
	ofLoneDatagram
	ofPacket
	ofPacketPeer
	ofDirectory
	ofTCP6
	ofUDP6
	ofClosed // was open
	placeCount
)

const unixName = "the listener"

// anyPort stands for the port of ofListener.
const anyPort = 7

// populate makes the world. adopt is told of every descriptor that was made.
func populate(l linuxSurface, adopt func(fd int) int) error {
	var fds []int
	e := epoll.Errno(0)
	one := func(fd int, errno epoll.Errno) {
		e = max(e, errno)
		fds = append(fds, adopt(fd))
	}
	two := func(a, b int, errno epoll.Errno) {
		one(a, errno)
		one(b, errno)
	}
	did := func(errno epoll.Errno) { e = max(e, errno) }
	one(l.Eventfd(1, epoll.NonBlock))
	one(l.Eventfd(0, epoll.NonBlock))
	one(l.EpollCreate1(0))
	one(l.EpollCreate1(0))
	did(l.EpollCtl(fds[ofEpoll], epoll.CtlAdd, fds[ofCounter], &epoll.Event{Events: epoll.EPOLLIN, Data: 1}))
	did(l.EpollCtl(fds[ofAbove], epoll.CtlAdd, fds[ofEpoll], &epoll.Event{Events: epoll.EPOLLIN, Data: 2}))
	two(l.Pipe2(epoll.NonBlock))
	two(l.Socketpair(fakedemux.FamilyUnix, fakedemux.TypeStream|epoll.NonBlock))
	two(l.Socketpair(fakedemux.FamilyUnix, fakedemux.TypeDatagram|epoll.NonBlock))
	one(l.TimerfdCreate(1, epoll.NonBlock))
	one(l.MemfdCreate())
	one(l.Socket(fakedemux.FamilyIPv4, fakedemux.TypeStream|epoll.NonBlock))
	one(l.Socket(fakedemux.FamilyUnix, fakedemux.TypeStream|epoll.NonBlock))
	one(l.Socket(fakedemux.FamilyIPv4, fakedemux.TypeDatagram|epoll.NonBlock))
	one(l.Socket(fakedemux.FamilyIPv4, fakedemux.TypeStream|epoll.NonBlock))
	did(l.Bind(fds[ofListener], fakedemux.Sockaddr{}))
	did(l.Listen(fds[ofListener], 8))
	at, errno := l.Getsockname(fds[ofListener])
	did(errno)
	one(l.Socket(fakedemux.FamilyIPv4, fakedemux.TypeStream|epoll.NonBlock))
	l.Connect(fds[ofClient], at)
	one(accepted(l, fds[ofListener]))
	did(l.ResetOnClose(fds[ofClient]))
	did(l.ResetOnClose(fds[ofServer]))
	one(l.Socket(fakedemux.FamilyUnix, fakedemux.TypeStream|epoll.NonBlock))
	did(l.Bind(fds[ofUnixListener], fakedemux.Sockaddr{Name: unixName}))
	did(l.Listen(fds[ofUnixListener], 8))
	one(l.Socket(fakedemux.FamilyUnix, fakedemux.TypeDatagram|epoll.NonBlock))
	two(l.Socketpair(fakedemux.FamilyUnix, fakedemux.TypePacket|epoll.NonBlock))
	one(l.Open("/tmp", epoll.NonBlock))
	one(l.Socket(fakedemux.FamilyIPv6, fakedemux.TypeStream|epoll.NonBlock))
	one(l.Socket(fakedemux.FamilyIPv6, fakedemux.TypeDatagram|epoll.NonBlock))
	one(l.Dup(fds[ofCounter]))
	did(l.Close(fds[ofClosed]))
	if e != 0 {
		return e.Err("call")
	}
	if len(fds) != int(placeCount) {
		return fmt.Errorf("there are %d descriptors in the world", len(fds))
	}
	l.Write(fds[ofWriter], []byte("pipe"))
	l.Write(fds[ofPeer], []byte("pair"))
	l.Write(fds[ofDatagramPeer], []byte("datagram"))
	l.Write(fds[ofPacketPeer], []byte("packet"))
	l.Write(fds[ofFile], []byte("content"))
	l.Write(fds[ofClient], []byte("tcp"))
	return nil
}

// accepted waits for the connection, which is there.
func accepted(l linuxSurface, listener int) (int, epoll.Errno) {
	for {
		fd, e := l.Accept4(listener, epoll.NonBlock)
		if e != epoll.EAGAIN {
			return fd, e
		}
	}
}

// Values of arguments. Those of a descriptor are numbers of the world, or of
// nothing. A number beyond an int of C loses its upper half on the way into the
// kernel; syscall(2) hands over registers, and the call takes an int.
const (
	largest  = math.MaxInt
	smallest = math.MinInt
	wide     = (largest>>31 + 1) &^ 1 // 1<<32 where an int has it, else 0
)

var (
	badFDs = append(everyPlace(),
		-1, -2, 300, math.MaxInt32, math.MinInt32, wide, wide|int(ofEpoll), -wide|int(ofWriter), largest, smallest)
	badFlags = []int{
		0, epoll.NonBlock, epoll.CloseOnExec, epoll.NonBlock | epoll.CloseOnExec, 1, 2, 4, 8, 1 << 30, -1,
		math.MaxInt32, math.MinInt32, wide, wide | 2, largest, smallest,
	}
	badTimeouts = []int{0, 1, -1, -2, math.MaxInt32, math.MinInt32, wide / 2, wide | 5, largest, smallest}
	badBuffers  = [][]byte{
		nil, {}, []byte("a"), []byte("1234567"), make([]byte, 8), []byte("\xff\xff\xff\xff\xff\xff\xff\xff"), []byte("123456789"),
	}
	badRoom  = [][]epoll.Event{nil, {}, make([]epoll.Event, 1), make([]epoll.Event, 4)}
	badTimes = []*epoll.Timespec{
		nil,
		{},
		{Nsec: 1},
		{Sec: -1},
		{Nsec: -1},
		{Nsec: 1e9},
		{Nsec: math.MaxInt64},
		{Nsec: math.MinInt64},
		{Sec: math.MaxInt64},
		{Sec: math.MaxInt64, Nsec: 999_999_999},
		{Sec: math.MaxInt64, Nsec: 1e9},
		{Sec: math.MinInt64},
		{Sec: 1 << 33},
	}
	badInterests = []*epoll.Event{
		nil,
		{},
		{Events: epoll.EPOLLIN},
		{Events: epoll.EPOLLIN | epoll.EPOLLET | epoll.EPOLLONESHOT},
		{Events: exclusive},
		{Events: exclusive | epoll.EPOLLIN | epoll.EPOLLET},
		{Events: exclusive | epoll.EPOLLONESHOT},
		{Events: exclusive | epoll.EPOLLPRI},
		{Events: 1 << 29},
		{Events: 1 << 27},
		{Events: math.MaxUint32},
		{Data: math.MaxUint64},
	}
	badTypes = []int{
		0, 1, 2, 4, 5, 6, 11, 12, 15, 16, -1, 1 | epoll.NonBlock, 2 | epoll.CloseOnExec, 1 | 1<<20, wide | 1,
		math.MaxInt32, math.MinInt32, largest, smallest,
	}
	badFamilies  = []int{-1, 0, 1, 2, 10, 46, 47, 1000, wide | 1, math.MaxInt32, math.MinInt32, largest, smallest}
	badAddresses = []fakedemux.Sockaddr{
		{},
		{Name: "nobody"},
		{Name: unixName},
		{Name: strings.Repeat("n", 107)},
		{Name: strings.Repeat("n", 108)},
		{Port: anyPort},
		{Port: 1},
		{Family: fakedemux.FamilyUnix, Name: "x"},
		{Family: fakedemux.FamilyUnix, Name: "a name that is longer than addresses are"},
		{Family: fakedemux.FamilyIPv4, Addr: netip.IPv4Unspecified(), Port: anyPort},
		{Family: fakedemux.FamilyIPv4, Addr: netip.MustParseAddr("127.9.9.9"), Port: 1},
		{Family: fakedemux.FamilyIPv6, Addr: netip.IPv6Loopback(), Port: 1},
		{Family: fakedemux.FamilyIPv6, Addr: netip.IPv6Unspecified(), Port: 1},
		{Family: fakedemux.FamilyIPv6, Addr: netip.MustParseAddr("::ffff:127.0.0.1"), Port: anyPort},
		{Path: fmt.Sprintf("/tmp/reactortest %d has no such socket", os.Getpid())},
		{Path: "/reactortest has no such directory/socket"},
		{Path: "/tmp"},
	}
	badBinds = append(slices.Clone(badAddresses[:7]), append(slices.Clone(badAddresses[7:14]),
		fakedemux.Sockaddr{Family: fakedemux.FamilyIPv4, Addr: netip.MustParseAddr("192.0.2.1")},
		fakedemux.Sockaddr{Family: fakedemux.FamilyIPv6, Addr: netip.MustParseAddr("2001:db8::1")},
		fakedemux.Sockaddr{Path: "/reactortest has no such directory/socket"},
		fakedemux.Sockaddr{Path: "/tmp"},
		fakedemux.Sockaddr{Path: "/tmp/" + strings.Repeat("n", 104)},
	)...)
	badVectors = [][][]byte{
		nil,
		{{}},
		{nil, {}},
		{[]byte("12345678")},
		{[]byte("12345678"), []byte("12345678")},
		{{}, []byte("12345678")},
		{[]byte("1"), {}, []byte("2345678")},
		make([][]byte, 1024), make([][]byte, 1025),
	}
	badMessages = []*fakedemux.Message{
		{},
		{Vectors: [][]byte{[]byte("abc")}},
		{Vectors: [][]byte{[]byte("a"), []byte("bcdefgh")}},
		{Vectors: make([][]byte, 1025)},
		{Name: fakedemux.Sockaddr{Name: "nobody"}, Vectors: [][]byte{[]byte("abc")}},
	}
	badSendFlags    = append(badMessageFlags, fakedemux.DontWait, fakedemux.Peek, 0x4, 0x8, 0x80, 0x100, 0x2000, 0x4000000)
	badReceiveFlags = append(badMessageFlags, fakedemux.DontWait, fakedemux.Peek, fakedemux.Peek|fakedemux.WholeSize, 0x4, 0x8, 0x10, 0x80, 0x100, 0x2000, 0x8000, 0x40000000)
	badPaths        = []string{"", "/", "/tmp", "/tmp/", "/tmp/reactortest has no such file", "/reactortest has no such directory/file", "."}
)

// badTargets are numbers of the world and such as nothing can have: a dup2 to another
// would stay behind.
var badTargets = append(everyPlace(), -1, math.MaxInt32, math.MinInt32, largest)

func offset(n int64) *int64 { return &n }

func everyPlace() []int {
	var all []int
	for p := range int(placeCount) {
		all = append(all, p)
	}
	return all
}

// specs are the settings of a timer.
func specs() []*fakedemux.Itimerspec {
	all := []*fakedemux.Itimerspec{nil}
	for _, ts := range badTimes[1:] {
		all = append(all, &fakedemux.Itimerspec{Value: *ts}, &fakedemux.Itimerspec{Interval: *ts}, &fakedemux.Itimerspec{Value: *ts, Interval: *ts})
	}
	return all
}

// role says what an argument is about.
type role int

const (
	plain    role = iota
	fdRole        // a number of the world
	atRole        // an address
	memory        // a buffer, which the call may write to
	setting       // what the call must not change
	pollRole      // descriptors of a poll
	setRole       // and of a select
)

// values are what an argument is, one after the other.
type values struct {
	role role
	list any // a slice
}

var fds = values{fdRole, badFDs}

// badLinux are the arguments of every call: all combinations are made.
var badLinux = map[string][]values{
	"Accept4":        {fds, {plain, badFlags}},
	"Accept":         {fds},
	"AcceptFrom":     {fds, {plain, badFlags}},
	"Bind":           {fds, {atRole, badBinds}},
	"Dup2":           {fds, {fdRole, badTargets}},
	"Dup3":           {fds, {fdRole, badTargets}, {plain, []int{0, epoll.CloseOnExec, 1, -1, wide}}},
	"Fcntl":          {fds, {plain, []int{0, 1, 2, 3, 4, 1030, 1032, -1, 77, wide | 3}}, {plain, []int{0, 1, 5, 0x400, 0x800, 0x40000, math.MinInt32, -5 &^ 0x6000}}},
	"Getpeername":    {fds},
	"Getrlimit":      {{plain, []int{-1, 16, math.MaxInt32, wide | 99, math.MinInt32}}},
	"Getsockopt":     {fds, {plain, []int{0, 1, 6, 41, 77, -1, wide | 1}}, {plain, []int{2, 3, 4, 13, 18, 38, 39, 30, 177, -1}}, {memory, [][]byte{nil, make([]byte, 1), make([]byte, 4), make([]byte, 20)}}},
	"Ioctl":          {fds, {plain, []int{fakedemux.IoctlUnread, fakedemux.IoctlNonblock, 0x5450, 0x5451, 0, -1}}, {plain, []int{0, 1, math.MinInt32}}},
	"Lseek":          {fds, {plain, []int64{0, 3, -1, -100, 1 << 20}}, {plain, []int{0, 1, 2, 9, -1, wide}}},
	"Open":           {{plain, badPaths}, {plain, []int{0, 1, 2, 0x10000, epoll.CloseOnExec, 0x10002, epoll.NonBlock}}},
	"Readv":          {fds, {memory, badVectors}},
	"Recvmsg":        {fds, {memory, badMessages}, {plain, badReceiveFlags}},
	"Sendfile":       {fds, fds, {memory, []*int64{nil, new(int64), offset(-1), offset(5), offset(1 << 20)}}, {plain, []int{0, 3, -1}}},
	"Sendmsg":        {fds, {memory, badMessages}, {plain, badSendFlags}},
	"Setsockopt":     {fds, {plain, []int{0, 1, 6, 41, 77, wide | 1}}, {plain, []int{2, 3, 9, 15, 18, 177, -1}}, {setting, [][]byte{nil, {1}, {0, 0, 0, 0}, {1, 0, 0, 0}, {255, 255, 255, 255}}}},
	"SocketProtocol": {{plain, badFamilies}, {plain, badTypes}, {plain, []int{0, 1, 6, 17, 2, 200, 263, -1, wide | 6}}},
	"Unlink":         {{plain, []string{"", "/tmp/reactortest has no such file", "/reactortest has no such directory/file"}}},
	"Writev":         {fds, {memory, badVectors}},
	"Close":          {fds},
	"Connect":        {fds, {atRole, badAddresses}},
	"Dup":            {fds},
	"EpollCreate1":   {{plain, badFlags}},
	"EpollCtl":       {fds, {plain, []int{epoll.CtlAdd, epoll.CtlDel, epoll.CtlMod, 0, 4, -1, wide | 2, largest}}, fds, {setting, badInterests}},
	"EpollPwait":     {fds, {memory, badRoom}, {plain, badTimeouts}, {plain, []fakedemux.Sigset{0, math.MaxUint64}}},
	"EpollPwait2":    {fds, {memory, badRoom}, {setting, badTimes}},
	"EpollWait":      {fds, {memory, badRoom}, {plain, badTimeouts}},
	"Eventfd":        {{plain, []uint{0, 1, math.MaxUint32, uint(wide), math.MaxUint}}, {plain, badFlags}},
	"Getsockname":    {fds},
	"ResetOnClose":   {fds},
	"Listen":         {fds, {plain, []int{0, 1, -1, math.MaxInt32, math.MinInt32, wide, largest, smallest}}},
	"MemfdCreate":    {},
	"Now":            {},
	"Pipe2":          {{plain, badFlags}},
	"Poll":           {fds, {plain, []uint32{0, 1, 0x2007, 1 << 16, math.MaxUint32}}},
	"PollFiles":      {{pollRole, badPolls()}, {plain, []int{0, 1, smallest | 1}}},
	"Ppoll":          {{pollRole, badPolls()}, {setting, badPollTimes}, {setting, []*fakedemux.Sigset{nil, new(fakedemux.Sigset)}}},
	"Read":           {fds, {memory, badBuffers}},
	"Recvfrom":       {fds, {memory, badBuffers}, {plain, badReceiveFlags}},
	"Sendto":         {fds, {setting, badBuffers}, {plain, badSendFlags}, {atRole, badAddresses}},
	"Select":         {{plain, []int{fakedemux.FDSetSize, 0, -1, smallest}}, {setRole, badSets()}, {setRole, badSets()[:3]}, {setRole, badSets()[:3]}, {setting, badPollTimes}},
	"SetNonblock":    {fds, {plain, []bool{true, false}}},
	"Shutdown":       {fds, {plain, []int{0, 1, 2, 3, -1, wide, math.MaxInt32, math.MinInt32, largest}}},
	"Sigaction":      {{plain, []int{12, 0, 1, 9, 19, 64, 65, -1, wide | 12, smallest}}, {plain, []int{fakedemux.SigRestart, 0}}},
	"Sigprocmask":    {{plain, []fakedemux.Sigset{0, math.MaxUint64, 1 << 8, 0}}},
	"Socket":         {{plain, badFamilies}, {plain, badTypes}},
	"SocketError":    {fds},
	"SocketType":     {fds},
	"Socketpair":     {{plain, badFamilies}, {plain, badTypes}},
	"Tgkill":         {{plain, []*scheduler.Task{nil, nobody()}}, {plain, []int{0, 1, 64, 65, -1, wide, math.MaxInt32, smallest}}},
	"TimerfdCreate":  {{plain, []int{0, 1, 2, 3, 4, 7, 10, 11, 99, -1, wide | 1, math.MaxInt32, smallest}}, {plain, badFlags}},
	"TimerfdGettime": {fds},
	"TimerfdSettime": {fds, {plain, badFlags}, {setting, specs()}},
	"Write":          {fds, {setting, badBuffers}},
}

// different reports whether the result of the simulation differs from the running
// kernel's, as docs/kernels.md says: a unix stream has no out-of-band data there.
func different(name string, vs []reflect.Value) bool {
	switch name {
	case "Sendto":
		fd, flags := place(cInt(vs[0].Int())), vs[2].Int()
		return (fd == ofPair || fd == ofPeer) && flags&fakedemux.OutOfBand != 0 && vs[1].Len() > 0
	case "Sendmsg":
		fd, flags := place(cInt(vs[0].Int())), vs[2].Int()
		return (fd == ofPair || fd == ofPeer) && flags&fakedemux.OutOfBand != 0 && len(vs[1].Interface().(*fakedemux.Message).Vectors) > 0
	case "Fcntl": // the limit of the running kernel is another
		return (vs[1].Int() == fakedemux.DupFD || vs[1].Int() == fakedemux.DupFDCloseOnExec) && vs[2].Int() >= 1024
	case "Setsockopt", "Getsockopt": // TestSocketOptions has those that are refused
		verdict, _ := fakedemux.SocketOption(cInt(vs[1].Int()), cInt(vs[2].Int()))
		return verdict == fakedemux.Refused && vs[2].Int() < 100 && vs[2].Int() > 0
	case "Sendfile": // to a pipe it splices whatever there is
		in := place(cInt(vs[1].Int()))
		out := place(cInt(vs[0].Int()))
		return out == ofWriter && in != ofFile && in != ofDirectory || out == ofFile && in == ofFile // reads what it has written
	case "Lseek": // the end of a directory
		return place(cInt(vs[0].Int())) == ofDirectory && cInt(vs[2].Int()) == 2
	case "SocketProtocol": // a socket for pings
		return vs[2].Int() == 1 && vs[1].Int()&0xf == 2
	}
	return false
}

func cInt(n int64) int { return int(int32(n)) }

// badMessageFlags are flags of send(2) and recv(2), one that does nothing there,
// and bits that are none.
var badMessageFlags = []int{0, fakedemux.OutOfBand, fakedemux.WholeSize, 0x4000, 1 << 26, wide}

// nobody is a task that has ended.
func nobody() *scheduler.Task {
	k := fakedemux.New(nil)
	var t *scheduler.Task
	if err := k.Run(func() { t = k.Tasks().Current() }); err != nil {
		panic(err)
	}
	k.Stop()
	return t
}

func TestBadArgumentsOfLinux(t *testing.T) {
	surface := reflect.TypeFor[fakedemux.Linux]()
	if n := reflect.TypeFor[linuxSurface]().NumMethod(); n != surface.NumMethod() {
		t.Errorf("linuxSurface has %d calls, Linux has %d", n, surface.NumMethod())
	}
	simulated := simulatedSide()
	var running *side
	if runningSide != nil {
		running = runningSide(t)
	}
	for m := range surface.Methods() {
		args, listed := badLinux[m.Name]
		if !listed {
			t.Errorf("no bad arguments for %s", m.Name)
			continue
		}
		t.Run(m.Name, func(t *testing.T) { badCalls(t, m.Name, args, simulated, running) })
	}
}

// badCalls makes every combination of arguments on both sides.
func badCalls(t *testing.T, name string, args []values, simulated, running *side) {
	t.Helper()
	sides := []*side{simulated}
	if running != nil {
		sides = append(sides, running)
	}
	fresh := false
	made, differ := 0, 0
	combine(args, nil, func(vs []reflect.Value) {
		made++
		var answers []string
		done := false
		for _, s := range sides {
			if !fresh {
				if err := s.begin(); err != nil {
					t.Fatal(err)
				}
			}
			answer, e := s.call(name, args, vs)
			answers = append(answers, answer)
			done = done || e == 0
		}
		fresh = !done
		if len(answers) == 2 && different(name, vs) {
			fresh = false
		} else if len(answers) == 2 && answers[0] != answers[1] {
			fresh = false
			if differ++; differ <= 40 {
				t.Errorf("%s%s: simulated %s, running kernel %s", name, shown(vs), answers[0], answers[1])
			}
		}
	})
	t.Logf("%d calls, %d differ", made, differ)
}

// combine calls f with every combination.
func combine(args []values, vs []reflect.Value, f func([]reflect.Value)) {
	if len(args) == 0 {
		f(vs)
		return
	}
	list := reflect.ValueOf(args[0].list)
	for i := range list.Len() {
		combine(args[1:], append(slices.Clone(vs), list.Index(i)), f)
	}
}

func shown(vs []reflect.Value) string {
	var words []string
	for _, v := range vs {
		if v.Kind() == reflect.Pointer && !v.IsNil() && v.Type() != reflect.TypeFor[*scheduler.Task]() {
			v = v.Elem()
		}
		words = append(words, strings.ReplaceAll(fmt.Sprintf("%+v", v), strings.Repeat("n", 90), "..."))
	}
	return "(" + strings.Join(words, ", ") + ")"
}
