"""reg query.

Shape (captures and Wine's tests, sure): a blank line, the key with its hive spelled out in the case that was typed,
its values, a blank line; then, without `/s`, the names of its subkeys. A key without values prints no line of its
own. A search (`/f`, `/t`, or `/v` and `/ve` with `/s`) ends with the number of its matches and fails without any.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from ...machine.registry import Key, Value, ValueType
from .. import maps_record, messages
from ..process import Process
from . import values
from .options import Failure, KeyName, Options, key_name, parse, readable_key

SWITCHES = {
    "v": True, "ve": False, "s": False, "f": True, "k": False, "d": False, "c": False, "e": False, "t": True,
    "se": True,
}  # fmt: skip


def run(process: Process, words: Sequence[str]) -> int:
    """Runs `reg query WORDS`; raises Failure."""
    options = parse(process, "query", _with_bare_v(words), SWITCHES, unsimulated=("z",))
    if "v" in options and "ve" in options:
        raise Failure("invalid_syntax")
    name = key_name(process, options.key)
    if "windows defender" in name.shown.lower():
        maps_record.catch_up(process.machine)
    key = readable_key(process, name, options.view)
    separator = options.get("se") or values.SEPARATOR
    # The name of the default value follows the system's language even under code page 65001 (nmap/npcap#354, sure).
    default_name = messages.text(process.machine.locale.language, "reg.default_name")
    printer = _Printer(process, default_name, separator)
    if "f" in options or "t" in options or ("s" in options and ("v" in options or "ve" in options)):
        return _search(printer, name, key, options)
    if "v" in options or "ve" in options:
        return _one(printer, name, key, options.get("v") or "")
    if "s" in options:
        for shown, below in key.walk(name.shown):
            printer.block(shown, list(below.values.values()), always=below is not key)
        return 0
    printer.block(name.shown, list(key.values.values()))
    if not key.values:
        process.write("\r\n")
    for subkey in key.subkeys.values():
        process.write(f"{name.shown}\\{subkey.name}\r\n")
    return 0


def _with_bare_v(words: Sequence[str]) -> list[str]:
    """With `/f` the name after `/v` may be missing (`/v` alone: search in value names)."""
    result = list(words)
    lower = [word.lower() for word in result]
    if "/f" in lower and "/v" in lower:
        after = lower.index("/v") + 1
        if after == len(result) or (lower[after][:1] == "/" and lower[after][1:] in SWITCHES):
            result.insert(after, "*")
    return result


@dataclass
class _Printer:
    process: Process
    default_name: str
    separator: str
    blank: bool = field(default=False)
    """Whether the line before is blank already."""

    def block(self, shown: str, listed: Sequence[Value], always: bool = False) -> None:
        """A key and values of it; nothing for a key without values, unless `always`."""
        if not listed and not always:
            return
        text = "" if self.blank else "\n"
        text += shown + "\n" + "".join(values.line(value, self.default_name, self.separator) for value in listed) + "\n"
        self.process.write(text.replace("\n", "\r\n"))
        self.blank = True

    def key(self, shown: str) -> None:
        """The name of a key that itself is a match."""
        self.process.write(("" if self.blank else "\r\n") + shown + "\r\n")
        self.blank = False


def _one(printer: _Printer, name: KeyName, key: Key, value_name: str) -> int:
    value = key.values.get(value_name.lower())
    if value is None:
        if value_name:
            # Two blank lines come first, as none do where the key is missing (capture: likely; their stream: a guess).
            printer.process.write("\r\n\r\n")
            raise Failure("missing")
        # A default value never set is no error (published capture of `/v ""`, likely).
        not_set = printer.process.message("reg.not_set")
        value = Value("", ValueType.SZ, not_set)
    printer.block(name.shown, [value])
    return 0


def _search(printer: _Printer, name: KeyName, key: Key, options: Options) -> int:
    """Prints matches and their number; 1 without any.

    The list of keys that match by their own name stands without blank lines between them (guess).
    """
    matches = 0
    wanted = _value_filter(printer, options)
    keys_count = "f" in options and "v" not in options and "ve" not in options and "t" not in options
    keys_count = keys_count and ("k" in options or "d" not in options)
    names = _matcher(options)
    for shown, below in _scope(name, key, "s" in options):
        if keys_count and below is not key and names(below.name):
            matches += 1
            printer.key(shown)
        listed = [value for value in below.values.values() if wanted(value)] if _in_scope(below, key, options) else []
        matches += len(listed)
        printer.block(shown, listed)
    text = printer.process.message("reg.matches", count=matches)
    printer.process.write(text if printer.blank else "\r\n" + text)
    return 0 if matches else 1


def _scope(name: KeyName, key: Key, recurse: bool) -> Iterator[tuple[str, Key]]:
    if recurse:
        yield from key.walk(name.shown)
        return
    yield name.shown, key
    for subkey in key.subkeys.values():
        yield f"{name.shown}\\{subkey.name}", subkey


def _in_scope(below: Key, key: Key, options: Options) -> bool:
    return "s" in options or below is key


def _value_filter(printer: _Printer, options: Options) -> Callable[[Value], bool]:
    types = options.get("t")
    allowed = None
    if types is not None:
        allowed = {values.ACCEPTED.get(part.strip().lower()) for part in types.split(",")}
        if None in allowed:
            raise Failure("invalid_syntax")
    matches = _matcher(options)
    exact_name = options.get("v")

    def wanted(value: Value) -> bool:
        if allowed is not None and value.type not in allowed:
            return False
        if "ve" in options and value.name:
            return False
        if exact_name not in (None, "*") and value.name.lower() != str(exact_name).lower():
            return False
        if "f" not in options:
            return True
        data = matches(values.shown(value, printer.separator))
        if "d" in options or (exact_name not in (None, "*")):
            return data
        if "k" in options:
            return False
        return matches(value.name) or (exact_name is None and data)

    return wanted


def _matcher(options: Options) -> Callable[[str], bool]:
    """Whether a text matches `/f`: anywhere in it, the whole of it with `/e`; `*` and `?` as usual; case with `/c`."""
    pattern = options.get("f") or "*"
    if "e" not in options and pattern != "*":
        pattern = f"*{pattern}*"
    pattern = pattern.replace("[", "[[]")
    if "c" in options:
        return lambda text: fnmatch.fnmatchcase(text, pattern)
    return lambda text: fnmatch.fnmatchcase(text.lower(), pattern.lower())
