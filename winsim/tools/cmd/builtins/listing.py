"""dir."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ....machine.access import may_read
from ....machine.files import Node
from ..nodes import SyntaxFault
from ..paths import base_name, is_pattern, matches, parent, split_switches
from ..state import Shell

FREE_BYTES = 34_359_738_368


def directory(shell: Shell, rest: str) -> int:
    """Lists directories: `/b`, `/s`, `/r` (streams too), `/a` with d and -d, `/o` with n, e, s, g and their reverses;
    the long form has the machine's present time for every date, for nothing here keeps one."""
    switches, names = split_switches(rest)
    bare = below = streams = False
    attributes, order = "", ""
    for switch in switches:
        match = re.fullmatch(r"([ao]):?((?:-?[a-z])*)", switch)
        if switch == "b":
            bare = True
        elif switch == "s":
            below = True
        elif switch == "r":
            streams = True
        elif match and match[1] == "a":
            attributes = match[2]
        elif match:
            order = match[2] or "gn"
        elif switch not in ("-c", "n", "4", "-p"):
            raise SyntaxFault
    code = 0
    for name in names or ["."]:
        code = _list(shell, name, bare, below, attributes, order, streams) or code
    return code


def _list(shell: Shell, name: str, bare: bool, below: bool, attributes: str, order: str, streams: bool) -> int:
    full = shell.path(name)
    pattern = "*"
    if not shell.files.is_directory(full):
        full, pattern = parent(full), base_name(full)
    if not shell.files.is_directory(full):
        return shell.fail("file_not_found_dir" if bare and is_pattern(pattern) else "path_not_found")
    if not may_read(shell.files, shell.token, full):
        return shell.fail("file_not_found_dir")
    write = shell.process.write
    if not bare:
        write(shell.process.message("cmd.dir_volume", drive=full[0].upper()))
    count = total = 0
    for where in [full, *(_below(shell, full) if below else [])]:
        nodes = _ordered(_chosen(shell, where, pattern, attributes), order)
        if bare:
            for node in nodes:
                write((node.path if below else base_name(node.path)) + "\r\n")
        elif nodes or (where == full and pattern == "*"):
            total += _long(shell, where, nodes, streams)
        elif not below:
            write(shell.process.message("cmd.dir_heading", path=shell.shown(where)))  # recalled
        count += len(nodes)
    if not bare and below:
        write(shell.process.message("cmd.dir_total") + shell.process.message("cmd.dir_files", count=count, size=total))
    if not count and (bare or pattern != "*"):  # the long form of a folder counts `.` and `..` (recalled)
        return shell.fail("file_not_found_dir")
    return 0


def _below(shell: Shell, path: str) -> Iterator[str]:
    for node in list(shell.files.children(path)):
        if node.is_directory:
            yield node.path
            yield from _below(shell, node.path)


def _chosen(shell: Shell, where: str, pattern: str, attributes: str) -> list[Node]:
    nodes = shell.files.children(where)
    return [node for node in nodes if matches(base_name(node.path), pattern) and _has(node, attributes)]


def _has(node: Node, attributes: str) -> bool:
    for sign, letter in re.findall(r"(-?)([a-z])", attributes):
        held = {"d": node.is_directory, "a": not node.is_directory}.get(letter, False)
        if held == bool(sign):
            return False
    return True


def _ordered(nodes: list[Node], order: str) -> list[Node]:
    """By name as the file system keeps them, then as `/o` says."""
    nodes = sorted(nodes, key=lambda node: base_name(node.path).upper())
    for sign, letter in reversed(re.findall(r"(-?)([a-z])", order)):
        if letter == "n":
            nodes.sort(key=lambda node: base_name(node.path).lower(), reverse=bool(sign))
        elif letter == "e":
            nodes.sort(key=lambda node: base_name(node.path).rpartition(".")[2].lower(), reverse=bool(sign))
        elif letter == "s":
            nodes.sort(key=lambda node: len(node.content or b""), reverse=bool(sign))
        elif letter == "g":
            nodes.sort(key=lambda node: not node.is_directory, reverse=bool(sign))
    return nodes


def _long(shell: Shell, where: str, nodes: list[Node], streams: bool) -> int:
    write = shell.process.write
    japanese = shell.machine.locale.language == "ja"
    stamp = shell.machine.now().strftime("%Y/%m/%d  %H:%M" if japanese else "%m/%d/%Y  %I:%M %p")
    write(shell.process.message("cmd.dir_heading", path=shell.shown(where)))
    size = 0
    for node in nodes:
        length = len(node.content or b"")
        middle = "    <DIR>          " if node.is_directory else f"{length:18,} "
        write(f"{stamp}{middle}{base_name(node.path)}\r\n")
        for name, content in (node.streams or {}).items() if streams else ():
            write(f"{len(content):38,} {base_name(node.path)}:{name}:$DATA\r\n")
        size += length
    files = sum(not node.is_directory for node in nodes)
    write(shell.process.message("cmd.dir_files", count=files, size=size))
    write(shell.process.message("cmd.dir_directories", count=len(nodes) - files, free=FREE_BYTES))
    return size
