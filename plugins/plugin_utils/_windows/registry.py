"""reg.exe: its command lines. `registry_output` reads what it prints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from .cmdline import CannotCarry, Command, Literal
from .key_groups import Group, alone, grouped
from .reading import MARK, Reading
from .registry_output import (
    HEAD,
    LARGE,
    LINE_END,
    LONG_ROOTS,
    ROOTS,
    Data,
    Key,
    ParseError,
    Value,
    keys_below,
    listed_keys,
    lists_value,
    long_path,
    parse,
    parse_text,
    value,
)

__all__ = [
    "HEAD",
    "LARGE",
    "LINE_END",
    "LONG_ROOTS",
    "ROOTS",
    "Data",
    "Key",
    "ParseError",
    "Value",
    "keys_below",
    "listed_keys",
    "lists_value",
    "long_path",
    "parse",
    "parse_text",
    "value",
]

MOST_OF_A_KEY: Final = 256 * 1024
"""Bytes that a query may print: a key of Windows' own has some thousands, and one value of 64 KiB more, which has three
bytes for a character at most, costs itself only."""

OWN_KEY: Final = r"HKLM\SOFTWARE\windefend.maps"
"""The one key of ours. Keys below HKLM\\SOFTWARE inherit its rights: administrators and SYSTEM write, users read
(*sure*, see docs/evidence.md)."""

ALWAYS_THERE: Final = (
    r"HKLM\SOFTWARE",
    r"HKLM\SOFTWARE\Microsoft",
    r"HKLM\SOFTWARE\Microsoft\SystemCertificates",
    r"HKLM\SOFTWARE\Microsoft\SystemCertificates\AuthRoot",
    r"HKLM\SOFTWARE\Microsoft\SystemCertificates\ROOT\Certificates",
    r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion",
    r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings",
    r"HKLM\SOFTWARE\Policies\Microsoft",
    r"HKLM\SOFTWARE\Policies\Microsoft\Windows",
    r"HKLM\SYSTEM\CurrentControlSet\Services\LanmanServer\Shares",
    r"HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy",
    r"HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters",
)
"""Keys that every Windows has (*likely*: published exports of clean installations), so no proof needs to go above them.
On a host that lacks one, what is below it counts as unknown and not as absent."""

SAME_IN_BOTH_VIEWS: Final = ("HKLM\\SYSTEM\\", "HKLM\\SOFTWARE\\Policies\\")
"""Below these there is one view only (Microsoft, Registry Keys Affected by WOW64: *sure*), so none is named: a line has
8,191 characters."""

SHAPES: Final = ("^    .*    REG_", "^HKEY_", "^$")
"""Every line that `reg query` prints of values of known types without line ends, for findstr."""


def _key(key: str) -> str:
    """The path checked: a local root, no empty part. A leading `\\\\host` would reach another machine."""
    root, _unused, rest = key.partition("\\")
    short = LONG_ROOTS.get(root.upper(), root.upper())
    if short not in ROOTS or not rest or "" in rest.split("\\"):
        raise CannotCarry(f"{key!a} is not a path of a registry key under {', '.join(ROOTS)}")
    return f"{short}\\{rest}"


def _view(view: int) -> Literal:
    if view not in (32, 64):
        raise ValueError("the view is 32 or 64")
    return Literal(f"/reg:{view}")


def query(
    key: str,
    name: str | None = None,
    *,
    view: int = 64,
    recursive: bool = False,
    quiet: bool = False,
    holds_large: bool = False,
) -> Command:
    """`reg query`: the key, or one value of it (`""` is the default value), or with `recursive` all keys below.

    Where that fails, the key and those above it are listed until one can be read, so that the answer proves what it
    says (see `reading`). `quiet`: what is found is not printed.
    `holds_large`: the key has values that are too large to be listed, so its default value shows that it can be read
    (it answers for every key that exists: *likely*, docs/evidence.md).
    """
    places = (_key(key), *_above(_key(key)))
    first = query_alone(key, name, view=view, recursive=recursive)
    whole = name is None and view == 64 and not quiet
    reads = Reading("reg", _described(places[0], name, view), places, name or "", silent=quiet, whole_key=whole)
    controls = [query_alone(place, view=view) for place in (places if name else places[1:])]
    if name and holds_large:
        controls[0] = query_alone(key, "", view=view)
    return (first.quiet() if quiet else first).reading(reads, *controls)


def query_alone(key: str, name: str | None = None, *, view: int = 64, recursive: bool = False) -> Command:
    """:func:`query` without its proof: exit code 1 may mean anything. For a command that brings another proof."""
    options: list[str] = []
    if name is not None:
        options += [Literal("/ve")] if name == "" else [Literal("/v"), name]
    if recursive:
        options.append(Literal("/s"))
    views = [] if view == 64 and _key(key).startswith(SAME_IN_BOTH_VIEWS) else [_view(view)]
    return Command.of("reg", Literal("query"), _key(key), *options, *views).up_to(MOST_OF_A_KEY)


def query_below(key: str) -> Command:
    """`reg query` of a key whose parent key the same Ask reads as well: that it is absent, the parent's answer proves.
    So it is half as long as :func:`query`."""
    reads = Reading("reg", _described(_key(key), None, 64), (_key(key),), by_parent=True, whole_key=True)
    return query_alone(key).reading(reads)


def query_all(keys: Sequence[str]) -> Command:
    """`reg query` of several keys as one command, in order. Each whose parent is among them is proven to be absent by
    that (see `reading`), so a parent stands before what is below it."""
    return _marked(grouped(keys), MOST_OF_A_KEY).reading(_reading_of("keys", keys))


def query_filtered(keys: Sequence[str], passes: Sequence[tuple[Sequence[str], bool]], most: int) -> Command:
    """`reg query` of keys, of which only the heads and the lines that every pass lets through leave the host: each pass
    has the strings of :meth:`Command.filtered` and whether they are inverted. `most`: bytes that it may print.

    Where reg fails for a key, MARK with its number passes the filters. Whether it is absent, `query_all` of its parent
    shows.
    """
    command = _marked(alone(keys), most)
    for strings, invert in passes:
        command = command.filtered(*strings, *(() if invert else (MARK, HEAD)), invert=invert)
    return command.reading(_reading_of("filter", keys))


def _marked(groups: Sequence[Group], most: int) -> Command:
    """Queries of several keys, behind each that fails its mark."""
    parts = []
    for group in groups:
        one = query_alone(group.parent).text.replace(group.parent, group.asked)
        parts.append(group.looped(f"{one}||echo {group.mark}"))
    return Command("& ".join(parts), compound=True, most=most)


def _reading_of(tool: str, keys: Sequence[str]) -> Reading:
    return Reading(tool, f"the registry keys below {keys[0]}", tuple(map(_key, keys)))


def may_read_hive(sid: str) -> Command:
    """Exit code 0 where the account may read another one's hive, which is loaded; 1 where it may not."""
    hive = f"HKU\\{sid}"
    reads = Reading("reg", _described(hive, None, 64), (hive, "HKU"), silent=True, denied_is_absent=True)
    listing = Command.of("reg", Literal("query"), Literal("HKU"), _view(64))
    return query_alone(hive).quiet().reading(reads, listing)


def _described(key: str, name: str | None, view: int) -> str:
    what = f"the value {name} of the registry key {key}" if name else f"the registry key {key}"
    return what + (" (32-bit view)" if view == 32 else "")


def _above(key: str) -> tuple[str, ...]:
    """The keys above this one up to one that is always there; none where none is, or the key itself is one."""
    above: list[str] = []
    while key not in ALWAYS_THERE:
        key = key.rpartition("\\")[0]
        if "\\" not in key:
            return ()
        above.append(key)
    return tuple(above)


def add(key: str, name: str, type_: str, data: Data, *, view: int = 64) -> Command:
    """`reg add /f`: writes one value and the key when it is not there.

    `data` has the Python type that :class:`Value` gives for the same `type_`. Raises ValueError for data that the type
    does not hold and CannotCarry for what cmd.exe cannot carry (a `%` in REG_EXPAND_SZ, for example).
    """
    options: list[str] = [Literal("/ve")] if name == "" else [Literal("/v"), name]
    options += [Literal("/t"), type_, *_data(type_, data)]
    return Command.of("reg", Literal("add"), _key(key), *options, Literal("/f"), _view(view))


def _data(type_: str, data: Data) -> list[str]:
    """The end of `reg add`'s options: `/d DATA`, for several texts with their separator."""
    if type_ in ("REG_DWORD", "REG_QWORD") and isinstance(data, int) and not isinstance(data, bool):
        if not 0 <= data < 1 << (32 if type_ == "REG_DWORD" else 64):
            raise ValueError(f"{data} does not fit {type_}")
        return [Literal("/d"), str(data)]
    if type_ == "REG_BINARY" and isinstance(data, bytes):
        return [Literal("/d"), data.hex().upper()]
    if type_ in ("REG_SZ", "REG_EXPAND_SZ") and isinstance(data, str):
        return [Literal("/d"), data]
    if type_ == "REG_MULTI_SZ" and isinstance(data, tuple):
        if "" in data:
            raise ValueError("reg cannot write an empty text among several")
        separator = next((s for s in "|;,#~" if not any(s in text for text in data)), None)
        if separator is None:
            raise CannotCarry("every separator that reg could be given stands in the data")
        return [Literal("/s"), separator, Literal("/d"), separator.join(data)]
    raise ValueError(f"{type(data).__name__} is not what {type_} holds")


def delete_value(key: str, name: str, *, view: int = 64) -> Command:
    """`reg delete /v /f`: one value, `""` the default one. Exit code 1 also when it was not there."""
    options = [Literal("/ve")] if name == "" else [Literal("/v"), name]
    return Command.of("reg", Literal("delete"), _key(key), *options, Literal("/f"), _view(view))


def delete_key(key: str, *, view: int = 64) -> Command:
    """`reg delete /f`: the key with all that is below. Refuses a path of fewer than four parts, our own key apart."""
    path = _key(key)
    if path.count("\\") < 3 and path != OWN_KEY:
        raise CannotCarry(f"{key!a} contains too much of the registry to be deleted")
    return Command.of("reg", Literal("delete"), path, Literal("/f"), _view(view))
