"""Batch files: reading, running, labels."""

from __future__ import annotations

from ...machine.files import Node
from ...machine.locale import codec
from . import expansion, interpreter, launch, unparse
from .nodes import Incomplete, Quiet, SyntaxFault
from .parser import Parser
from .paths import words
from .state import Batch, Jump, LeaveBatch, Shell

LABEL_END = " \t:+,;=&|<>^"


def run_file(shell: Shell, node: Node, name: str, rest: str) -> int:
    """Runs a batch file with the arguments in `rest`; returns what its last command counted as."""
    if launch.is_refused(shell, node):
        return 1
    text = (node.content or b"").decode(codec(shell.process.console.code_page), "replace")
    lines = text.replace("\r\n", "\n").replace("\x1a", "\n").split("\n")
    arguments = expansion.Arguments(name, node.path, words(rest), rest.strip(" \t"))
    return _run(shell, Batch(arguments, lines))


def call_label(shell: Shell, label: str, rest: str) -> int:
    """`call :label`; outside a batch file, or with a label that is not there, it fails."""
    if shell.batch is None:
        shell.errorlevel = 1
        return shell.fail("label_outside_batch")
    position = find_label(shell.batch, label)
    if position is None:
        shell.errorlevel = 1
        return shell.fail("no_label", label=label.lstrip(":"))
    arguments = expansion.Arguments(label, shell.batch.arguments.path, words(rest), rest.strip(" \t"))
    return _run(shell, Batch(arguments, shell.batch.lines, position))


def find_label(batch: Batch, label: str) -> int | None:
    """The line after a label, looked for from the current line to the end, then from the start."""
    wanted = _name(label.strip()).lower()
    order: list[int] = [*range(batch.position, len(batch.lines)), *range(batch.position)]
    for number in order:
        line = batch.lines[number].lstrip(" \t,;=@")
        if wanted and line.startswith(":") and _name(line).lower() == wanted:
            return number + 1
    return None


def _name(label: str) -> str:
    """A label without its colon and without what follows its name."""
    label = label.removeprefix(":").lstrip()
    return label[: next((i for i, c in enumerate(label) if c in LABEL_END), len(label))]


def _run(shell: Shell, batch: Batch) -> int:
    outer, variables = shell.batch, shell.variables
    shell.batch, shell.variables = batch, {}
    shell.depth += 1
    code = 0
    try:
        if shell.depth > interpreter.MAXIMUM_DEPTH:
            shell.process.unknown("batch files nested too deep")
            return 1
        while batch.position < len(batch.lines):
            try:
                code = _step(shell, batch, code)
            except Jump:
                code = 0
    except LeaveBatch as leave:
        code = leave.code
    finally:
        shell.depth -= 1
        while batch.saved:
            shell.environment, shell.directory, shell.delayed = batch.saved.pop()
        shell.batch, shell.variables = outer, variables
    return code


def _next_line(shell: Shell, batch: Batch) -> str | None:
    if batch.position >= len(batch.lines):
        return None
    line = batch.lines[batch.position]
    batch.position += 1
    return shell.percent(line)


def _step(shell: Shell, batch: Batch, code: int) -> int:
    """Runs the next line; `code` is what the one before counted as, and stays so after a line without a command."""
    raw = batch.lines[batch.position].lstrip(" \t,;=")
    if raw.startswith(":"):
        batch.position += 1
        return code
    line = _next_line(shell, batch) or ""
    if len(line) > interpreter.MAXIMUM_LINE:
        shell.fail("line_too_long")
        raise LeaveBatch(1)
    try:
        node = Parser(line, lambda: _next_line(shell, batch)).parse()
    except SyntaxFault as fault:
        raise LeaveBatch(interpreter.syntax_fault(shell, fault)) from None
    except Incomplete:
        shell.process.unknown(f"unclosed parenthesis: {line}")
        raise LeaveBatch(1) from None
    if node is None:
        return code
    if shell.echo and not isinstance(node, Quiet):
        shown = unparse.echoed(node, lambda text: text)
        shell.process.write(f"\r\n{shell.prompt()}{shown}\r\n")
    return interpreter.run(shell, node)
