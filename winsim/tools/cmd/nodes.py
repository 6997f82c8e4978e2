"""What a parsed command line is made of."""

from __future__ import annotations

from dataclasses import dataclass


class SyntaxFault(Exception):
    """cmd.exe refuses the line; `token` is what it found unexpected, empty for the general message."""

    def __init__(self, token: str = "") -> None:
        super().__init__(token)
        self.token = token


class Incomplete(Exception):
    """The line ended inside parentheses and no other follows."""


@dataclass(frozen=True)
class Redirection:
    """`handle` (0-9) goes to (`>`, `>>`) or comes from (`<`) a file, or becomes a copy of another handle (`>&`)."""

    handle: int
    operator: str
    target: str


@dataclass(frozen=True)
class Command:
    """A simple command: its text without carets and redirections, quotes kept."""

    text: str
    redirections: tuple[Redirection, ...] = ()


@dataclass(frozen=True)
class Block:
    """Commands in parentheses."""

    body: tuple[Node, ...]
    redirections: tuple[Redirection, ...] = ()


@dataclass(frozen=True)
class Chain:
    """Two commands joined by `&`, `&&`, `||` or `|`."""

    left: Node
    operator: str
    right: Node | None
    """None after a trailing `&`."""


@dataclass(frozen=True)
class Quiet:
    """A command after `@`."""

    body: Node


@dataclass(frozen=True)
class Condition:
    """What `if` asks; `operator` is exist, defined, errorlevel, cmdextversion, == or equ, neq, lss, leq, gtr, geq."""

    operator: str
    left: str
    right: str = ""
    negated: bool = False
    ignore_case: bool = False


@dataclass(frozen=True)
class If:
    condition: Condition
    then: Node
    otherwise: Node | None = None
    redirections: tuple[Redirection, ...] = ()


@dataclass(frozen=True)
class For:
    """A loop; `kind` is empty, `d`, `r`, `l` or `f`; `option` what stands between the switch and the variable."""

    kind: str
    option: str
    variable: str
    items: str
    body: Node
    redirections: tuple[Redirection, ...] = ()


Node = Command | Block | Chain | Quiet | If | For
