"""Signal handlers of user code, which can raise anywhere in what the runner does."""

import _signal

from . import interrupts
from . import own_builtins as __builtins__  # noqa: F401


def held_back(work):
    """Does what must not be cut in two. Signals that come meanwhile are handled afterwards, and
    what their handlers raise is dropped, as it is between calls.

    To block the signals would not do: a thread of user code would take them, and Python runs the
    handlers in the main thread whichever took them."""
    handlers = {}
    came = []

    def note(number, _frame):
        came.append(number)

    def take():
        for number in _signal.valid_signals():
            handler = _signal.getsignal(number)
            if callable(handler) and handler is not note and handler is not interrupts.handle:
                handlers[number] = handler
                _signal.signal(number, note)

    def give_back():
        for number, handler in handlers.items():
            _signal.signal(number, handler)

    _insist(take)
    try:
        work()
    finally:
        _insist(give_back)
        for number in came:
            try:
                _signal.raise_signal(number)
            except BaseException:
                pass


def _insist(step):
    """Takes a step, once more whenever a handler raised in it."""
    while True:
        try:
            return step()
        except BaseException:
            pass
