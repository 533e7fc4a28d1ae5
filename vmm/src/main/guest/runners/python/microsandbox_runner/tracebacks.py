"""Tracebacks as Python prints them, without the frames of the machinery around user code."""

import os
import sys
import traceback

from . import sources

_RUNNER = os.path.dirname(os.path.abspath(__file__)) + os.sep

# Directories whose frames are machinery; IPython's is added where it is used.
machinery = [_RUNNER]


def format_exception(error):
    """The text Python would print for an uncaught error."""
    text = traceback.TracebackException(type(error), error, error.__traceback__, compact=True)
    _strip(text)
    return "".join(text.format())


def _strip(text):
    if text is None:
        return
    frames = [frame for frame in text.stack if not _hidden(frame.filename)]
    first = next((i for i, frame in enumerate(frames) if sources.is_cell(frame.filename)), 0)
    del frames[:first]  # the event loop's, where the cell awaits
    if len(frames) != len(text.stack):
        text.stack = traceback.StackSummary.from_list(frames)
    for other in (text.__cause__, text.__context__, *(getattr(text, "exceptions", None) or ())):
        _strip(other)


def _hidden(filename):
    return filename.startswith("<decorator-gen-") or any(map(filename.startswith, machinery))


def show(error):
    """Prints an error to stderr and leaves it where debuggers look for it."""
    if isinstance(error, KeyboardInterrupt):
        # What the code was handling when it was interrupted, mostly earlier interrupts.
        error.__suppress_context__ = True
    sys.last_type, sys.last_value, sys.last_traceback = type(error), error, error.__traceback__
    try:
        text = format_exception(error)
    except Exception as second:
        text = f"{type(error).__name__}: the error cannot be shown: {type(second).__name__}\n"
    sys.stderr.write(text)
    sys.stderr.flush()


def message(error):
    """An error's own text, bounded. User code is called: anything may happen."""
    try:
        text = str(error)
    except Exception:
        return ""
    return text if len(text) <= 4096 else text[:4096] + "…"
