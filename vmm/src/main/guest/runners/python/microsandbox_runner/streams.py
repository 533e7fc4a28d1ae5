"""The standard streams of a call."""

import ctypes
import io
import os
import sys

from . import control
from . import own_builtins as __builtins__  # noqa: F401

_IONBF = 2  # stdio.h


class Streams:
    """Repairs descriptors 0 to 2 and the stream objects of sys before each call, whatever the last
    call did to them. A redirection lasts only for the call that made it."""

    def __init__(self):
        self._pipes = {number: control.high_copy(number) for number in (1, 2)}
        self._identities = {n: _identity(copy) for n, copy in self._pipes.items()}
        self._objects = {number: _writer(number) for number in (1, 2)}
        _unbuffer_c()
        self.release()
        self.prepare("")

    @staticmethod
    def release():
        """Closes stdin. User code may have used up all other descriptors, and a call needs one."""
        try:
            os.close(0)
        except OSError:
            pass  # closed by the last call

    def prepare(self, stdin):
        """Opens the call's stdin, a path (empty: no input), and removes that file. Comes after
        release()."""
        source = os.open(stdin or os.devnull, os.O_RDONLY | os.O_CLOEXEC)
        if stdin:
            os.unlink(stdin)
        if source == 0:
            os.set_inheritable(0, True)
        else:  # a thread of the last call has taken descriptor 0
            os.dup2(source, 0)
            os.close(source)
        self.restore()
        sys.stdin = sys.__stdin__ = io.TextIOWrapper(
            io.BufferedReader(io.FileIO(0, "r", closefd=False)),
            encoding="utf-8",
            errors="surrogateescape",
        )

    def restore(self):
        """Makes stdout and stderr the runner's own again."""
        for number, copy in self._pipes.items():
            if _identity(number) != self._identities[number]:
                os.dup2(copy, number)
            if _unusable(self._objects[number]):
                self._objects[number] = _writer(number)
            self._objects[number].reconfigure(**_settings(number))
        sys.stdout = sys.__stdout__ = self._objects[1]
        sys.stderr = sys.__stderr__ = self._objects[2]

    def flush(self):
        for stream in (sys.stdout, sys.stderr, *self._objects.values()):
            try:
                stream.flush()
            except Exception:
                pass  # a stream object of user code, or a closed one: what it holds is lost


class _Buffer(io.BufferedWriter):
    """Stays open when a wrapper that user code made for it is closed or collected."""

    def close(self):
        self.flush()


def _unbuffer_c():
    """Turns off the buffer of C's stdout, which nobody would flush at the end of a call."""
    libc = ctypes.CDLL(None)
    libc.setvbuf(ctypes.c_void_p.in_dll(libc, "stdout"), None, _IONBF, 0)


def _writer(number):
    raw = io.FileIO(number, "w", closefd=False)
    writer = io.TextIOWrapper(_Buffer(raw), **_settings(number))
    writer.mode = "w"
    return writer


def _settings(number):
    errors = "surrogateescape" if number == 1 else "backslashreplace"
    return {"encoding": "utf-8", "errors": errors, "newline": None, "line_buffering": True}


def _identity(number):
    try:
        status = os.fstat(number)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _unusable(stream):
    try:
        return stream.closed
    except ValueError:  # detached
        return True
