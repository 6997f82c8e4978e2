"""echo, rem, cls, title, pause, ver, chcp."""

from __future__ import annotations

from ....machine.locale import codec
from ..conditions import number
from ..state import Shell
from .input import read_line

ECHO_ENDS = " \t,;=.:/\\([]+"
FIRST_BUILD_WITH_REVISION = 16299
"""From Windows 10 1709 on, `ver` prints the revision (likely: published captures of both kinds)."""


def echo(shell: Shell, rest: str) -> int:
    """Prints the rest of the line but for the one character that ended `echo`; `on` and `off` switch echoing."""
    if rest.strip(" \t,;=").lower() in ("on", "off") and rest[:1] in " \t,;=":
        shell.echo = rest.strip(" \t,;=").lower() == "on"
        return 0
    if not rest.strip() or not rest.strip(" \t,;="):
        shell.process.write(shell.process.message("cmd.echo_on" if shell.echo else "cmd.echo_off"))
        return 0
    shell.process.write((rest[1:] if rest[0] in ECHO_ENDS else rest) + "\r\n")
    return 0


def rem(_unused: Shell, __: str) -> int:
    return 0


def title(_unused: Shell, __: str) -> int:
    return 0


def cls(shell: Shell, _unused: str) -> int:
    """Writes a form feed where output is no console."""
    shell.process.write("\f")
    return 0


def pause(shell: Shell, _unused: str) -> int:
    shell.process.write(shell.process.message("cmd.pause"))
    read_line(shell.process.stdin)
    return 0


def ver(shell: Shell, _unused: str) -> int:
    system = shell.machine.os
    revision = f".{system.revision}" if system.build >= FIRST_BUILD_WITH_REVISION else ""
    shell.process.write(f"\r\nMicrosoft Windows [Version {system.version}.{system.build}{revision}]\r\n")
    return 0


def chcp(shell: Shell, rest: str) -> int:
    """Shows or sets the console's code page. A program of its own on Windows (chcp.com); every machine has it."""
    process = shell.process
    wanted = rest.strip()
    if wanted:
        page = number(wanted)
        if page is None:
            return shell.fail("chcp_syntax", value=wanted)
        try:
            "".encode(codec(page))
        except LookupError:
            return shell.fail("chcp_invalid")
        process.console.code_page = page
    process.write(process.message("cmd.chcp", page=process.console.code_page))
    return 0
