"""Adjusts third-party and standard modules when they are imported, and costs nothing before."""

import importlib
import importlib.machinery
import sys

from . import event_loop, figures, lazy, prompts, sources, spawning

_ADJUST = {
    "asyncio": event_loop.adjust,
    "getpass": prompts.replace_getpass,
    "inspect": sources.adjust_inspect,
    "matplotlib": figures.choose_backend,
    "multiprocessing.spawn": spawning.adjust,
}


def install():
    """Adjusts the modules that are loaded, and from now on each one after its import."""
    for name, adjust in _ADJUST.items():
        if name in sys.modules:
            adjust(sys.modules[name])
    sys.meta_path.insert(0, _Finder())


def warm(names):
    """Loads modules before they are used. Ignores those that the image lacks."""
    for name in names:
        try:
            lazy.load(importlib.import_module(name))
        except BaseException:
            pass  # whoever imports it gets the error


class _Finder:
    def find_spec(self, name, path=None, target=None):
        if name not in _ADJUST:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _Loader(spec.loader, _ADJUST[name])
        return spec


class _Loader:
    def __init__(self, loader, adjust):
        self._loader = loader
        self._adjust = adjust

    def create_module(self, spec):
        return self._loader.create_module(spec)

    def exec_module(self, module):
        module.__spec__.loader = module.__loader__ = self._loader
        self._loader.exec_module(module)
        self._adjust(module)
