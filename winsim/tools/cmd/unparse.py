"""A tree as text again: what cmd.exe echoes, and what it hands to the cmd.exe of a pipe's side."""

from __future__ import annotations

from collections.abc import Callable

from .nodes import Block, Chain, Command, Condition, If, Node, Quiet, Redirection
from .parser import SEPARATORS

Expand = Callable[[str], str]


def echoed(node: Node, expand: Expand) -> str:
    """What cmd.exe shows before it runs a line: a blank after each command with arguments, nothing of one with `@`."""
    return _text(node, expand, shown=True)


def line(node: Node, expand: Expand) -> str:
    """What the cmd.exe of a pipe's side is given: commands inside parentheses get a blank after them, so that
    `(echo a& echo b)|findstr a` prints `a` with a blank (recalled)."""
    return _text(node, expand, shown=False)


def _text(node: Node, expand: Expand, shown: bool, blank: bool = False) -> str:
    if isinstance(node, Quiet):
        return "" if shown else "@" + _text(node.body, expand, shown, blank)
    if isinstance(node, Chain):
        left = _text(node.left, expand, shown, blank)
        separator = "" if not shown and left.endswith(" ") else " "
        return f"{left}{separator}{node.operator} " + (_text(node.right, expand, shown, blank) if node.right else "")
    if isinstance(node, Command):
        return _command(node, expand, shown, blank)
    if isinstance(node, Block):
        separator = " & " if shown else "& "
        inner = separator.join(_text(part, expand, shown, not shown) for part in node.body)
        return f"({inner})" + " " * shown + _redirections(node.redirections, expand)
    if isinstance(node, If):
        otherwise = f" else {_text(node.otherwise, expand, shown, blank)}" if node.otherwise else ""
        then = _text(node.then, expand, shown, blank)
        head = f"if {_condition(node.condition, expand)} "
        return head + then + otherwise + _redirections(node.redirections, expand)
    switch = f" /{node.kind}" if node.kind else ""
    option = f" {node.option}" if node.option else ""
    body = _text(node.body, expand, shown, blank)
    head = f"for{switch}{option} %{node.variable} in ({expand(node.items)}) do "
    return head + body + _redirections(node.redirections, expand)


def _command(node: Command, expand: Expand, shown: bool, blank: bool) -> str:
    text = expand(node.text)
    arguments = any(character in SEPARATORS for character in text.strip())
    if (shown and arguments) or (blank and not text.endswith(" ")):
        text += " "
    return text + _redirections(node.redirections, expand).removeprefix(" " if not shown and text.endswith(" ") else "")


def _redirections(redirections: tuple[Redirection, ...], expand: Expand) -> str:
    return "".join(f" {r.handle}{r.operator}{expand(r.target)}" for r in redirections)


def _condition(condition: Condition, expand: Expand) -> str:
    words = ["/i"] * condition.ignore_case + ["not"] * condition.negated
    if condition.right or condition.operator in ("==", "equ", "neq", "lss", "leq", "gtr", "geq"):
        words += [expand(condition.left), condition.operator, expand(condition.right)]
    else:
        words += [condition.operator, expand(condition.left)]
    return " ".join(words)
