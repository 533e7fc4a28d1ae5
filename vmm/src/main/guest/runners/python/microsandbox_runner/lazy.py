"""Imports IPython's shell without the parts that only a terminal needs.

IPython's own __init__ imports prompt_toolkit and the terminal front end. Its shell imports jedi,
SQLite and asyncio. They take most of the time and memory of a start, and a first cell needs none of
them.
"""

import importlib.util
import sys
import threading
import types

from . import interrupts

# Modules whose code runs at the first use of an attribute. IPython itself is one of them: its
# submodules do not need what its __init__ defines.
_ON_USE = ("IPython", "asyncio", "sqlite3", "stack_data")

_lock = threading.RLock()


class _Deferred(types.ModuleType):
    """A module whose code has not run yet. It runs when an attribute is missing.

    importlib's LazyLoader is no alternative: the import statement itself makes it load.
    """

    def __getattr__(self, name):
        if name.startswith("__") and name != "__version__":
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        with _lock:
            if type(self) is _Deferred:
                _load(self)
        return getattr(self, name)


def load(module):
    """Runs the code of a deferred module."""
    with _lock:
        if type(module) is _Deferred:
            _load(module)


def _load(module):
    """Runs a module's code. If it does not reach its end, the module stays deferred. An interrupt
    is delayed until then, because it would leave half a module for the interpreter's whole life."""
    main = threading.current_thread() is threading.main_thread()
    outer, interrupts.deferred = interrupts.deferred, interrupts.deferred or main
    module.__class__ = _Loading
    try:
        module.__spec__.loader.exec_module(module)
        module.__class__ = types.ModuleType
    finally:
        if type(module) is _Loading:
            module.__class__ = _Deferred
        interrupts.deferred = outer
    if main and not outer:
        interrupts.check()


class _Loading(types.ModuleType):
    """A deferred module while its code runs. Other threads wait for attributes that are missing."""

    def __getattr__(self, name):
        with _lock:
            if type(self) is not _Loading:
                return getattr(self, name)
        raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")


def load_shell():
    """Returns IPython.core.interactiveshell. Raises ImportError if IPython is not installed."""
    if importlib.util.find_spec("IPython") is None:
        raise ImportError("IPython is not installed")
    for name in _ON_USE:
        _defer(name)
    from IPython.core.getipython import get_ipython

    sys.modules["IPython"].get_ipython = get_ipython
    from IPython.core import interactiveshell

    return interactiveshell


def _defer(name):
    spec = None if name in sys.modules else importlib.util.find_spec(name)
    if spec is not None:
        module = importlib.util.module_from_spec(spec)
        module.__class__ = _Deferred
        sys.modules[name] = module
