"""Many jobs at the same time in threads of one process: bounded, also by group, watched, and broken off on demand.

The main thread prepares each job when a thread is free for it, keeps the times and hears signals.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

POLL_INTERVAL = 0.5
"""Seconds after which the main thread looks at the times again, if nothing ends before."""


@dataclass
class Job:
    """One piece of work."""

    name: str
    work: Callable[[], Any]
    """Runs in a thread; must not raise."""
    stop: Callable[[], None]
    """Breaks `work` off from another thread; may take its time."""
    seconds: float
    """After which its thread is given up: the time that `work` keeps to by itself, and some to clean up."""
    groups: tuple[str, ...] = field(default=(), init=False)
    ends: float = field(default=0.0, init=False)


class WorkerPool:
    """At most `limit` jobs at a time, and of a group at most what `group_limits` says."""

    def __init__(self, limit: int, group_limits: Mapping[str, int] | None = None) -> None:
        self._limit = limit
        self._group_limits = dict(group_limits or {})
        self._todo: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[tuple[Job, Any]] = queue.SimpleQueue()
        self._threads = 0
        self._running: dict[str, Job] = {}
        self._busy: Counter[str] = Counter()
        self._stopping = threading.Event()
        self.lost = 0
        """Threads that were given up."""

    @property
    def running(self) -> int:
        """How many jobs are under way."""
        return len(self._running)

    @property
    def stopped(self) -> bool:
        """Whether it was told to end early."""
        return self._stopping.is_set()

    def stop(self) -> None:
        """Lets `run_all` end early; may come from a signal handler."""
        self._stopping.set()

    def run_all(
        self,
        names: Iterable[str],
        prepare: Callable[[str], Job | None],
        groups: Callable[[str], Iterable[str]] = lambda _name: (),
        grace: float = 0.0,
    ) -> Generator[tuple[str, Any] | None, None, None]:
        """Carries out the jobs of all names and gives each name with its result, in the order in which they end.

        A name for which `prepare` makes no job is left out. None is given every POLL_INTERVAL in which none ends; a job
        whose thread is given up has the result None. After `stop`, or when the caller closes the iterator, no job
        starts any more, those that run are broken off, and `grace` seconds are waited for them.
        """
        waiting = self._waiting(names, groups)
        try:
            while not self._stopping.is_set():
                # What ended is given out first: the threads need not wait for that, but a caller may count.
                if len(self._running) < self._limit and self._done.empty():
                    found = self._next(waiting)
                    if found is not None:
                        job = prepare(found[0])
                        if job is not None:
                            self._start(job, found[1])
                        continue
                if not self._running:
                    return
                yield from self._ended()
        finally:
            self._cancel(grace)
            for _unused in range(self._threads):
                self._todo.put(None)
            self._threads = 0

    def _waiting(
        self, names: Iterable[str], groups: Callable[[str], Iterable[str]]
    ) -> dict[tuple[str, ...], deque[tuple[int, str]]]:
        """The names in their order, by the limited groups that they are in."""
        waiting: dict[tuple[str, ...], deque[tuple[int, str]]] = {}
        for number, name in enumerate(names):
            limited = tuple(group for group in groups(name) if group in self._group_limits)
            waiting.setdefault(limited, deque()).append((number, name))
        return waiting

    def _next(self, waiting: dict[tuple[str, ...], deque[tuple[int, str]]]) -> tuple[str, tuple[str, ...]] | None:
        """The first name whose groups have room."""
        free = [
            (names[0][0], limited)
            for limited, names in waiting.items()
            if names and all(self._busy[group] < self._group_limits[group] for group in limited)
        ]
        if not free:
            return None
        _unused, limited = min(free)
        return waiting[limited].popleft()[1], limited

    def _start(self, job: Job, groups: tuple[str, ...]) -> None:
        job.groups, job.ends = groups, time.monotonic() + job.seconds
        self._running[job.name] = job
        self._busy.update(groups)
        if self._threads < len(self._running):
            self._threads += 1
            # Daemons: a thread that was given up must not keep the process alive.
            threading.Thread(target=self._serve, name="windefend.maps sweep", daemon=True).start()
        self._todo.put(job)

    def _serve(self) -> None:
        while (job := self._todo.get()) is not None:
            self._done.put((job, job.work()))

    def _ended(self) -> Iterator[tuple[str, Any] | None]:
        next_end = min(job.ends for job in self._running.values()) - time.monotonic()
        try:
            job, result = self._done.get(timeout=max(0.0, min(POLL_INTERVAL, next_end)))
        except queue.Empty:
            yield from self._given_up() or (None,)
            return
        if self._release(job):
            yield job.name, result

    def _given_up(self) -> list[tuple[str, None]]:
        late = [job for job in self._running.values() if job.ends <= time.monotonic()]
        for job in late:
            self._release(job)
            self.lost += 1
            self._threads -= 1  # it may hang for ever; another takes its place
            _stop(job)
        return [(job.name, None) for job in late]

    def _release(self, job: Job) -> bool:
        """False for one whose thread was given up before."""
        if self._running.get(job.name) is not job:
            return False
        del self._running[job.name]
        self._busy.subtract(job.groups)
        return True

    def _cancel(self, grace: float) -> None:
        for job in self._running.values():
            _stop(job)
        deadline = time.monotonic() + grace
        while self._running and (left := deadline - time.monotonic()) > 0:
            try:
                job, _unused = self._done.get(timeout=left)
            except queue.Empty:
                return
            self._release(job)


def _stop(job: Job) -> None:
    threading.Thread(target=job.stop, name="windefend.maps sweep, stopping", daemon=True).start()
