"""set /a: 32-bit integers with C's operators. Results and error numbers: Wine's tests and set /? (recalled)."""

from __future__ import annotations

import re
from collections.abc import Callable

from ..conditions import number
from ..state import Shell

_TOKEN = re.compile(
    r"\s*(?:(<\s*<\s*=|>\s*>\s*=|<\s*<|>\s*>|[-+*/%&^|]\s*=|[-+*/%&^|~!()=,])|([^\s\-+*/%&^|~!()=,<>]+))"
)
LEVELS: tuple[tuple[str, ...], ...] = (("|",), ("^",), ("&",), ("<<", ">>"), ("+", "-"), ("*", "/", "%"))


class _Fault(Exception):
    def __init__(self, key: str, code: int) -> None:
        super().__init__(key)
        self.key = key
        self.code = code


MISSING_OPERAND = ("missing_operand", 1073750988)
UNBALANCED = ("unbalanced", 1073750989)
INVALID_NUMBER = ("invalid_number", 1073750991)
DIVIDE_BY_ZERO = ("divide_by_zero", 1073750993)


def _wrap(value: int) -> int:
    return (value + 2**31) % 2**32 - 2**31


def _divide(left: int, right: int) -> int:
    if right == 0:
        raise _Fault(*DIVIDE_BY_ZERO)
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient


def _shift_left(left: int, right: int) -> int:
    return left << right if 0 <= right < 32 else 0


def _shift_right(left: int, right: int) -> int:
    return left >> right if 0 <= right < 32 else (-1 if left < 0 else 0)


_OPERATIONS: dict[str, Callable[[int, int], int]] = {
    "|": lambda a, b: a | b,
    "^": lambda a, b: a ^ b,
    "&": lambda a, b: a & b,
    "<<": _shift_left,
    ">>": _shift_right,
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": _divide,
    "%": lambda a, b: a - b * _divide(a, b),
}


class _Expression:
    def __init__(self, shell: Shell, text: str) -> None:
        self._shell = shell
        self._tokens: list[str] = []
        position = 0
        text = text.rstrip()
        while position < len(text):
            match = _TOKEN.match(text, position)
            if not match:
                raise _Fault(*MISSING_OPERAND)
            self._tokens.append(re.sub(r"\s", "", match[1] or match[2]))
            position = match.end()

    def value(self) -> int:
        result = self._list()
        if self._tokens:
            raise _Fault(*(UNBALANCED if self._tokens[0] == ")" else MISSING_OPERAND))
        return result

    def _next(self) -> str:
        if not self._tokens:
            raise _Fault(*MISSING_OPERAND)
        return self._tokens.pop(0)

    def _list(self) -> int:
        result = self._assignment()
        while self._tokens[:1] == [","]:
            self._next()
            result = self._assignment()
        return result

    def _assignment(self) -> int:
        if len(self._tokens) > 1 and self._tokens[1].endswith("=") and self._is_name(self._tokens[0]):
            name, operator = self._next(), self._next()
            value = self._assignment()
            if operator != "=":
                value = _OPERATIONS[operator[:-1]](self._variable(name), value)
            value = _wrap(value)
            self._shell.environment.put(name, str(value))
            return value
        return self._level(0)

    def _level(self, level: int) -> int:
        if level == len(LEVELS):
            return self._unary()
        left = self._level(level + 1)
        while self._tokens and self._tokens[0] in LEVELS[level]:
            operation = _OPERATIONS[self._next()]
            left = _wrap(operation(left, self._level(level + 1)))
        return left

    def _unary(self) -> int:
        token = self._next()
        if token == "(":
            value = self._list()
            if self._tokens[:1] != [")"]:
                raise _Fault(*UNBALANCED)
            self._next()
            return value
        if token in ("-", "+", "~", "!"):
            value = self._unary()
            return {"-": _wrap(-value), "+": value, "~": ~value, "!": int(not value)}[token]
        if token[0].isdigit():
            parsed = number(token)
            if parsed is None:
                raise _Fault(*INVALID_NUMBER)
            return _wrap(parsed)
        if not self._is_name(token):
            raise _Fault(*MISSING_OPERAND)
        return self._variable(token)

    @staticmethod
    def _is_name(token: str) -> bool:
        return token[0] not in "-+*/%&^|~!()=,<>" and not token[0].isdigit()

    def _variable(self, name: str) -> int:
        return number(self._shell.environment.get(name.upper(), "0").strip()) or 0


def set_arithmetic(shell: Shell, text: str) -> int:
    """Evaluates; on a command line the result is printed, without a line end."""
    try:
        value = _Expression(shell, text.replace('"', "")).value()
    except _Fault as fault:
        shell.errorlevel = fault.code
        return shell.fail(fault.key, fault.code)
    if shell.batch is None:
        shell.process.write(str(value))
    return 0
