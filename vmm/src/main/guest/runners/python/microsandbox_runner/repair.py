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
    """Puts back replaced and deleted builtins, modules that Python cannot do without, hooks that are
    none, tracers and a recursion limit that is too low."""
    if "builtins" not in sys.modules or "sys" not in sys.modules:
        for name, module in _modules.items():
            sys.modules.setdefault(name, module)
    current = vars(builtins)
    for name, value in __builtins__.items():
        if current.get(name, None) is not value and name not in _LEFT_ALONE:
            current[name] = value
    _put_back_hooks(sys, "excepthook", "unraisablehook")
    if "threading" in sys.modules:
        _put_back_hooks(sys.modules["threading"], "excepthook")
    if sys.gettrace() is not None:
        sys.settrace(None)
    if sys.getprofile() is not None:
        sys.setprofile(None)
    if sys.getrecursionlimit() < _LOWEST_RECURSION_LIMIT:
        sys.setrecursionlimit(_LOWEST_RECURSION_LIMIT)


def _put_back_hooks(module, *names):
    """A thread, for one, does not start without: subprocess and half of the libraries need them."""
    for name in names:
        own = getattr(module, f"__{name}__", None)
        if own is not None and not callable(getattr(module, name, None)):
            setattr(module, name, own)
