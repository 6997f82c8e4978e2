"""`%NAME%`, `!NAME!`, batch arguments `%1`, loop variables `%i`, and the modifiers of the last two.

On a command line an undefined `%NAME%` stays as it is, in a batch file it vanishes, and only there is `%%` one percent
sign (Wine's tests, test_cmdline.cmd and test_builtins.cmd; likely). Expansion knows nothing of quotes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Lookup = Callable[[str], str | None]

_SUBSTRING = re.compile(r"~\s*([+-]?\d*)(?:\s*,\s*([+-]?\d*))?\s*$")
_MODIFIERS = "fdpnxsatz"


@dataclass
class Arguments:
    """What `%0` to `%9` and `%*` stand for in a batch file."""

    zero: str
    path: str
    """Full path of the file: what the modifiers of `%0` work on, whatever it was called as."""
    values: list[str] = field(default_factory=list)
    all: str = ""
    """The rest of the line as given; `shift` does not change it."""

    def get(self, digit: int) -> str:
        if digit == 0:
            return self.zero
        return self.values[digit - 1] if digit <= len(self.values) else ""


def edit(value: str, operation: str) -> str | None:
    """`value` under `~a,b` (part) or `x=y` (replacement); None when the operation is neither."""
    if operation.startswith("~"):
        match = _SUBSTRING.match(operation)
        if not match:
            return None
        start = int(match[1] or 0)
        start = max(len(value) + start, 0) if start < 0 else min(start, len(value))
        if match[2] is None or match[2] == "":
            return value[start:]
        length = int(match[2])
        end = len(value) + length if length < 0 else start + length
        return value[start : max(end, start)]
    old, equals, new = operation.partition("=")
    if not equals or not old or old == "*":
        return None
    if old.startswith("*"):
        position = value.lower().find(old[1:].lower())
        return value if position < 0 else new + value[position + len(old) - 1 :]
    return re.sub(re.escape(old), lambda _unused: new, value, flags=re.IGNORECASE)


def _variable(text: str, start: int, mark: str, lookup: Lookup) -> tuple[str | None, int, bool]:
    """Value of the variable whose name begins at `start`, where its text ends, and whether its end was found."""
    end = text.find(mark, start)
    if end < 0:
        return None, start, False
    name = text[start:end]
    head, colon, operation = name.partition(":")
    if not colon or not operation:
        return lookup(name), end + 1, True
    value = lookup(head)
    if value is None:
        return None, start + len(head) + 1, True
    return edit(value, operation), end + 1, True


def on_command_line(text: str, lookup: Lookup) -> str:
    """Expands a line typed or handed to `cmd /c`."""
    result, position = "", 0
    while (found := text.find("%", position)) >= 0:
        result += text[position:found]
        value, end, _unused = _variable(text, found + 1, "%", lookup)
        if value is None:
            result += "%"
            position = found + 1
        else:
            result += value
            position = end
    return result + text[position:]


def in_batch(text: str, lookup: Lookup, arguments: Arguments, modify: Callable[[str, str], str]) -> str:
    """Expands a line of a batch file; `modify` applies modifiers to a value."""
    result, position = "", 0
    while (found := text.find("%", position)) >= 0:
        result += text[position:found]
        rest = text[found + 1 :]
        if rest.startswith("%"):
            result += "%"
            position = found + 2
        elif rest.startswith("*"):
            result += arguments.all
            position = found + 2
        elif rest[:1].isdigit():
            result += arguments.get(int(rest[0]))
            position = found + 2
        elif match := re.match(rf"~([{_MODIFIERS}]*(?:\$[^:%]+:)?)(\d)", rest, re.IGNORECASE):
            digit = int(match[2])
            plain = digit == 0 and match[1]
            result += modify(arguments.path if plain else arguments.get(digit), match[1])
            position = found + 1 + match.end()
        else:
            value, end, closed = _variable(text, found + 1, "%", lookup)
            result += value or ""
            position = end if closed else found + 1
    return result + text[position:]


def loop_variables(text: str, values: Mapping[str, str], modify: Callable[[str, str], str]) -> str:
    """Expands `%i` and `%~fi` for the loop variables in `values`; every other percent sign stays."""
    if not values or "%" not in text:
        return text
    result, position = "", 0
    while (found := text.find("%", position)) >= 0:
        result += text[position:found]
        name = text[found + 1 : found + 2]
        if name in values and name:
            result += values[name]
            position = found + 2
            continue
        expanded = _modified(text, found, values, modify) if name == "~" else None
        if expanded is None:
            result += "%"
            position = found + 1
        else:
            result += expanded[0]
            position = expanded[1]
    return result + text[position:]


def _modified(
    text: str, found: int, values: Mapping[str, str], modify: Callable[[str, str], str]
) -> tuple[str, int] | None:
    end = found + 2
    while text[end : end + 1].lower() in tuple(_MODIFIERS):
        end += 1
    search = re.compile(r"\$[^:%]+:").match(text, end)
    end = search.end() if search else end
    modifiers = text[found + 2 : end]
    # The last letter may be the variable itself: `%~nx` with a variable x.
    if text[end : end + 1] in values and text[end : end + 1]:
        return modify(values[text[end]], modifiers), end + 1
    while modifiers and not search:
        if modifiers[-1] in values:
            return modify(values[modifiers[-1]], modifiers[:-1]), found + 2 + len(modifiers)
        modifiers = modifiers[:-1]
    return None


def delayed(text: str, lookup: Lookup) -> str:
    """Expands `!NAME!` where delayed expansion is on; carets escape then, but only in a text that holds a `!`."""
    if "!" not in text:
        return text
    result, position = "", 0
    while position < len(text):
        character = text[position]
        if character == "^":
            result += text[position + 1 : position + 2]
            position += 2
        elif character == "!":
            value, end, closed = _variable(text, position + 1, "!", lookup)
            result += value or ""
            position = end if closed else position + 1
        else:
            result += character
            position += 1
    return result
