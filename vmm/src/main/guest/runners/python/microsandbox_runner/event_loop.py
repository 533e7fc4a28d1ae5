"""The event loop of top-level await: one for the session, running only while a cell awaits."""

import functools
import sys
import threading

from . import interrupts

_session = None


def loop():
    """The session's loop."""
    import asyncio  # which is deferred: see lazy

    global _session
    if _session is None or _session.is_closed():
        _session = asyncio.new_event_loop()
    return _session


def adjust(asyncio):
    """A notebook's loop always runs, a script's never at the top level. Code for either works:
    create_task() where no loop runs, and run() where a cell awaits something too."""
    run, create_task = asyncio.run, asyncio.create_task

    @functools.wraps(run)
    def run_apart(main, **options):
        running = asyncio._get_running_loop()
        if running is not None and running is not _session:
            return run(main, **options)
        asyncio._set_running_loop(None)
        try:
            return run(main, **options)
        finally:
            asyncio._set_running_loop(running)
            if threading.current_thread() is threading.main_thread():
                asyncio.set_event_loop(loop())  # run() leaves none

    @functools.wraps(create_task)
    def create(coroutine, **options):
        main = threading.current_thread() is threading.main_thread()
        if main and asyncio._get_running_loop() is None:
            return loop().create_task(coroutine, **options)
        return create_task(coroutine, **options)

    asyncio.run, asyncio.create_task = run_apart, create


def is_cancellation(error):
    """Whether it is asyncio's. Where asyncio has not run, there is none, and asking must not make
    it run: a first error would take seconds on a slow machine, and an interrupt be late."""
    exceptions = sys.modules.get("asyncio.exceptions")
    return exceptions is not None and isinstance(error, exceptions.CancelledError)


class LoopRunner:
    """Runs a cell's coroutine. Tasks a cell leaves go on in the next cell that awaits."""

    def __init__(self):
        self._interrupted = False

    def __call__(self, coroutine):
        import asyncio

        self._interrupted = False
        session = loop()
        asyncio.set_event_loop(session)
        task = session.create_task(coroutine)
        try:
            return session.run_until_complete(task)
        except KeyboardInterrupt:
            if task.done():
                raise
            # The interrupt came while the loop waited: the code sees a cancellation, and the cell
            # reports an interrupt.
            self._interrupted = True
            task.cancel()
            return session.run_until_complete(task)

    def reason(self, cancelled):
        """The error to report for a cancellation that ended a cell."""
        if self._interrupted or interrupts.count:
            return KeyboardInterrupt().with_traceback(cancelled.__traceback__)
        return cancelled

    def __str__(self):
        return "asyncio"
