"""File names on a command line: wildcards, and the modifiers of `%~`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ...machine.files import Node

if TYPE_CHECKING:
    from .state import Shell


def unquoted(text: str) -> str:
    """Text without the quotes around it."""
    return text[1:].removesuffix('"') if text.startswith('"') else text


def words(text: str, separators: str = " \t,;=") -> list[str]:
    """The words of a command's tail, each with its quotes."""
    result, current, quoted = [], "", False
    for character in text:
        if character == '"':
            quoted = not quoted
        if character in separators and not quoted:
            if current:
                result.append(current)
            current = ""
        else:
            current += character
    return [*result, current] if current else result


def split_switches(text: str) -> tuple[list[str], list[str]]:
    """Switches in lower case without their slash (`/s/q` counts as two), and all other words with quotes removed."""
    switches, names = [], []
    for word in words(text):
        if word.startswith("/"):
            switches += [switch.lower() for switch in word.split("/") if switch]
        else:
            name, *glued = word.split("/") if '"' not in word else [word]
            names.append(name.replace('"', ""))
            switches += [switch.lower() for switch in glued if switch]
    return switches, names


def is_pattern(name: str) -> bool:
    return "*" in name or "?" in name


def matches(name: str, pattern: str) -> bool:
    """Whether a file name fits a pattern of `*` and `?`; `*.*` fits every name."""
    if pattern == "*.*":
        return True
    regular = "".join({"*": ".*", "?": ".?"}.get(c, re.escape(c)) for c in pattern)
    return re.fullmatch(regular, name, re.IGNORECASE) is not None or (
        pattern.endswith(".*") and re.fullmatch(regular[: -len(r"\..*")], name, re.IGNORECASE) is not None
    )


def base_name(path: str) -> str:
    return path.rpartition("\\")[2]


def parent(path: str) -> str:
    return path.rpartition("\\")[0]


def expand(shell: Shell, name: str) -> Iterator[Node]:
    """The nodes that a name with or without wildcards in its last part stands for."""
    full = shell.path(name)
    if not is_pattern(full):
        node = shell.files.find(full)
        if node is not None:
            yield node
        return
    for node in list(shell.files.children(parent(full))):
        if matches(base_name(node.path), base_name(full)):
            yield node


def exists(shell: Shell, name: str) -> bool:
    """What `if exist` asks: a trailing backslash asks for a directory."""
    name = name.replace('"', "")
    if name.rstrip().endswith("\\"):
        return shell.files.is_directory(shell.path(name))
    return next(expand(shell, name), None) is not None


def modified(shell: Shell, value: str, modifiers: str) -> str:
    """`value` under modifiers: f full path, d drive, p path, n name, x extension, a attributes, t time, z size,
    `$NAME:` found through a list of directories; none: without the quotes around it."""
    value = unquoted(value)
    modifiers = modifiers.lower()
    search = re.search(r"\$([^:]+):", modifiers)
    if search:
        modifiers = modifiers.replace(search[0], "") or "f"
        value = _found_through(shell, value, search[1])
        if not value:
            return ""
    letters = set(modifiers) - {"s"}
    if not letters and "s" not in modifiers:
        return value
    if not value:
        return ""
    full = shell.shown(shell.path(value))
    node = shell.files.find(full)
    full = full[0] + shell.shown(node.path)[1:] if node else full
    parts = []
    if "a" in letters and node:
        parts.append("d--------" if node.is_directory else "--a------")
    if "t" in letters and node:
        parts.append(shell.machine.now().strftime("%m/%d/%Y %I:%M %p"))
    if "z" in letters and node:
        parts.append(str(len(node.content or b"")))
    parts.append(_path_parts(full, letters, bool(letters - {"a", "t", "z"}) or "s" in modifiers))
    return " ".join(part for part in parts if part)


def _found_through(shell: Shell, name: str, variable: str) -> str:
    """The first file of a name in the directories that a variable lists; empty: there is none."""
    for directory in shell.environment.get(variable.upper(), "").split(";"):
        candidate = shell.files.normal(name, directory.rstrip("\\")) if directory else ""
        if candidate and shell.files.find(candidate):
            return candidate
    return ""


def _path_parts(full: str, letters: set[str], wanted: bool) -> str:
    if not wanted:
        return ""
    if "f" in letters or not letters & set("dpnx"):
        return full
    directory, _unused, name = full[2:].rpartition("\\")
    stem, dot, extension = name.rpartition(".")
    if not dot:
        stem, extension = name, ""
    result = full[:2] if "d" in letters else ""
    result += directory + "\\" if "p" in letters else ""
    result += stem if "n" in letters else ""
    return result + (dot + extension if "x" in letters else "")
