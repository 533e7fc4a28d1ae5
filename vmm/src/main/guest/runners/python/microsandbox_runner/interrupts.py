"""Handles SIGINT: ignores it between calls, and raises KeyboardInterrupt while code is running.

From the second interrupt of a call on, it raises again and again, in case the code swallowed the
first.
"""

import _thread
import _signal
import itertools

from . import own_builtins as __builtins__  # noqa: F401

running = False
# True while something must not be interrupted. check() then raises what arrived meanwhile.
deferred = False
# How many interrupts the running call has received.
count = 0

_pending = False

# Each step makes SIGINT pending again. A for statement takes the step, because a call would run the
# handler again at once.
_again = map(_thread.interrupt_main, itertools.repeat(_signal.SIGINT))


def install():
    """Installs the handler of SIGINT, whatever user code has done to it. Avoids the module signal,
    which converts its arguments and results to enumerations: that takes a tenth of the time of a
    clone's first answer."""
    _signal.signal(_signal.SIGINT, handle)
    _signal.pthread_sigmask(_signal.SIG_UNBLOCK, {_signal.SIGINT})


def start():
    global count, _pending, running
    count = 0
    _pending = False
    running = True


def check():
    """Raises the interrupt that arrived while interrupts were deferred."""
    global _pending
    if _pending and running:
        _pending = False
        raise KeyboardInterrupt


def handle(_signum, _frame):
    """The handler that install() installs."""
    global count, _pending
    if not running:
        return
    count += 1
    if deferred:
        _pending = True
        return
    if count > 1:
        # The code swallowed the first one. Raising at every opportunity from now on also reaches
        # its except blocks, which the same try statement does not cover.
        for _ in _again:
            raise KeyboardInterrupt
    raise KeyboardInterrupt
