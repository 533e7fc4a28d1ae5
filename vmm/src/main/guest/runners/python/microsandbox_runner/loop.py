"""The runner's life: one frame after the other, one call after the other."""

import builtins
import os
import sys
import types

from . import control, handlers, imports, interrupts, lazy, outcome, prompts, renewal, repair
from . import tracebacks, variables
from . import own_builtins as __builtins__  # noqa: F401
from .control import Control
from .streams import Streams


def main():
    """Serves calls until the agent closes the control socket."""
    link = Control(int(os.environ.pop("MICROSANDBOX_CONTROL_FD")))
    interrupts.install()
    streams = Streams()
    prompts.install()
    imports.install()
    try:
        os.chdir("/workspace")
    except OSError:  # deleted, or closed to the user
        os.chdir("/")
    main_module = _user_module()
    engine = _engine(link, main_module)
    repair.remember_modules()
    Runner(link, streams, engine).serve()


def _user_module():
    """A clean __main__: what user code defines belongs to it, as pickle expects."""
    sys.path[0] = ""
    sys.argv = [""]
    main_module = types.ModuleType("__main__")
    main_module.__builtins__ = builtins
    _kept.append(sys.modules["__main__"])
    sys.modules["__main__"] = main_module
    return main_module


# The module main.py: its globals would be cleared with it.
_kept = []


def _engine(link, main_module):
    try:
        lazy.load_shell()
    except ImportError:
        from .plain_engine import Engine
    else:
        from .ipython_engine import Engine
    from .event_loop import LoopRunner  # after asyncio's import is deferred

    return Engine(link, main_module, LoopRunner())


class Runner:
    """Answers the agent's frames."""

    def __init__(self, link, streams, engine):
        self._link = link
        self._streams = streams
        self._engine = engine

    def serve(self):
        self._link.ready(sys.version.split()[0])
        while True:
            try:
                kind, payload = self._link.receive()
            except control.Closed:
                os._exit(0)
            except MemoryError:
                os._exit(1)  # code set a limit below which nothing can be received
            except BaseException:
                # A signal handler of the user's that raised between two calls.
                if self._link.foreign:
                    os._exit(1)
                continue
            try:
                self._answer(kind, payload)
            except control.Closed:
                os._exit(0)
            except BaseException as error:
                self._fail(kind, payload, error)

    def _fail(self, kind, payload, error):
        """Answers a call that did not come to its answer, and would last until its time-out: by
        want of memory above all. Where it had one, the agent drops this."""
        if self._link.foreign:
            os._exit(1)
        if kind == control.RENEW:
            self._renew()
        try:
            self._link.done(int.from_bytes(payload[:4], "little"), *outcome.of(error))
        except BaseException:
            os._exit(1)

    def _answer(self, kind, payload):
        call = int.from_bytes(payload[:4], "little")
        if kind == control.RUN:
            code, rest = _text(payload, 4)
            stdin, _ = _text(payload, rest)
            self._run(call, code, stdin)
        elif kind == control.INSPECT:
            self._link.begin(call)
            variables.report(self._engine.namespace, self._engine.hidden, self._link)
            self._link.done(call, *outcome.finished)
        elif kind == control.RENEW:
            self._renew()
            self._link.done(call, *outcome.finished)
        elif kind == control.WARM:
            imports.warm(_texts(payload, 4))
            self._engine.warm()
            # What that has to set up, OpenSSL's generators above all, clones need not.
            renewal.renew()
            self._streams.flush()
            self._link.done(call, *outcome.finished)
        else:
            raise control.Closed(f"frame of type {kind}")

    def _renew(self):
        """What cannot renew itself ends: better no state than that of all clones."""
        try:
            handlers.held_back(_repair_and_renew)
        except BaseException:
            os._exit(1)

    def _run(self, call, code_path, stdin_path):
        repair.after_code()
        interrupts.install()
        try:
            self._streams.release()
            code = _take(code_path)
            self._streams.prepare(stdin_path)
        except OSError as error:  # without an answer the call would last until its time-out
            self._link.done(call, *outcome.of(error))
            return
        self._link.begin(call)
        try:
            try:
                interrupts.start()
                result = self._engine.run(code)
            finally:
                interrupts.running = False
        except BaseException as error:
            result = outcome.of(error)
            self._streams.restore()
            tracebacks.show(error)
        if self._link.foreign:
            # A child that user code forked and that came to the end of the cell.
            self._streams.flush()
            os._exit(result.status & 0xFF)
        self._streams.flush()
        self._link.done(call, *result)


def _repair_and_renew():
    repair.after_code()  # a tracer that raises would keep something from being renewed
    renewal.renew()


def _text(payload, offset):
    length = int.from_bytes(payload[offset : offset + 4], "little")
    end = offset + 4 + length
    return payload[offset + 4 : end].decode("utf-8", "surrogateescape"), end


def _texts(payload, offset):
    count = int.from_bytes(payload[offset : offset + 4], "little")
    offset += 4
    texts = []
    for _ in range(count):
        text, offset = _text(payload, offset)
        texts.append(text)
    return texts


def _take(path):
    """The code, whose file is removed, without a byte order mark. Bytes that are no UTF-8 become
    replacement characters."""
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    os.unlink(path)
    parts = []
    while part := os.read(file, 1 << 20):
        parts.append(part)
    os.close(file)
    return b"".join(parts).decode("utf-8", "replace").removeprefix("\ufeff")
