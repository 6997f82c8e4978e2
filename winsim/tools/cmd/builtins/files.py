"""type, copy, move, del, ren."""

from __future__ import annotations

from ....machine.access import may_read, may_write
from ....machine.files import ACCESS_DENIED, PATH_NOT_FOUND, FileError, Node
from ....machine.locale import codec
from ..nodes import SyntaxFault
from ..paths import base_name, expand, is_pattern, parent, split_switches
from ..redirection import ERROR_TEXTS, read_input
from ..state import Shell
from .input import read_line

UTF16_MARK = b"\xff\xfe"


def type_(shell: Shell, rest: str) -> int:
    """Prints files unchanged; UTF-16 with its mark is converted to the console's code page (recalled)."""
    _unused, names = split_switches(rest)
    if not names:
        return shell.fail("syntax")
    several = len(names) > 1 or is_pattern(names[0])
    code = 0
    for name in names:
        found = [node.path for node in expand(shell, name) if not node.is_directory] if is_pattern(name) else [name]
        if not found:
            code = shell.fail("file_not_found") or shell.fail("processing", name=name)
        for path in found:
            try:
                content = read_input(shell, path)
            except FileError as error:
                code = shell.fail(ERROR_TEXTS[error.code])
                if several:
                    shell.fail("processing", name=name)
                continue
            if several:
                shell.process.write_error(f"\r\n{base_name(path) if is_pattern(name) else path}\r\n\r\n\r\n")
            if content.startswith(UTF16_MARK):
                content = (
                    content[2:].decode("utf-16-le", "replace").encode(codec(shell.process.console.code_page), "replace")
                )
            shell.process.write("")
            shell.process.stdout(content)
    return code


def _put(shell: Shell, path: str, content: bytes, program: str = "") -> None:
    """Writes a file where the token may; raises FileError."""
    if shell.files.is_directory(parent(path)) and not may_write(shell.files, shell.token, path):
        raise FileError(ACCESS_DENIED, path)
    shell.files.write(path, content, program)


def _sources(shell: Shell, name: str) -> list[Node]:
    if name.lower() == "nul":
        return [Node("nul", b"")]
    nodes = list(expand(shell, name))
    if len(nodes) == 1 and nodes[0].is_directory and not is_pattern(name):
        nodes = list(shell.files.children(nodes[0].path))
    return [node for node in nodes if not node.is_directory]


def copy(shell: Shell, rest: str) -> int:
    """Copies files to a file or a directory."""
    switches, names = split_switches(rest)
    if "+" in rest or set(switches) - {"y", "-y", "b", "a", "v", "z", "d"}:
        raise SyntaxFault
    if not 1 <= len(names) <= 2:
        return shell.fail("syntax")
    target = names[1] if len(names) == 2 else "."
    nodes = _sources(shell, names[0])
    if not nodes:
        return shell.fail(
            "file_not_found" if shell.files.is_directory(parent(shell.path(names[0]))) else "path_not_found"
        )
    into = shell.files.is_directory(shell.path(target))
    if any(name.endswith("\\") and not shell.files.is_directory(shell.path(name)) for name in (names[0], target)):
        return shell.fail("path_not_found")
    for count, node in enumerate(nodes):
        if is_pattern(names[0]):
            shell.process.write(f"{names[0][: len(names[0]) - len(base_name(names[0]))]}{base_name(node.path)}\r\n")
        destination = f"{shell.path(target)}\\{base_name(node.path)}" if into else shell.path(target)
        if target.lower() == "nul":
            continue
        if destination.lower() == node.path.lower():
            shell.fail("onto_itself")
            shell.process.write(shell.process.message("cmd.copied", count=count))
            return 1
        if not may_read(shell.files, shell.token, node.path):
            return shell.fail("access_denied")
        try:
            _put(shell, destination, node.content or b"", node.program)
        except FileError as error:
            shell.fail(ERROR_TEXTS[error.code])
            shell.process.write(shell.process.message("cmd.copied", count=count))
            return 1
    shell.process.write(shell.process.message("cmd.copied", count=len(nodes)))
    return 0


def _rename_tree(shell: Shell, old: str, new: str) -> None:
    nodes = shell.files.nodes
    for key in [k for k in nodes if k == old.lower() or k.startswith(old.lower() + "\\")]:
        node = nodes.pop(key)
        node.path = new + node.path[len(old) :]
        nodes[node.path.lower()] = node


def move(shell: Shell, rest: str) -> int:
    """Moves files, or renames one directory."""
    switches, names = split_switches(rest)
    if set(switches) - {"y", "-y"}:
        raise SyntaxFault
    if len(names) != 2:
        return shell.fail("syntax")
    nodes = list(expand(shell, names[0]))
    if not nodes:
        return shell.fail("file_not_found")
    into = shell.files.is_directory(shell.path(names[1]))
    for node in nodes:
        target = f"{shell.path(names[1])}\\{base_name(node.path)}" if into else shell.path(names[1])
        if not shell.files.is_directory(parent(target)):
            return shell.fail("path_not_found")
        allowed = may_write(shell.files, shell.token, node.path) and may_write(shell.files, shell.token, target)
        if not allowed or (shell.files.is_directory(target) and target.lower() != node.path.lower()):
            return shell.fail("access_denied")
        if node.is_directory and (target.lower() + "\\").startswith(node.path.lower() + "\\"):
            return shell.fail("sharing_violation")
        if target.lower() != node.path.lower() and shell.files.find(target):
            shell.files.remove(target)
        _rename_tree(shell, node.path, target)
    kind = "cmd.moved_directories" if nodes[0].is_directory else "cmd.moved"
    shell.process.write(shell.process.message(kind, count=len(nodes)))
    return 0


def rename(shell: Shell, rest: str) -> int:
    switches, names = split_switches(rest)
    if switches or len(names) != 2 or "\\" in names[1] or is_pattern(names[0] + names[1]):
        raise SyntaxFault
    node = next(expand(shell, names[0]), None)
    if node is None:
        return shell.fail("file_not_found")
    target = f"{parent(node.path)}\\{names[1]}"
    if not may_write(shell.files, shell.token, node.path):
        return shell.fail("access_denied")
    if shell.files.find(target) and target.lower() != node.path.lower():
        return shell.fail("duplicate_name")
    _rename_tree(shell, node.path, target)
    return 0


def delete(shell: Shell, rest: str) -> int:
    """Deletes files; succeeds in cmd.exe's eyes even where there was none (stackoverflow.com/questions/34968009)."""
    switches, names = split_switches(rest)
    if set(switches) - {"f", "q", "s"}:
        raise SyntaxFault
    if not names:
        return shell.fail("syntax")
    for name in names:
        full = shell.path(name)
        if shell.files.is_directory(full):
            full += "\\*"
        if base_name(full) in ("*", "*.*") and "q" not in switches:
            shell.process.write(shell.process.message("cmd.sure", name=full))
            if read_line(shell.process.stdin)[:1].lower() != b"y":
                continue
        _delete(shell, full, "s" in switches)
    return 0


def _delete(shell: Shell, full: str, below: bool) -> None:
    found = [node for node in expand(shell, full) if not node.is_directory]
    if below:
        for directory in [n for n in shell.files.nodes.values() if n.is_directory]:
            if directory.path.lower().startswith(parent(full).lower() + "\\"):
                found += [n for n in expand(shell, f"{directory.path}\\{base_name(full)}") if not n.is_directory]
    if not found:
        key = "could_not_find" if shell.files.is_directory(parent(full)) else ERROR_TEXTS[PATH_NOT_FOUND]
        shell.fail(key, path=full)
    for node in found:
        if not may_write(shell.files, shell.token, node.path):
            shell.process.write_error(node.path + "\r\n")
            shell.fail("access_denied")
            continue
        shell.files.remove(node.path)
        if below:
            shell.process.write(shell.process.message("cmd.deleted", path=node.path))
