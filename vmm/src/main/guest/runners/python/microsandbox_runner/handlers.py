"""Guards the runner against signal handlers of user code, which may raise anywhere."""

import _signal

from . import interrupts
from . import own_builtins as __builtins__  # noqa: F401


def held_back(work):
    """Does work that no signal handler may interrupt. Signals that arrive meanwhile are handled
    afterwards. What their handlers raise then is dropped, as it is between calls.

    Blocking the signals would not be enough: a thread of user code would receive them, and Python
    runs the handlers in the main thread, whichever thread received them."""
    handlers = {}
    arrived = []

    def record(number, _frame):
        arrived.append(number)

    def replace_handlers():
        for number in _signal.valid_signals():
            handler = _signal.getsignal(number)
            if callable(handler) and handler is not record and handler is not interrupts.handle:
                handlers[number] = handler
                _signal.signal(number, record)

    def restore_handlers():
        for number, handler in handlers.items():
            _signal.signal(number, handler)

    _repeat(replace_handlers)
    try:
        work()
    finally:
        _repeat(restore_handlers)
        for number in arrived:
            try:
                _signal.raise_signal(number)
            except BaseException:
                pass


def _repeat(step):
    """Repeats a step until no handler raises in it."""
    while True:
        try:
            return step()
        except BaseException:
            pass
