"""The event loop for top-level await. The session has one, which runs only while a cell awaits."""

import functools
import sys
import threading

from . import interrupts

_session = None


def loop():
    """Returns the session's loop."""
    import asyncio  # deferred: see lazy

    global _session
    if _session is None or _session.is_closed():
        _session = asyncio.new_event_loop()
    return _session


def adjust(asyncio):
    """Makes asyncio work for both kinds of code. A notebook's loop always runs; at the top level of
    a script none does. So create_task() works without a running loop, and run() works in a cell
    that also awaits something."""
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
                asyncio.set_event_loop(loop())  # run() leaves no loop set

    @functools.wraps(create_task)
    def create(coroutine, **options):
        main = threading.current_thread() is threading.main_thread()
        if main and asyncio._get_running_loop() is None:
            return loop().create_task(coroutine, **options)
        return create_task(coroutine, **options)

    asyncio.run, asyncio.create_task = run_apart, create


def is_cancellation(error):
    """Whether an error is asyncio's CancelledError. If asyncio has not been loaded, it is not, and
    this check must not load it: on a slow machine the first error would take seconds, and an
    interrupt would be late."""
    exceptions = sys.modules.get("asyncio.exceptions")
    return exceptions is not None and isinstance(error, exceptions.CancelledError)


class LoopRunner:
    """Runs a cell's coroutine. Tasks that a cell leaves continue in the next cell that awaits."""

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
            # The interrupt arrived while the loop was waiting. The code sees a cancellation, and
            # the cell reports an interrupt.
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
