"""Undoes what code did to the interpreter that would keep the next cell from running."""

import builtins
import sys

from . import own_builtins as __builtins__  # noqa: F401

# Replacing one of these is somebody's intention, and nothing of the machinery depends on them.
_LEFT_ALONE = frozenset(("print", "input", "open", "display", "help", "breakpoint", "_"))

_LOWEST_RECURSION_LIMIT = sys.getrecursionlimit()

_modules = {}


def remember_modules():
    """The modules that are loaded now come back where code empties sys.modules: loaded anew, some
    of Python's own would not be what they were."""
    _modules.update(sys.modules)


def after_code():
    """Puts back replaced and deleted builtins, modules that Python cannot do without, tracers and a
    recursion limit that is too low."""
    if "builtins" not in sys.modules or "sys" not in sys.modules:
        for name, module in _modules.items():
            sys.modules.setdefault(name, module)
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
