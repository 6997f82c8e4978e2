"""The form of a recording: JSON Lines, first what it is, then each line that was sent with its answers.

    {"format": "windefend.maps.recording/1", "collection": "1.0.0", "source": "not stated"}
    {"at": 1.2, "took": 0.4, "skew": 0, "exit_code": 0,
     "answers": [{"asked": "reg query ...", "code": 0, "text": "..."}, ...], "errors": {"text": "..."}}

`answers` are those of the commands of a line, apart; `code` is null for one whose end never came. `errors` is standard
error of the whole line. Texts may have an `encoding` other than UTF-8 (see `placeholders`). Times are in seconds,
counted from the beginning of the run. A line that failed has `error`, the kind, instead of answers.
"""

from __future__ import annotations

import re
from typing import Any, Final

from .placeholders import Placeholders

FORMAT: Final = "windefend.maps.recording/1"
_LINE: Final = re.compile(r"echo #([A-Za-z0-9]{8,64})& ver>nul& (.*)\Z", re.DOTALL)
"""A line of `_windows.batch`, whose marks tell the answers of its commands apart."""
_BETWEEN: Final = re.compile(r" & call echo #[A-Za-z0-9]{8,64}:\d{1,4}:%\^errorlevel%(?:& ver>nul& )?")
_BEGIN: Final = re.compile(rb"#([A-Za-z0-9]{8,64})[ \t]{0,8}\r?\n")
_MARK: Final = re.compile(rb"#([A-Za-z0-9]{8,64}):\d{1,4}:(-?\d{1,10})[ \t]{0,8}\r?\n")


def header(collection: str, source: str) -> dict[str, Any]:
    """The first object of a recording."""
    return {"format": FORMAT, "collection": collection, "source": source}


def answers(line: str, stdout: bytes, hide: Placeholders) -> list[dict[str, Any]]:
    """The commands of a line, each with what it printed and its exit code."""
    found = _LINE.match(line)
    if found is None:
        return [{"asked": hide.text(line), "code": None, **hide.stream(stdout)}]
    commands = _BETWEEN.split(found[2])[:-1]
    outputs = _outputs(stdout, found[1].encode())
    return [
        {"asked": hide.text(command), "code": code, **hide.stream(output)}
        for number, command in enumerate(commands)
        for output, code in [outputs[number] if number < len(outputs) else (b"", None)]
    ]


def _outputs(stdout: bytes, token: bytes) -> list[tuple[bytes, int | None]]:
    """What stands before each mark of this token, with the exit code in it, and the rest without one."""
    begin = next((one for one in _BEGIN.finditer(stdout) if one[1] == token), None)
    position = begin.end() if begin else 0
    found: list[tuple[bytes, int | None]] = []
    for mark in _MARK.finditer(stdout, position):
        if mark[1] == token:
            found.append((stdout[position : mark.start()], int(mark[2])))
            position = mark.end()
    return [*found, (stdout[position:], None)]
