"""Formats tracebacks as Python prints them, without the frames of the runner and of IPython."""

import linecache
import os
import sys
import traceback
import types

from . import sources

_RUNNER = os.path.dirname(os.path.abspath(__file__)) + os.sep

# Files and directories whose frames are left out. The IPython engine adds IPython's.
machinery = [_RUNNER]

# How many frames at each end of a long traceback are shown. Looking up the lines of a million
# frames takes longer than making the frames.
_SHOWN_AT_EACH_END = 2000


def format_exception(error):
    """Returns the text that Python would print for an uncaught error."""
    frames = _shortened(error.__traceback__)
    text = traceback.TracebackException(type(error), error, frames, compact=True)
    _strip(text)
    return "".join(text.format())


def _shortened(frames):
    every = []
    while frames is not None:
        every.append(frames)
        frames = frames.tb_next
    if len(every) <= 2 * _SHOWN_AT_EACH_END:
        return every[0] if every else None
    frames = every[-_SHOWN_AT_EACH_END]
    for frame in reversed(every[:_SHOWN_AT_EACH_END]):
        frames = types.TracebackType(frames, frame.tb_frame, frame.tb_lasti, frame.tb_lineno)
    return frames


def _strip(text):
    if text is None:
        return
    frames = [frame for frame in text.stack if not _hidden(frame.filename)]
    first = next((i for i, frame in enumerate(frames) if sources.is_cell(frame.filename)), 0)
    del frames[:first]  # the event loop's, if the cell awaits
    if len(frames) != len(text.stack):
        text.stack = traceback.StackSummary.from_list(frames)
    if text.exc_type and issubclass(text.exc_type, SyntaxError) and not text.text:
        # The compiler has the line only if it parsed it itself.
        if text.lineno and sources.is_cell(text.filename or ""):
            text.text = linecache.getline(text.filename, int(text.lineno)) or None
    for other in (text.__cause__, text.__context__, *(getattr(text, "exceptions", None) or ())):
        _strip(other)


def _hidden(filename):
    return filename.startswith("<decorator-gen-") or any(map(filename.startswith, machinery))


def show(error):
    """Prints an error to stderr, and stores it where debuggers look for it."""
    if isinstance(error, KeyboardInterrupt):
        # Hides what the code was handling when it was interrupted: mostly earlier interrupts.
        error.__suppress_context__ = True
    sys.last_type, sys.last_value, sys.last_traceback = type(error), error, error.__traceback__
    try:
        text = format_exception(error)
    except Exception as second:
        text = f"{type(error).__name__}: the error cannot be shown: {type(second).__name__}\n"
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except Exception:  # a stream object of user code
        os.write(2, text.encode("utf-8", "backslashreplace"))


def message(error):
    """Returns an error's own text, bounded. This calls user code, which may do anything."""
    try:
        text = str(error)
    except Exception:
        return ""
    return text if len(text) <= 4096 else text[:4096] + "…"
