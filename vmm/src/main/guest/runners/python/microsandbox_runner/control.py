"""The control socket, which carries the frames of section 9 of the agent protocol."""

import fcntl
import os
import resource
import socket
import struct
import threading

from . import interrupts
from . import own_builtins as __builtins__  # noqa: F401

RUN, INSPECT, RENEW, WARM = 1, 2, 3, 4
READY, RECORD, DONE = 16, 17, 18

_HEADER = struct.Struct("<IB")
_FRAME_LIMIT = 1 << 20
_CHUNK = 1 << 16
# Above the range of code that "closes everything" (os.closerange(3, 4096)), and low enough to keep
# the kernel's descriptor table small, which every fork copies.
_HIGH_DESCRIPTOR = 8000


def text(value):
    """Encodes a protocol str. Escapes what is not valid Unicode (lone surrogates)."""
    data = value.encode("utf-8", "backslashreplace")
    return struct.pack("<I", len(data)) + data


class Closed(Exception):
    """The agent has closed its end, or broken the protocol."""


class Control:
    """The runner's end of the control socket. Any thread may send records; all else is for the main
    thread."""

    def __init__(self, descriptor):
        self._socket = socket.socket(fileno=_move_high(descriptor))
        self._owner = os.getpid()
        self._getpid = os.getpid
        self._lock = threading.RLock()
        self._queue = []
        self._sending = False
        self._received = 0
        self._buffer = bytearray(_HEADER.size + _CHUNK)
        self._have = 0
        self._call = None

    @property
    def foreign(self):
        """Whether this process is a fork of the runner. A fork must never use the socket."""
        return self._getpid() != self._owner

    def receive(self):
        """Returns the next frame as (type, payload). If a signal handler raises an exception,
        nothing is lost: call again."""
        self._fill(_HEADER.size)
        length, kind = _HEADER.unpack_from(self._buffer)
        if length > _FRAME_LIMIT:
            raise Closed(f"frame of {length} bytes")
        total = _HEADER.size + length
        if len(self._buffer) < total:
            self._buffer.extend(bytes(total - len(self._buffer)))
        self._fill(total)
        payload = bytes(memoryview(self._buffer)[_HEADER.size : total])
        self._have = 0
        return kind, payload

    def _fill(self, wanted):
        while self._have < wanted:
            with memoryview(self._buffer) as view:
                # A for statement over map instead of a call: the interpreter runs signal handlers
                # after a call returns, and a handler that raises there would lose the number of
                # bytes read.
                for self._received in map(self._socket.recv_into, (view[self._have : wanted],)):
                    self._have += self._received
            if self._received == 0:
                raise Closed("the agent closed the control socket")

    def begin(self, call):
        """Attributes records to this call from now on."""
        self._call = call

    def record(self, kind, *parts):
        """Sends one record. Returns False if no call is running or this process is a fork."""
        if self._call is None or self.foreign:
            return False
        size = 1 + sum(map(len, parts))
        self._send_records(b"".join((struct.pack("<IB", size, kind), *parts)))
        return True

    def _send_records(self, data):
        view = memoryview(data)
        with self._lock:
            if self._call is None:
                return
            ident = struct.pack("<I", self._call)
            self._send(
                b"".join((_HEADER.pack(4 + len(chunk), RECORD), ident, chunk))
                for chunk in (view[i : i + _CHUNK] for i in range(0, len(view), _CHUNK))
            )

    def ready(self, version):
        self._send([_frame(READY, text(version))])

    def done(self, call, outcome, name, message, status):
        """Ends the call. No record follows."""
        with self._lock:
            self._call = None
            body = struct.pack("<IB", call, outcome) + text(name) + text(message)
            self._send([_frame(DONE, body + struct.pack("<q", status))])

    def _send(self, frames):
        """Writes whole frames. What a signal handler raises meanwhile is raised afterwards."""
        if self.foreign:
            return
        with self._lock:
            self._queue.extend(frames)
            if self._sending:  # a signal handler interrupted a send, which sends these too
                return
            self._sending = True
            outer, interrupts.deferred = interrupts.deferred, True
            error = None
            try:
                while self._queue:
                    view = memoryview(self._queue[0])
                    sent = 0
                    while sent < len(view):
                        try:
                            for count in map(self._socket.send, (view[sent:],)):
                                sent += count
                        except OSError:
                            os._exit(1)  # the agent is gone, so nobody can be told
                        except BaseException as raised:
                            error = raised
                    del self._queue[0]
            finally:
                self._sending = False
                interrupts.deferred = outer
        if error is not None:
            raise error
        if not outer:
            interrupts.check()


def _frame(kind, body):
    return _HEADER.pack(len(body), kind) + body


def _move_high(descriptor):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _HIGH_DESCRIPTOR if hard == resource.RLIM_INFINITY else min(_HIGH_DESCRIPTOR, hard - 8)
    if descriptor < wanted:
        if soft != resource.RLIM_INFINITY and soft < wanted + 8:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted + 8, hard))
        moved = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, wanted)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        os.close(descriptor)
        return moved
    os.set_inheritable(descriptor, False)
    return descriptor


def high_copy(descriptor):
    """Makes a close-on-exec copy of a descriptor with a high number."""
    return _move_high(os.dup(descriptor))
