"""Undoes what code did to the interpreter that would keep the next cell from running."""

import builtins
import sys

from . import own_builtins as __builtins__  # noqa: F401

# Replacing one of these is somebody's intention, and nothing of the machinery depends on them.
_LEFT_ALONE = frozenset(("print", "input", "open", "display", "help", "breakpoint", "_"))

_LOWEST_RECURSION_LIMIT = sys.getrecursionlimit()


def after_code():
    """Puts back replaced and deleted builtins, tracers and a recursion limit that is too low."""
    current = vars(builtins)
    for name, value in __builtins__.items():
        if current.get(name, None) is not value and name not in _LEFT_ALONE:
            current[name] = value
    if sys.gettrace() is not None:
        sys.settrace(None)
    if sys.getprofile() is not None:
        sys.setprofile(None)
    if sys.getrecursionlimit() < _LOWEST_RECURSION_LIMIT:
        sys.setrecursionlimit(_LOWEST_RECURSION_LIMIT)
