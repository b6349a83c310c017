package cleanup

import "reactortest/internal/planted/loop"

// DeferredDeregister ends the registration of a watch right before its close
// callback. By then the caller may have closed the handle and opened another
// with the same number.
//
// Seen in libuv, which queued EPOLL_CTL_DEL and executed it after close (libuv
// #4323).
func DeferredDeregister(l *loop.Loop) {
	deregister := l.Parts.Deregister
	l.Parts.Deregister = func(w *loop.Watch) error {
		onClose := w.OnClose
		if onClose == nil {
			return deregister(w)
		}
		w.OnClose = func() {
			_ = deregister(w)
			onClose()
		}
		return nil // it is gone when the callback runs
	}
}
