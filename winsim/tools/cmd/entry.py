"""The program cmd.exe: its switches, the quotes around its command, and lines from standard input."""

from __future__ import annotations

import re

from ...machine.clean.registry import COMMAND_PROCESSOR
from ...machine.files import Node
from ...machine.locale import codec
from ..environment import Environment
from ..process import Process
from . import expansion, interpreter, launch
from .parser import BLANKS
from .state import Leave, LeaveBatch, Shell

SPECIAL = "&<>()@^|"


def execute(process: Process, line: str) -> int:
    """Runs one command line as `cmd /c LINE` does; returns its exit code."""
    return run(process, "/c " + line)


def run(process: Process, arguments: str) -> int:
    """The program: `/c LINE` runs a line and ends; without it, and with `/k`, lines come from standard input."""
    shell = _shell(process, arguments)
    rest, keep_quotes, command, no_autorun = arguments, True, "", False
    while not command and "/" in rest:  # whatever else stands before `/c` is passed over (Wine's tests; likely)
        rest = rest.partition("/")[2]
        switch, rest = rest[:1].lower(), rest[1:]
        if switch in ("c", "k", "r"):
            command = switch
        elif switch == "s":
            keep_quotes = False
        elif switch == "q":
            shell.echo = False
        elif switch in ("v", "e", "f"):
            value = re.match(r":?\w*", rest)
            _option(shell, switch, value[0].lower() if value else "")
        elif switch == "d":
            no_autorun = True
        elif switch != "a":
            process.unknown(f"cmd /{switch}")
    if not no_autorun:
        try:
            _autorun(shell)
        except (Leave, LeaveBatch) as leave:
            return leave.code
    line = unquoted(shell, rest.lstrip(BLANKS + ",;="), keep_quotes)
    if command == "k":
        try:
            interpreter.run_line(shell, line)
        except (Leave, LeaveBatch) as leave:
            return leave.code
    elif command:
        return interpreter.run_alone(shell, line)
    return _interactive(shell, banner=not command)


def _autorun(shell: Shell) -> None:
    """Runs AutoRun of the machine, then of the account (cmd /?: sure). Raises Leave where it says `exit`."""
    registry = shell.machine.registry
    for hive in ("HKLM", f"HKU\\{shell.process.token.sid}"):
        line = registry.text(f"{hive}\\{COMMAND_PROCESSOR}", "AutoRun")
        if line:
            interpreter.run_line(shell, line)


def _shell(process: Process, arguments: str = "") -> Shell:
    environment = Environment.of(process.environment)
    for name, value in (("PROMPT", "$P$G"), ("ComSpec", r"C:\Windows\system32\cmd.exe")):
        if name.upper() not in environment:
            environment.put(name, value)
    directory = process.machine.files.normal(".", process.directory.rstrip("\\"))
    return Shell(process, environment, directory, command_line=f"cmd {arguments}")


def _option(shell: Shell, switch: str, value: str) -> None:
    if switch == "v":
        shell.delayed = value in ("", ":on")
    elif (switch, value) not in (("e", ":on"), ("e", ""), ("f", ":off")):
        shell.process.unknown(f"cmd /{switch}{value}")


def unquoted(shell: Shell, line: str, keep_quotes: bool = True) -> str:
    """The line without the quotes around it.

    Where it begins with a quote, the first and the last are taken away, unless there are exactly two, no `/s`, a blank
    and none of `&<>()@^|` between them, and what stands between them is a program (cmd /?; sure).
    """
    if not line.startswith('"'):
        return line
    if keep_quotes and line.count('"') == 2:
        inner = line[1 : line.rindex('"')]
        if not any(c in SPECIAL for c in inner) and any(c in BLANKS for c in inner) and launch.resolve(shell, inner):
            return line
    head, _unused, tail = line[1:].rpartition('"') if '"' in line[1:] else (line[1:], "", "")
    return head + tail


def _interactive(shell: Shell, banner: bool) -> int:
    """Reads lines, each echoed after its prompt as a cmd.exe without a console does (recalled)."""
    process, system = shell.process, shell.machine.os
    if banner:
        process.write(
            f"Microsoft Windows [Version {system.version}.{system.build}.{system.revision}]\r\n"
            + process.message("cmd.copyright")
        )
    text = process.stdin.read().decode(codec(process.console.code_page), "replace")
    for line in text.replace("\r\n", "\n").splitlines():
        if shell.echo:
            process.write(f"\r\n{shell.prompt()}{line}\r\n")
        try:
            interpreter.run_line(shell, line)
        except (Leave, LeaveBatch) as leave:
            return leave.code
    if shell.echo:
        process.write(f"\r\n{shell.prompt()}")
    return shell.errorlevel


def resolve(process: Process, name: str) -> Node | None:
    """The file that a program's name starts, found as cmd.exe finds it."""
    return launch.resolve(_shell(process), name)


def expanded(process: Process, text: str) -> str:
    """Text with its `%NAME%` expanded; an unknown one stays."""
    return expansion.on_command_line(text, _shell(process).lookup)
