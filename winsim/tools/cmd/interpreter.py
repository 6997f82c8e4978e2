"""Runs a parsed line.

Two numbers come of a command: what it counts as for `&&`, `||` and the exit code of `cmd /c` (returned here), and the
errorlevel, which not every command touches. `||` after a failed command sets the errorlevel to what it counted as.
"""

from __future__ import annotations

import functools

from ..process import Input, Process
from . import batch, builtins, conditions, launch, loops, unparse
from .nodes import Block, Chain, Command, For, If, Incomplete, Node, Quiet, SyntaxFault
from .parser import SEPARATORS, Parser
from .redirection import applied
from .state import Jump, Leave, LeaveBatch, Shell

MAXIMUM_LINE = 8191
"""Microsoft, "Command prompt line string limitation" (sure)."""
MAXIMUM_DEPTH = 60


def run_line(shell: Shell, line: str) -> int:
    """Runs one line of a command line (not of a batch file)."""
    if len(line) > MAXIMUM_LINE:
        return shell.fail("line_too_long")
    line = line.replace("\r", "").partition("\n")[0]
    expanded = shell.percent(line)
    if len(expanded) > MAXIMUM_LINE:
        return shell.fail("line_too_long")
    try:
        node = _parsed(expanded)
    except SyntaxFault as fault:
        return syntax_fault(shell, fault)
    except Incomplete:
        shell.process.unknown(f"unclosed parenthesis: {line}")
        return 1
    return run(shell, node) if node else 0


@functools.lru_cache(maxsize=512)
def _parsed(line: str) -> Node | None:
    """Many machines are sent the same lines."""
    return Parser(line).parse()


def syntax_fault(shell: Shell, fault: SyntaxFault) -> int:
    """Reports a line that cmd.exe refuses whole; counts as 255, errorlevel too (recalled)."""
    shell.errorlevel = 255
    shell.process.unknown(f"syntax error at {fault.token!r}")
    if fault.token:
        return shell.fail("unexpected", 255, token=fault.token)
    return shell.fail("syntax", 255)


def run(shell: Shell, node: Node) -> int:
    """Runs a tree; returns what it counts as. Raises Leave, LeaveBatch, Jump and Terminated."""
    if isinstance(node, Quiet):
        return run(shell, node.body)
    if isinstance(node, Chain):
        return _chain(shell, node)
    with applied(shell, node.redirections) as opened:
        if not opened:
            return 1
        if isinstance(node, Command):
            return simple(shell, shell.loop(node.text))
        if isinstance(node, Block):
            code = 0
            for part in node.body:
                code = run(shell, part)
            return code
        if isinstance(node, If):
            if conditions.holds(shell, node.condition):
                return run(shell, node.then)
            return run(shell, node.otherwise) if node.otherwise else 0
        return loops.run(shell, node)


def _chain(shell: Shell, node: Chain) -> int:
    while node.operator != "|":  # a loop: a line has a hundred commands, and each new piece of Python's stack is mapped
        code = run(shell, node.left)
        if node.right is None:
            return code
        if node.operator == "&&" and code:
            return code
        if node.operator == "||":
            if not code:
                return code
            shell.errorlevel = code if shell.errorlevel != launch.NOT_FOUND else shell.errorlevel
        if not isinstance(node.right, Chain):
            return run(shell, node.right)
        node = node.right
    return _pipe(shell, node)


def _pipe(shell: Shell, node: Chain) -> int:
    collected = bytearray()
    before = shell.process
    _side(shell, node.left, before.but(stdout=collected.extend))
    assert node.right is not None  # noqa: S101 - the parser gives a pipe both sides
    source = before.but(stdin=Input(bytes(collected)))
    code, shell.errorlevel = _side(shell, node.right, source)
    return code


def _side(shell: Shell, node: Node, process: Process) -> tuple[int, int]:
    """One side of a pipe, in a cmd.exe of its own unless it is a program: the text goes through the parser again, its
    carets gone (Wine merge request "pipe between commands"; likely)."""
    child = shell.child(process)
    if isinstance(node, Command):
        text = shell.loop(node.text)
        name, rest = builtins.split(shell, text)
        found = launch.resolve(shell, name) if not builtins.is_builtin(name) else None
        if found and not launch.is_batch(found):
            with applied(child, node.redirections) as opened:
                code = launch.run_program(child, found, rest.lstrip(" \t")) if opened else 1
            return code, child.errorlevel
    code = run_alone(child, unparse.line(node, shell.loop))
    return code, code


def run_alone(shell: Shell, line: str) -> int:
    """A line in a cmd.exe that ends with it."""
    if shell.depth > MAXIMUM_DEPTH:
        shell.process.unknown("cmd.exe nested too deep")
        return 1
    try:
        return run_line(shell, line)
    except (Leave, LeaveBatch) as leave:
        return leave.code
    except Jump:
        return 1


def simple(shell: Shell, text: str) -> int:
    """A command without operators, its variables expanded."""
    name, rest = builtins.split(shell, text.lstrip(SEPARATORS))
    if not name:
        return 0
    if name[1:] == ":" and name[0].isalpha():
        return builtins.change_drive(shell, name)
    if builtins.is_builtin(name):
        return builtins.run(shell, name.lower(), rest)
    node = launch.resolve(shell, name)
    if node is None:
        return launch.unrecognized(shell, name.replace('"', ""))
    if launch.is_batch(node):
        code = batch.run_file(shell, node, name, rest)
        if shell.batch is not None:
            shell.batch.position = len(shell.batch.lines)  # without `call` there is no way back
        return code
    return launch.run_program(shell, node, rest.lstrip(" \t"))


__all__ = ["For", "run", "run_alone", "run_line", "simple", "syntax_fault"]
