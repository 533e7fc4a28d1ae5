"""SIGINT: ignored while idle, KeyboardInterrupt while code runs, insistent from the second on."""

import _thread
import _signal
import itertools

from . import own_builtins as __builtins__  # noqa: F401

running = False
# True while something must not be cut in two; what comes then is raised by check().
deferred = False
# How many interrupts the running call got.
count = 0

_pending = False

# Each step makes SIGINT pending once more. It is stepped by a for statement because a call would
# run the handler again right here.
_again = map(_thread.interrupt_main, itertools.repeat(_signal.SIGINT))


def install():
    """Takes SIGINT, whatever user code made of it. Not by the module signal, which makes
    enumerations of what it is given and gives: a tenth of what a clone's first answer takes."""
    _signal.signal(_signal.SIGINT, handle)
    _signal.pthread_sigmask(_signal.SIG_UNBLOCK, {_signal.SIGINT})


def start():
    global count, _pending, running
    count = 0
    _pending = False
    running = True


def check():
    """Raises what came while interrupts were deferred."""
    global _pending
    if _pending and running:
        _pending = False
        raise KeyboardInterrupt


def handle(_signum, _frame):
    """What install() installs."""
    global count, _pending
    if not running:
        return
    count += 1
    if deferred:
        _pending = True
        return
    if count > 1:
        # The code swallowed the first. Raising at every opportunity from now on also hits its
        # except blocks, which no try of the same level covers.
        for _ in _again:
            raise KeyboardInterrupt
    raise KeyboardInterrupt
