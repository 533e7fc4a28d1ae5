"""The event loop of top-level await: one for the session, running only while a cell awaits."""

import asyncio  # deferred by lazy

from . import interrupts


class LoopRunner:
    """Runs a cell's coroutine. Tasks a cell leaves go on in the next cell that awaits."""

    def __init__(self):
        self._loop = None
        self._interrupted = False

    def __call__(self, coroutine):
        if self._loop is None or self._loop.is_closed():
            self._loop = asyncio.new_event_loop()
        self._interrupted = False
        asyncio.set_event_loop(self._loop)
        task = self._loop.create_task(coroutine)
        try:
            return self._loop.run_until_complete(task)
        except KeyboardInterrupt:
            if task.done():
                raise
            # The interrupt came while the loop waited: the code sees a cancellation, and the cell
            # reports an interrupt.
            self._interrupted = True
            task.cancel()
            return self._loop.run_until_complete(task)

    def reason(self, cancelled):
        """The error to report for a cancellation that ended a cell."""
        if self._interrupted or interrupts.count:
            return KeyboardInterrupt().with_traceback(cancelled.__traceback__)
        return cancelled

    def __str__(self):
        return "asyncio"
