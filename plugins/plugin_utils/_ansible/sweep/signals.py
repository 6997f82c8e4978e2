"""Hears the signals with which Ansible ends a worker, so that what is open on hosts can be closed first."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM)
"""What task_queue_manager sends to its workers: the one on Ctrl-C, the other right after it, or alone."""


@contextlib.contextmanager
def signals_deferred(stop: Callable[[], None]) -> Iterator[None]:
    """Calls `stop` at the first signal; at the end of the block the process gets that signal as it would have.

    Further signals change nothing: Ansible's second one comes at once, and what `stop` starts is bounded in time. For
    the main thread.
    """
    heard: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        heard.append(number)
        stop()

    before: dict[signal.Signals, Any] = {number: signal.signal(number, note) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if heard:
            os.kill(os.getpid(), heard[0])
