"""Repairs the interpreter after user code, so that the next cell can run."""

import builtins
import sys

from . import own_builtins as __builtins__  # noqa: F401

# Code that replaces one of these does so on purpose, and the runner does not depend on them.
_LEFT_ALONE = frozenset(("print", "input", "open", "display", "help", "breakpoint", "_"))

_MIN_RECURSION_LIMIT = sys.getrecursionlimit()

_modules = {}


def remember_modules():
    """Remembers the loaded modules, for the case that code empties sys.modules. Loading some of
    Python's own modules again would not give the same ones."""
    _modules.update(sys.modules)


def after_code():
    """Restores replaced and deleted builtins, modules that Python needs, hooks that cannot be
    called, and a recursion limit that is too low. Removes tracers."""
    if "builtins" not in sys.modules or "sys" not in sys.modules:
        for name, module in _modules.items():
            sys.modules.setdefault(name, module)
    current = vars(builtins)
    for name, value in __builtins__.items():
        if current.get(name, None) is not value and name not in _LEFT_ALONE:
            current[name] = value
    _restore_hooks(sys, "excepthook", "unraisablehook")
    if "threading" in sys.modules:
        _restore_hooks(sys.modules["threading"], "excepthook")
    if sys.gettrace() is not None:
        sys.settrace(None)
    if sys.getprofile() is not None:
        sys.setprofile(None)
    if sys.getrecursionlimit() < _MIN_RECURSION_LIMIT:
        sys.setrecursionlimit(_MIN_RECURSION_LIMIT)


def _restore_hooks(module, *names):
    """Restores hooks that cannot be called. Without them, for example, no thread starts, which
    subprocess and many libraries need."""
    for name in names:
        own = getattr(module, f"__{name}__", None)
        if own is not None and not callable(getattr(module, name, None)):
            setattr(module, name, own)
