"""The commands inside cmd.exe.

What they do to the errorlevel differs from command to command; the table follows what Dave Benham measured on Windows
10 (stackoverflow.com/questions/34968009; likely).
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable

from ..nodes import SyntaxFault
from ..state import Shell
from . import console, directories, files, flow, listing, variables

Builtin = Callable[[Shell, str], int]


class Errorlevel(enum.Enum):
    """What a command does to the errorlevel."""

    KEEP = enum.auto()
    SET = enum.auto()
    SET_IN_CMD = enum.auto()
    """A failure sets it; success clears it only in a batch file named .cmd."""
    OWN = enum.auto()


KEEP, SET, SET_IN_CMD, OWN = Errorlevel

TABLE: dict[str, tuple[Builtin, Errorlevel]] = {
    "call": (flow.call, OWN),
    "cd": (directories.cd, SET),
    "chcp": (console.chcp, SET),
    "chdir": (directories.cd, SET),
    "cls": (console.cls, KEEP),
    "copy": (files.copy, SET),
    "del": (files.delete, SET),
    "dir": (listing.directory, SET),
    "echo": (console.echo, KEEP),
    "endlocal": (variables.endlocal, KEEP),
    "erase": (files.delete, SET),
    "exit": (flow.exit_, OWN),
    "goto": (flow.goto, KEEP),
    "md": (directories.md, SET),
    "mkdir": (directories.md, SET),
    "move": (files.move, SET),
    "path": (variables.path, SET_IN_CMD),
    "pause": (console.pause, KEEP),
    "popd": (directories.popd, KEEP),
    "prompt": (variables.prompt, SET_IN_CMD),
    "pushd": (directories.pushd, SET),
    "rd": (directories.rd, KEEP),
    "rem": (console.rem, KEEP),
    "ren": (files.rename, SET),
    "rename": (files.rename, SET),
    "rmdir": (directories.rd, KEEP),
    "set": (variables.set_, SET_IN_CMD),
    "setlocal": (variables.setlocal, SET),
    "shift": (flow.shift, KEEP),
    "title": (console.title, KEEP),
    "type": (files.type_, SET),
    "ver": (console.ver, SET),
}
NOT_SIMULATED = frozenset(
    ("assoc", "break", "color", "date", "dpath", "ftype", "keys", "mklink", "start", "time", "verify", "vol")
)
SEPARATORS = " \t,;=\v\f\xa0"
_WORD = re.compile(rf'(?:[^{SEPARATORS}"]+|"[^"]*"?)*')
NAME_ENDS = '/.:\\([]+"'


def is_builtin(name: str) -> bool:
    return name.lower() in TABLE or name.lower() in NOT_SIMULATED


def split(shell: Shell, text: str) -> tuple[str, str]:
    """A command's name and the rest of its text, which begins with the character that ended the name.

    The name of a builtin also ends at a slash, dot, colon, backslash, bracket or quote (`cd..`, `dir/b`, `echo.`).
    """
    word = _WORD.match(text)
    end = _before_parenthesis(text, word.end() if word else 0)
    name = text[:end]
    if is_builtin(name):
        return name, text[end:]
    short = next((i for i, c in enumerate(name) if c in NAME_ENDS), len(name))
    if short < len(name) and is_builtin(name[:short]) and not shell.files.is_file(shell.path(name)):
        return name[:short], text[short:]
    return name, text[end:]


def _before_parenthesis(text: str, end: int) -> int:
    """An opening parenthesis outside quotes ends every name, a program's too (Wine's tests; likely)."""
    if "(" not in text[:end]:
        return end
    quoted = False
    for position, character in enumerate(text[:end]):
        quoted ^= character == '"'
        if character == "(" and not quoted and position:
            return position
    return end


def run(shell: Shell, name: str, rest: str) -> int:
    """Runs a builtin by its lower-case name; returns what it counts as."""
    if name in NOT_SIMULATED:
        shell.process.unknown(name)
        shell.errorlevel = shell.fail("syntax")
        return 1
    if rest.strip() == "/?":
        shell.process.unknown(f"{name} /?")
        return 1
    function, policy = TABLE[name]
    try:
        code = function(shell, rest)
    except SyntaxFault:
        shell.process.unknown(f"{name}{rest}")
        shell.errorlevel = shell.fail("syntax")
        return 1
    in_cmd = shell.batch is not None and shell.batch.is_cmd
    if policy is SET or (policy is SET_IN_CMD and (code or in_cmd)):
        shell.errorlevel = code
    return code


def keeps_errorlevel(name: str) -> bool:
    """Whether a command leaves the errorlevel to `call`, which clears it then."""
    return name in TABLE and TABLE[name][1] is not OWN


def change_drive(shell: Shell, name: str) -> int:
    """`D:` alone."""
    if shell.files.is_directory(name):
        if name.lower() != shell.directory[:2].lower():
            shell.directory = name.upper()
        return 0
    shell.errorlevel = 1
    return shell.fail("no_drive")
