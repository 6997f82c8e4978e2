"""ping.exe, as far as scripts use it to wait: `ping -n COUNT 127.0.0.1`.

Who waits so for a scheduled task of the same machine does not wait longer than it takes: one that is due within the
second starts at once, and the second is over when it has ended.
"""

from __future__ import annotations

import datetime as dt
import time

from . import arguments as command_line
from .process import Process

LOOPBACK = ("127.0.0.1", "localhost", "::1")
LOOK = 0.02
"""Seconds between two looks whether a task has ended."""


def run(process: Process, arguments: str) -> int:
    """Answers for the machine itself, a second between two requests; every other host is not simulated."""
    words = command_line.split(arguments)
    count, host = 4, ""
    while words:
        word = words.pop(0)
        if word.lower() in ("-n", "/n") and words and words[0].isdigit():
            count = int(words.pop(0))
        elif not word.startswith(("-", "/")) and not host:
            host = word
        else:
            process.unknown(f"ping {arguments}")
            return 1
    if host.lower() not in LOOPBACK:
        process.unknown(f"ping {host}")
        process.write(process.message("ping.no_host", host=host))
        return 1
    address = "::1" if host == "::1" else "127.0.0.1"
    process.write(process.message("ping.head", host=host))
    for number in range(count):
        if number:
            _wait(process, 1.0)
        process.write(process.message("ping.reply", address=address))
    process.write(process.message("ping.statistics", address=address, count=count))
    return 0


def _wait(process: Process, seconds: float) -> None:
    if not _task_is_awaited(process):
        process.sleep(seconds)
        return
    now = process.machine.true_time()
    for task in list(process.machine.tasks.values()):
        if task.due is not None and now < task.due <= now + dt.timedelta(seconds=seconds):
            task.due = now
    process.start_due(process.machine)
    end = time.monotonic() + seconds
    while _task_is_awaited(process) and time.monotonic() < end:
        process.sleep(LOOK)
        process.start_due(process.machine)


def _task_is_awaited(process: Process) -> bool:
    """Whether a task of the machine is to start, or runs."""
    return any(task.due is not None or task.running for task in list(process.machine.tasks.values()))
