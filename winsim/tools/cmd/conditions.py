"""What `if` asks."""

from __future__ import annotations

import re
from collections.abc import Callable

from .nodes import Condition
from .paths import exists
from .state import Shell

_NUMBERS: dict[str, Callable[[int], bool]] = {
    "equ": lambda order: order == 0,
    "neq": lambda order: order != 0,
    "lss": lambda order: order < 0,
    "leq": lambda order: order <= 0,
    "gtr": lambda order: order > 0,
    "geq": lambda order: order >= 0,
}


def number(text: str) -> int | None:
    """A number as cmd.exe reads it: decimal, 0x hexadecimal or 0 octal; None where it is none."""
    sign, digits = (-1, text[1:]) if text[:1] == "-" else (1, text)
    try:
        if digits.lower().startswith("0x"):
            return sign * int(digits[2:], 16)
        if len(digits) > 1 and digits.startswith("0"):
            return sign * int(digits, 8)
        return sign * int(digits) if digits.isascii() and digits.isdigit() else None
    except ValueError:
        return None


def collation(text: str) -> tuple[str, str, int]:
    """Sorts as words: hyphens and apostrophes count last, and of two letters that differ in case the small one is less
    (Wine's tests; likely)."""
    letters = "".join(c for c in text if c not in "-'")
    return letters.lower(), letters.swapcase(), len(text) - len(letters)


def holds(shell: Shell, condition: Condition) -> bool:
    """Whether the condition is met; variables of loops are expanded here."""
    left, right = shell.loop(condition.left), shell.loop(condition.right)
    return _asks(shell, condition, left, right) != condition.negated


def _asks(shell: Shell, condition: Condition, left: str, right: str) -> bool:
    operator = condition.operator
    if operator == "exist":
        return exists(shell, left)
    if operator == "defined":
        return shell.lookup(left.replace('"', "")) is not None
    if operator in ("errorlevel", "cmdextversion"):
        if not re.fullmatch(r"-?\d+", left):
            return condition.negated  # neither it nor its opposite holds
        return (shell.errorlevel if operator == "errorlevel" else 2) >= int(left)
    if operator == "==":
        return left.lower() == right.lower() if condition.ignore_case else left == right
    first, second = number(left), number(right)
    if first is not None and second is not None:
        return _NUMBERS[operator](first - second)
    if condition.ignore_case:
        left, right = left.lower(), right.lower()
    first_key, second_key = collation(left), collation(right)
    return _NUMBERS[operator]((first_key > second_key) - (first_key < second_key))
