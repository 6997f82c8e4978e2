"""cd, pushd, popd, md, rd."""

from __future__ import annotations

from ....machine.access import may_read, may_write
from ....machine.files import ACCESS_DENIED, DIRECTORY_NOT_EMPTY, FILE_NOT_FOUND
from ....machine.locale import codec
from ..paths import base_name, parent, split_switches
from ..state import Shell
from .input import read_line

NOT_A_DIRECTORY = 267


def cd(shell: Shell, rest: str) -> int:
    """Shows or changes the directory; blanks in a name need no quotes."""
    text = rest.strip(" \t,;=")
    to_other_drive = text[:2].lower() == "/d" and text[2:3] in (" ", "\t", '"', "")
    if to_other_drive:
        text = text[2:].strip()
    name = text.replace('"', "").rstrip()
    if not name:
        shell.process.write(shell.shown(shell.directory) + "\r\n")
        return 0
    return _enter(shell, name, to_other_drive)


def _enter(shell: Shell, name: str, to_other_drive: bool = True) -> int:
    path = shell.path(name)
    node = shell.files.find(path)
    if node is None:
        return shell.fail("path_not_found")
    if not node.is_directory:
        return shell.fail("not_a_directory")
    if not may_read(shell.files, shell.token, path):
        return shell.fail("access_denied")
    if to_other_drive or path[:2].lower() == shell.directory[:2].lower():
        shell.directory = node.path
    return 0


def pushd(shell: Shell, rest: str) -> int:
    name = rest.strip().replace('"', "")
    if not name:
        for directory in reversed(shell.pushed):
            shell.process.write(directory + "\r\n")
        return 0
    before = shell.directory
    code = _enter(shell, name)
    if not code:
        shell.pushed.append(before)
    return code


def popd(shell: Shell, _unused: str) -> int:
    if not shell.pushed:
        return 1
    shell.directory = shell.pushed.pop()
    return 0


def md(shell: Shell, rest: str) -> int:
    """Makes directories with their parents."""
    switches, names = split_switches(rest)
    if switches or not names:
        return shell.fail("syntax")
    code = 0
    for name in names:
        code = _make(shell, name) or code
    return code


def _make(shell: Shell, name: str) -> int:
    path = shell.path(name)
    parts = path.split("\\")
    for length in range(2, len(parts) + 1):
        part = "\\".join(parts[:length])
        if any(character in parts[length - 1] for character in '*?<>|:"'):
            return shell.fail("invalid_name")
        node = shell.files.find(part)
        if node is not None and not node.is_directory and length < len(parts):
            return shell.fail("path_not_found")
        if node is None:
            if not may_write(shell.files, shell.token, part + "\\x"):
                return shell.fail("access_denied")
            shell.files.make_directory(part)
        elif length == len(parts):
            return shell.fail("already_exists", name=name)
    return 0 if len(parts) > 1 else shell.fail("access_denied")


def rd(shell: Shell, rest: str) -> int:
    """Removes directories; counts as the Win32 error of a failure."""
    switches, names = split_switches(rest)
    if not names or set(switches) - {"s", "q"}:
        return shell.fail("syntax")
    code = 0
    for name in names:
        code = _remove(shell, name, "s" in switches, "q" in switches) or code
    return code


def _remove(shell: Shell, name: str, whole: bool, quiet: bool) -> int:
    path = shell.path(name)
    node = shell.files.find(path)
    if node is None:
        return shell.fail("file_not_found", FILE_NOT_FOUND)
    if not node.is_directory:
        return shell.fail("not_a_directory", NOT_A_DIRECTORY)
    if len(path) == 2 or not may_write(shell.files, shell.token, parent(path) + "\\" + base_name(path)):
        return shell.fail("access_denied", ACCESS_DENIED)
    if not whole:
        if any(shell.files.children(path)):
            return shell.fail("not_empty", DIRECTORY_NOT_EMPTY)
        shell.files.remove(path)
        return 0
    if not quiet:
        shell.process.write(shell.process.message("cmd.sure", name=name))
        answer = read_line(shell.process.stdin).decode(codec(shell.process.console.code_page), "replace")
        if answer[:1].lower() != "y":
            return 0
    shell.files.remove_tree(path)
    return 0
