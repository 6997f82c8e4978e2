"""A tree as text again: what cmd.exe echoes, and what it hands to the cmd.exe of a pipe's side."""

from __future__ import annotations

from collections.abc import Callable

from .nodes import Block, Chain, Command, Condition, If, Node, Quiet, Redirection

Expand = Callable[[str], str]


def text(node: Node, expand: Expand, blank: str = "") -> str:
    """The text of a tree; `blank` stands after each simple command (a blank where cmd.exe echoes)."""
    if isinstance(node, Quiet):
        return "@" + text(node.body, expand, blank)
    if isinstance(node, Chain):
        left = text(node.left, expand, blank or " ")
        return left + f" {node.operator} " + (text(node.right, expand, blank) if node.right else "")
    if isinstance(node, Command):
        return expand(node.text) + blank + _redirections(node.redirections, expand)
    if isinstance(node, Block):
        inner = " & ".join(text(part, expand, " ") for part in node.body)
        return f"({inner})" + _redirections(node.redirections, expand)
    if isinstance(node, If):
        otherwise = f" else {text(node.otherwise, expand, blank)}" if node.otherwise else ""
        return f"if {_condition(node.condition, expand)} {text(node.then, expand, blank)}{otherwise}" + _redirections(
            node.redirections, expand
        )
    switch = f" /{node.kind}" if node.kind else ""
    option = f" {node.option}" if node.option else ""
    return (
        f"for{switch}{option} %{node.variable} in ({expand(node.items)}) do {text(node.body, expand, blank)}"
        + _redirections(node.redirections, expand)
    )


def _redirections(redirections: tuple[Redirection, ...], expand: Expand) -> str:
    return "".join(f" {r.handle}{r.operator}{expand(r.target)}" for r in redirections)


def _condition(condition: Condition, expand: Expand) -> str:
    words = ["/i"] * condition.ignore_case + ["not"] * condition.negated
    if condition.right or condition.operator in ("==", "equ", "neq", "lss", "leq", "gtr", "geq"):
        words += [expand(condition.left), condition.operator, expand(condition.right)]
    else:
        words += [condition.operator, expand(condition.left)]
    return " ".join(words)
