"""Outcomes of cells."""

from typing import NamedTuple

from . import tracebacks


class Outcome(NamedTuple):
    """How a cell ended: the fields of DONE after the id."""

    kind: int
    name: str
    text: str
    status: int


FINISHED, ERROR, INTERRUPTED = 0, 1, 2

finished = Outcome(FINISHED, "", "", 0)


def of(error):
    """Returns the outcome of a cell that an error ended."""
    if isinstance(error, KeyboardInterrupt):
        return Outcome(INTERRUPTED, type(error).__name__, tracebacks.message(error), 1)
    if isinstance(error, SystemExit):
        return _of_exit(error.code)
    return Outcome(ERROR, type(error).__name__, tracebacks.message(error), 1)


def _of_exit(code):
    # Counts like the exit status of a script. The interpreter itself goes on, as in a notebook.
    if code is None:
        return finished
    if not isinstance(code, int):
        return Outcome(ERROR, "SystemExit", tracebacks.message(SystemExit(code)), 1)
    if code == 0:
        return finished
    status = max(-(2**63), min(2**63 - 1, int(code)))
    return Outcome(ERROR, "SystemExit", str(status), status)
