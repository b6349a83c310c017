package realdemux

import (
	"errors"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"

	"reactortest/demux"
	"reactortest/demux/iocp"
)

// windowsCalls are the calls of Windows. The zero value is ready once startup
// has succeeded; any goroutine may use it at any time.
type windowsCalls struct{}

// epoch is the origin of Now, for all that this package makes.
var epoch = time.Now()

// What x/sys does not have, and System32 does.
var (
	kernel32 = windows.NewLazySystemDLL("kernel32.dll")
	ntdll    = windows.NewLazySystemDLL("ntdll.dll")

	getQueuedEx     = kernel32.NewProc("GetQueuedCompletionStatusEx")
	deviceIoControl = ntdll.NewProc("NtDeviceIoControlFile")
	cancelIoFileEx  = ntdll.NewProc("NtCancelIoFileEx")
)

// startup starts Winsock and finds what is loaded late. The calls after it do
// not fail for want of a procedure.
var startup = sync.OnceValue(func() error {
	var data windows.WSAData
	if err := windows.WSAStartup(0x202, &data); err != nil {
		return demux.SyscallError("WSAStartup", err)
	}
	for _, p := range []*windows.LazyProc{getQueuedEx, deviceIoControl, cancelIoFileEx, acceptProc, selectProc} {
		if err := p.Find(); err != nil {
			return err
		}
	}
	return demux.SyscallError("WSAIoctl", windows.LoadConnectEx())
})

func wine() bool { return ntdll.NewProc("wine_get_version").Find() == nil }

func open() (demux.Demux, error) {
	if err := startup(); err != nil {
		return nil, err
	}
	d, err := iocp.Open(windowsCalls{})
	if err != nil {
		return nil, err
	}
	return d, nil
}

// OpenCompleter makes a demultiplexer that also carries out operations. On
// Windows it is the same as the one that Open makes.
func OpenCompleter() (demux.Completer, error) {
	if err := startup(); err != nil {
		return nil, err
	}
	d, err := iocp.Open(windowsCalls{})
	if err != nil {
		return nil, err
	}
	return d, nil
}

// Now is the performance counter by way of the runtime.
func (windowsCalls) Now() time.Duration { return time.Since(epoch) }

func (windowsCalls) CreatePort() (demux.Handle, iocp.Errno) {
	port, err := windows.CreateIoCompletionPort(windows.InvalidHandle, 0, 0, 1)
	return demux.Handle(port), number(err)
}

func (windowsCalls) Associate(port, h demux.Handle, key uintptr) iocp.Errno {
	if h == demux.NoHandle {
		return iocp.ErrorInvalidHandle // to Windows it means: make another port
	}
	_, err := windows.CreateIoCompletionPort(windows.Handle(h), windows.Handle(port), key, 0)
	return number(err)
}

func (windowsCalls) SetModes(h demux.Handle, modes uint8) iocp.Errno {
	return number(windows.SetFileCompletionNotificationModes(windows.Handle(h), modes))
}

func (windowsCalls) Post(port demux.Handle, key uintptr, transferred uint32) iocp.Errno {
	return number(windows.PostQueuedCompletionStatus(windows.Handle(port), transferred, key, nil))
}

// GetQueued has the kernel write into entries, addresses of Operations
// included. The collector does not see such a write. It need not: an Operation
// in flight is kept by the list that Acquire puts it in.
func (windowsCalls) GetQueued(port demux.Handle, entries []iocp.Entry, msec uint32) (int, iocp.Errno) {
	var n uint32
	const alertable = 0
	ok, _, e := syscall.SyscallN(getQueuedEx.Addr(), uintptr(port), uintptr(unsafe.Pointer(unsafe.SliceData(entries))),
		uintptr(len(entries)), uintptr(unsafe.Pointer(&n)), uintptr(msec), alertable)
	if ok == 0 {
		return 0, number(e)
	}
	return int(n), 0
}

func (windowsCalls) CloseHandle(h demux.Handle) iocp.Errno {
	return number(windows.CloseHandle(windows.Handle(h)))
}

// afdName is a name in the space of the driver AFD. What follows the device's
// own name is not looked at.
var afdName = sync.OnceValues(func() (*windows.NTUnicodeString, error) {
	return windows.NewNTUnicodeString(`\Device\Afd\reactortest`)
})

func (windowsCalls) OpenAFD() (demux.Handle, iocp.Errno) {
	name, err := afdName()
	if err != nil {
		return demux.NoHandle, number(err)
	}
	attributes := windows.OBJECT_ATTRIBUTES{ObjectName: name}
	attributes.Length = uint32(unsafe.Sizeof(attributes))
	var status windows.IO_STATUS_BLOCK
	var h windows.Handle
	err = windows.NtCreateFile(&h, windows.SYNCHRONIZE, &attributes, &status, nil, 0,
		windows.FILE_SHARE_READ|windows.FILE_SHARE_WRITE, windows.FILE_OPEN, 0, 0, 0)
	return demux.Handle(h), number(err)
}

// pollSize is the size of AFD_POLL_INFO. A C compiler aligns its 64-bit Timeout
// to 8 bytes and ends it with 4 bytes of padding where handles have 32 bits; Go
// does not, and there the next field of the Operation is the padding.
const pollSize = 32

var _ [unsafe.Offsetof(iocp.Operation{}.Addresses) - unsafe.Offsetof(iocp.Operation{}.Poll) - pollSize]byte

func (windowsCalls) PollAFD(afd demux.Handle, op *iocp.Operation) iocp.Errno {
	op.Overlapped = iocp.Overlapped{Internal: uintptr(iocp.StatusPending)}
	return ioctl(afd, op, uintptr(unsafe.Pointer(&op.Poll)), pollSize)
}

// ioctl makes a poll. poll is the address of its input and output, which is pinned.
func ioctl(afd demux.Handle, op *iocp.Operation, poll, size uintptr) iocp.Errno {
	status, _, _ := syscall.SyscallN(deviceIoControl.Addr(), uintptr(afd), 0, 0, uintptr(unsafe.Pointer(op)),
		uintptr(unsafe.Pointer(&op.Overlapped)), iocp.IoctlAFDPoll, poll, size, poll, size)
	return iocp.Errno(status)
}

// disconnect calls DisconnectEx, whose address x/sys does not have.
func disconnect(call uintptr, s demux.Handle, ov *iocp.Overlapped, flags uint32) iocp.Errno {
	ok, _, e := syscall.SyscallN(call, uintptr(s), uintptr(unsafe.Pointer(ov)), uintptr(flags), 0)
	if int32(ok) != 0 {
		return 0
	}
	return number(e)
}

func (windowsCalls) CancelAFD(afd demux.Handle, op *iocp.Operation) iocp.Errno {
	var status windows.IO_STATUS_BLOCK
	r, _, _ := syscall.SyscallN(cancelIoFileEx.Addr(), uintptr(afd), uintptr(unsafe.Pointer(op)), uintptr(unsafe.Pointer(&status)))
	return iocp.Errno(r)
}

// number returns the error number of err, 0 for nil.
func number(err error) iocp.Errno {
	if err == nil {
		return 0
	}
	var status windows.NTStatus
	if errors.As(err, &status) {
		return iocp.Errno(status)
	}
	var e syscall.Errno
	if errors.As(err, &e) && e != 0 {
		return iocp.Errno(e)
	}
	return iocp.WSAEINVAL
}
