"""Where MpCmdRun.exe lies, for the operations that run it."""

from __future__ import annotations

from ..._windows import files, mpcmdrun
from ..._windows.cmdline import Outcome
from ..operation import Ask, Operation, reason


def fallbacks(system_root: str, tried: str) -> Operation[list[str]]:
    """Where else MpCmdRun.exe may lie: the newest platform folder, then Program Files (sure: command-line page)."""
    drive = system_root[:2]
    platform = rf"{drive}\ProgramData\Microsoft\Windows Defender\Platform"
    answer = yield Ask({"platforms": files.list_names(rf"{platform}\*")}, reads=True)
    newest = None if reason(answer["platforms"]) else mpcmdrun.newest(answer["platforms"].text.splitlines())
    candidates = [rf"{platform}\{newest}\MpCmdRun.exe"] if newest else []
    candidates.append(rf"{drive}\Program Files\Windows Defender\MpCmdRun.exe")
    return [path for path in candidates if path.lower() != tried.lower()]


def not_started(outcome: Outcome) -> mpcmdrun.NotStarted | None:
    """Why MpCmdRun did not start; None where it did. One that printed too much did."""
    return None if reason(outcome) else mpcmdrun.not_started(outcome.output, outcome.exit_code)


def more_telling(first: Outcome, then: Outcome) -> bool:
    """Whether the second of two outcomes without a start says more: that something refuses MpCmdRun, which is there."""
    one, other = not_started(first), not_started(then)
    return one is not None and other is not None and one.missing and not other.missing
