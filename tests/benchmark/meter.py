"""Runs a command and says what it cost: processor time of its whole process tree, wall time, memory.

Processor time is what the kernel accounts to a child and to all that it waited for (wait4(2)); Ansible waits for its
workers. Memory is looked at while the command runs: each process counts the pages it shares with others in part (PSS),
so the sum over a tree of forks is what the machine must have.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

LOOK_EVERY = 0.3
"""Seconds between two looks at the memory, at least; a look takes a twentieth of the time at most."""
_PROC = pathlib.Path("/proc")


class RunFailed(Exception):
    """A run that did not end as it should: its numbers mean nothing."""


@dataclass(frozen=True)
class Usage:
    """What a run cost."""

    wall: float
    """Seconds."""
    cpu: float
    """Seconds of processor time, user and system, of the whole tree."""
    peak_process: float
    """MB that the largest process of the tree held."""
    peak_tree: float
    """MB that the whole tree held at the same time, as far as seen; 0 for runs shorter than a look."""


def measure(
    command: Sequence[str],
    *,
    limit: float,
    log: pathlib.Path,
    environment: Mapping[str, str] | None = None,
    status: Sequence[int] = (0,),
) -> Usage:
    """Runs a command with its output in `log`. Raises RunFailed after `limit` seconds and for another exit status."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        began = time.monotonic()
        child = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
        watch = _Watch(child.pid, began + limit)
        watch.start()
        try:
            _unused, ended, used = os.wait4(child.pid, 0)
        except BaseException:
            end_tree(child.pid)
            child.wait()
            raise
        finally:
            watch.over.set()
            watch.join()
        child.returncode = os.waitstatus_to_exitcode(ended)  # wait4 took it from subprocess
    if watch.ended_it:
        raise RunFailed(f"{command[0]} was not done after {limit:g} s; see {log}")
    if child.returncode not in status:
        raise RunFailed(f"{command[0]} ended with status {child.returncode}; see {log}")
    wall = time.monotonic() - began
    return Usage(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, watch.peak / 1024)


def end_tree(top: int) -> None:
    """Ends a process and all below it; workers of Ansible are in sessions of their own."""
    for process in [top, *below(top)]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)


def below(top: int) -> list[int]:
    """The processes that a process started, and those started by them."""
    children: dict[int, list[int]] = {}
    for process, parent in _parents():
        children.setdefault(parent, []).append(process)
    found, waiting = [], [top]
    while waiting:
        started = children.get(waiting.pop(), [])
        found += started
        waiting += started
    return found


def cpu_of(process: int) -> float:
    """Seconds of processor time that a running process has used until now, without its children."""
    fields = (_PROC / str(process) / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_of(process: int) -> float:
    """MB that a process holds now; 0 when it is gone."""
    return _pss(process) / 1024


class _Watch(threading.Thread):
    """Looks at the memory of a tree, and ends it when its time is over."""

    def __init__(self, top: int, deadline: float) -> None:
        super().__init__(daemon=True)
        self._top = top
        self._deadline = deadline
        self.over = threading.Event()
        self.peak = 0
        """KB."""
        self.ended_it = False

    def run(self) -> None:
        pause = LOOK_EVERY
        while not self.over.wait(pause):
            began = time.monotonic()
            if began > self._deadline:
                self.ended_it = True
                end_tree(self._top)
                return
            self.peak = max(self.peak, sum(_pss(process) for process in [self._top, *below(self._top)]))
            pause = max(LOOK_EVERY, 20 * (time.monotonic() - began))


def _pss(process: int) -> int:
    """KB; 0 for a process that is gone."""
    with contextlib.suppress(OSError):
        for text in (_PROC / str(process) / "smaps_rollup").read_text().splitlines():
            if text.startswith("Pss:"):
                return int(text.split()[1])
    return 0


def _parents() -> Iterator[tuple[int, int]]:
    for entry in os.scandir(_PROC):
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                yield int(entry.name), int((_PROC / entry.name / "stat").read_text().rpartition(")")[2].split()[1])
