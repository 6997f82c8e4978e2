"""Where MpCmdRun.exe lies, for the operations that run it."""

from __future__ import annotations

from ..._windows import files, mpcmdrun
from ..._windows.cmdline import NO_SUCH_PROGRAM, Outcome
from ..operation import Ask, Operation, reason

NO_SUCH_PATH = (1, 3)
"""How a line ends for a path whose folder is not there (recalled); MpCmdRun may end so too, but then names itself."""


def fallbacks(system_root: str, tried: str) -> Operation[list[str]]:
    """Where else MpCmdRun.exe may lie: the newest platform folder, then Program Files (sure: command-line page)."""
    drive = system_root[:2]
    platform = rf"{drive}\ProgramData\Microsoft\Windows Defender\Platform"
    answer = yield Ask({"platforms": files.list_names(rf"{platform}\*")}, reads=True)
    newest = None if reason(answer["platforms"]) else mpcmdrun.newest(answer["platforms"].text.splitlines())
    candidates = [rf"{platform}\{newest}\MpCmdRun.exe"] if newest else []
    candidates.append(rf"{drive}\Program Files\Windows Defender\MpCmdRun.exe")
    return [path for path in candidates if path.lower() != tried.lower()]


def not_started(outcome: Outcome) -> bool:
    """Whether there was no such program; one that printed too much did start."""
    if reason(outcome):
        return False
    return outcome.exit_code == NO_SUCH_PROGRAM or (
        outcome.exit_code in NO_SUCH_PATH and b"MpCmdRun" not in outcome.output
    )
