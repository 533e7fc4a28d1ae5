"""The main loop: answers the agent's frames, one after another."""

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
    except OSError:  # deleted, or the user may not enter it
        os.chdir("/")
    main_module = _user_module()
    engine = _engine(link, main_module)
    repair.remember_modules()
    Runner(link, streams, engine).serve()


def _user_module():
    """Makes a clean __main__ for what user code defines, as pickle expects."""
    sys.path[0] = ""
    sys.argv = [""]
    main_module = types.ModuleType("__main__")
    main_module.__builtins__ = builtins
    _kept.append(sys.modules["__main__"])
    sys.modules["__main__"] = main_module
    return main_module


# Keeps the module main.py, whose globals would be cleared with it.
_kept = []


def _engine(link, main_module):
    try:
        lazy.load_shell()
    except ImportError:
        from .plain_engine import Engine
    else:
        from .ipython_engine import Engine
    from .event_loop import LoopRunner  # only now: asyncio's import is deferred

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
                os._exit(1)  # code set a memory limit too low to receive anything
            except BaseException:
                # A signal handler of user code raised between two calls.
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
        """Answers a call that failed without an answer, mostly for lack of memory. Without this it
        would last until its time-out. If it was already answered, the agent drops this answer."""
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
            # This sets up what renewal needs, mainly OpenSSL's generators, so that clones need not.
            renewal.renew()
            self._streams.flush()
            self._link.done(call, *outcome.finished)
        else:
            raise control.Closed(f"frame of type {kind}")

    def _renew(self):
        """Renews the random state, or exits: no state is better than one that all clones share."""
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
        except OSError as error:  # without this answer the call would last until its time-out
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
            # A child that user code forked has reached the end of the cell.
            self._streams.flush()
            os._exit(result.status & 0xFF)
        self._streams.flush()
        self._link.done(call, *result)


def _repair_and_renew():
    repair.after_code()  # a tracer that raises would prevent the renewal
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
    """Reads the code and removes its file. Drops a byte order mark, and replaces bytes that are not
    UTF-8."""
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    os.unlink(path)
    parts = []
    while part := os.read(file, 1 << 20):
        parts.append(part)
    os.close(file)
    return b"".join(parts).decode("utf-8", "replace").removeprefix("\ufeff")
