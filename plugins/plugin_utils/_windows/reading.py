"""Commands that read: what each tool answers for what is there and for what is absent, and what its answer proves.

An exit code alone never proves that something is absent: reg, findstr and dir end with 1 for everything that they could
not do, such as a key that is not there, a key that the account may not read, and a policy that turns reg off
(amicalhq/amical issue 163: *likely*). So a command that reads brings its own proof along: where it fails, the same tool
is asked for something that holds the name (the parent key, the folder above), and `absent` is what was looked for there
and not found. `answers` draws the conclusion. What a tool says in words is translated, so it is shown and never read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

MARK: Final = "?"
"""A line that stands before the answer of each command that was asked because those before it failed. No file and no
line of reg is named so."""


@dataclass(frozen=True)
class Reading:
    """What a command reads, for those who judge its answer."""

    tool: str
    """A key of TOOLS."""
    what: str
    """What is read, for messages: `the registry key HKLM\\...`."""
    places: tuple[str, ...] = ()
    """What is asked one after the other until something answers, the place itself first."""
    name: str = ""
    """The value that is asked for in the first place; empty: the place itself."""
    silent: bool = False
    """What is found is not printed."""
    denied_is_absent: bool = False
    """What is there and cannot be read is the answer that is asked for: whether the account may read it."""
    by_parent: bool = False
    """Another command of the same Ask reads the key above, whose answer proves that this one is absent."""
    whole_key: bool = False
    """All that a key of the 64-bit view holds is printed, the names of its keys too."""


@dataclass(frozen=True)
class Tool:
    """How a tool answers. `found` and `absent` are exit codes; the texts are a row of docs/commands.md."""

    program: str
    found: frozenset[int]
    absent: frozenset[int]
    """Exit codes that say by themselves that there is no such thing."""
    found_as: str
    absent_as: str
    """How absent is told from everything else."""
    denied_as: str
    off_as: str
    """Turned off by policy, or its service does not run."""


_ZERO: Final = frozenset({0})
_NONE: Final[frozenset[int]] = frozenset()

TOOLS: Final[Mapping[str, Tool]] = {
    "reg": Tool(
        "reg query",
        _ZERO,
        _NONE,
        "0",
        "1, and the nearest key above that can be read does not list the name",
        "1, and the key above lists the name",
        "1, also for the keys above",
    ),
    "keys": Tool(
        "reg query, of several keys",
        frozenset({0, 1}),
        _NONE,
        "no mark behind it",
        "its mark, and its parent key in the same command does not list the name",
        "its mark, and its parent key lists the name",
        "its mark, and that of its parent key",
    ),
    "sc": Tool(
        "sc query",
        _ZERO,
        frozenset({1060}),
        "0 and a state",
        "1060 (ERROR_SERVICE_DOES_NOT_EXIST)",
        "5 (ERROR_ACCESS_DENIED)",
        "another code",
    ),
    "netsh": Tool(
        "netsh winhttp show advproxy",
        _ZERO,
        _NONE,
        "0 and JSON",
        "1, the output repeats the command, and `netsh winhttp show proxy` ends with 0",
        "1, and the output does not repeat the command",
        "1, also for `show proxy`",
    ),
    "findstr": Tool(
        "findstr x <nul",
        frozenset({1}),
        _NONE,
        "1: it ran",
        "never: it only shows that a filter behind a pipe can run",
        "another code",
        "another code",
    ),
    "filter": Tool(
        "reg query, piped to findstr",
        frozenset({0, 1}),
        _NONE,
        "0 and lines",
        "1 without the mark of the reading side; or its mark, and its parent key does not list the name",
        "the mark of the reading side, and its parent key lists the name",
        "the mark of the reading side, and that of its parent key",
    ),
    "dir": Tool(
        "dir /b",
        _ZERO,
        _NONE,
        "0",
        "1, and the nearest folder above that can be listed does not hold the name",
        "1, and the folder above lists the name",
        "1, also for the drive",
    ),
    "schtasks": Tool(
        "schtasks /query",
        _ZERO,
        _NONE,
        "0",
        "1, and the folder of the tasks can be listed and holds no such file",
        "1, and the file of the task is there",
        "1, and the folder of the tasks cannot be listed",
    ),
    "wfp": Tool("netsh wfp show netevents", _ZERO, _NONE, "0", "0 and no event", "another code", "another code"),
    "wevtutil": Tool("wevtutil qe", _ZERO, _NONE, "0", "0 and no event", "another code", "another code"),
}
"""Every kind of command that reads. A missing tool is 9009 and a command that ran out of time or output has no code:
both are `unknown` for every one of them."""
