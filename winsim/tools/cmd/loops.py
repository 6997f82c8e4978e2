"""`for` in its five kinds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ...machine.files import FileError
from ...machine.locale import codec
from . import entry, interpreter, unparse
from .conditions import number
from .nodes import For, Quiet
from .paths import base_name, expand, is_pattern, matches, parent, unquoted, words
from .redirection import ERROR_TEXTS, read_input
from .state import Shell


def run(shell: Shell, loop: For) -> int:
    """Runs the body once for each element; counts as its last command did."""
    items = shell.loop(loop.items)
    code = 0
    before = dict(shell.variables)
    try:
        for values in _elements(shell, loop, items):
            for offset, value in enumerate(values):
                shell.variables[chr(ord(loop.variable) + offset)] = value
            if shell.echo and not isinstance(loop.body, Quiet):
                shown = unparse.echoed(loop.body, shell.loop)
                shell.process.write(f"\r\n{shell.prompt()}{shown}\r\n")
            code = interpreter.run(shell, loop.body)
    finally:
        shell.variables = before
    return code


def _elements(shell: Shell, loop: For, items: str) -> Iterator[list[str]]:
    if loop.kind == "f":
        yield from _lines(shell, loop, items)
        return
    if loop.kind == "l":
        yield from ([str(value)] for value in _range(items))
        return
    roots = [shell.directory]
    if loop.kind == "r":
        root = shell.path(shell.loop(loop.option)) if loop.option else shell.directory
        roots = [root, *sorted(_directories_below(shell, root), key=str.lower)]
    for root in roots:
        for word in words(items):
            for element in _matching(shell, root, word, loop.kind):
                yield [element]


def _directories_below(shell: Shell, root: str) -> Iterator[str]:
    for node in list(shell.files.children(root)):
        if node.is_directory:
            yield node.path
            yield from _directories_below(shell, node.path)


def _matching(shell: Shell, root: str, word: str, kind: str) -> Iterable[str]:
    name = word.replace('"', "")
    if not is_pattern(name):
        return [f"{root}\\{name}"] if kind == "r" else [word]
    if kind == "r":
        nodes = [n for n in shell.files.children(root) if matches(base_name(n.path), name)]
        return [node.path for node in nodes if not node.is_directory]
    prefix = name[: len(name) - len(base_name(name))]
    return [prefix + base_name(node.path) for node in expand(shell, name) if node.is_directory == (kind == "d")]


def _range(items: str) -> Iterator[int]:
    start, step, end = ([number(word) or 0 for word in words(items)] + [0, 0, 0])[:3]
    value = start
    while (step >= 0 and value <= end) or (step < 0 and value >= end):
        yield value
        value += step


@dataclass
class _Options:
    delimiters: str = " \t"
    eol: str = ";"
    skip: int = 0
    use_back_quotes: bool = False
    tokens: tuple[int, ...] = (1,)
    rest: bool = False
    """Whether a last variable takes what stands after the last token."""


def _options(text: str) -> _Options:
    options = _Options()
    text = text.replace('"', "") if text.count('"') <= 2 else text[1:-1]
    position = 0
    while position < len(text):
        if text[position] in " \t":
            position += 1
            continue
        name, _unused, rest = text[position:].partition("=")
        name = name.lower()
        if text[position:].lower().startswith("usebackq"):
            options.use_back_quotes = True
            position += 8
            continue
        if name == "eol":
            options.eol = rest[:1]
            position += 5
            continue
        value = rest.partition(" ")[0]
        if name == "delims" and not rest[len(value) :].strip(" "):
            value = rest  # a blank at the very end is a delimiter too
        position += len(name) + 1 + len(value)
        if name == "delims":
            options.delimiters = value
        elif name == "skip":
            options.skip = number(value) or 0
        elif name == "tokens":
            options.rest = value.endswith("*")
            options.tokens = tuple(_token_numbers(value.rstrip("*").rstrip(",")))
        else:
            break
    return options


def _token_numbers(text: str) -> Iterator[int]:
    for part in text.split(","):
        first, dash, last = part.partition("-")
        if first.isdigit():
            yield from range(int(first), int(last if dash and last.isdigit() else first) + 1)


def _lines(shell: Shell, loop: For, items: str) -> Iterator[list[str]]:
    options = _options(shell.loop(loop.option))
    content = _content(shell, items.strip(), options)
    for line in content.replace("\r\n", "\n").split("\n")[options.skip :]:
        if not line or (options.eol and line.startswith(options.eol)):
            continue
        values = _tokens(line, options)
        if values is not None:
            yield values


def _content(shell: Shell, items: str, options: _Options) -> str:
    quote, command = ("'", "`") if options.use_back_quotes else ('"', "'")
    if len(items) > 1 and items[0] == items[-1] == quote:
        return items[1:-1]
    encoding = codec(shell.process.console.code_page)
    if len(items) > 1 and items[0] == items[-1] == command:
        collected = bytearray()
        child = shell.child(shell.process.but(stdout=collected.extend))
        interpreter.run_alone(child, entry.unquoted(child, items[1:-1].lstrip()))
        return collected.decode(encoding, "replace")
    text = ""
    for word in words(items):
        try:
            text += read_input(shell, unquoted(word)).decode(encoding, "replace")
        except FileError as error:
            if error.code not in ERROR_TEXTS:
                raise
            shell.fail("for_file", name=unquoted(word))
    return text


def _tokens(line: str, options: _Options) -> list[str] | None:
    """The values for the variables, tokens in rising order however they were given (Wine's tests; likely); None when
    none of them is there."""
    found: list[tuple[int, int]] = []
    position = 0
    while position < len(line):
        while position < len(line) and line[position] in options.delimiters:
            position += 1
        start = position
        while position < len(line) and line[position] not in options.delimiters:
            position += 1
        if position > start:
            found.append((start, position))
    wanted = sorted(set(options.tokens))
    values = [line[slice(*found[n - 1])] if n <= len(found) else "" for n in wanted]
    if options.rest:
        last = wanted[-1] if wanted else 0
        values.append(line[found[last][0] :] if last < len(found) else "")
    if len(wanted) < len(options.tokens):
        # A number given twice leaves its variable empty, and the rest with it.
        values = values[: len(wanted)] + [""] * (len(options.tokens) - len(wanted) + options.rest)
    return values if any(values) else None


__all__ = ["parent", "run"]
