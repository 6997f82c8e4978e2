"""Registry data as reg prints it, and as it reads it from its command line."""

from __future__ import annotations

import re

from ...machine.registry import Data, Value, ValueType
from .options import Failure

TYPE_NAMES = {type_: f"REG_{type_.name}" for type_ in ValueType}
ACCEPTED = {
    **{f"reg_{type_.name.lower()}": type_ for type_ in ValueType if type_ is not ValueType.LINK},
    "reg_dword_little_endian": ValueType.DWORD,
}
SEPARATOR = "\\0"


def shown(value: Value, separator: str = SEPARATOR) -> str:
    """The data column: numbers in small hex with 0x, bytes in capitals without gaps (captures, sure)."""
    data = value.data
    if isinstance(data, bytes):
        return data.hex().upper()
    if isinstance(data, int):
        return f"{data:#x}"
    if isinstance(data, tuple):
        return separator.join(data)
    return data


def line(value: Value, default_name: str, separator: str = SEPARATOR) -> str:
    """One line of a query: four blanks before each of name, type and data, also where the data is empty."""
    return f"    {value.name or default_name}    {TYPE_NAMES[value.type]}    {shown(value, separator)}\n"


def parse(type_: ValueType, text: str | None, separator: str | None) -> Data:
    """What `reg add /t TYPE /d TEXT /s SEPARATOR` stores; `text` is None without `/d`.

    Raises Failure. Every case is one of Wine's tests (sure): a DWORD needs data, a QWORD without it is 0; numbers are
    decimal or 0x hex, without sign and in range; an odd number of hex digits gets a 0 in front; REG_NONE holds the
    text in UTF-16 with its end; the parts of a MULTI_SZ are not empty, one separator at the end apart.
    """
    if type_ in (ValueType.SZ, ValueType.EXPAND_SZ):
        return text or ""
    if type_ is ValueType.NONE:
        return ((text or "") + "\0").encode("utf-16-le")
    if type_ is ValueType.BINARY:
        digits = text or ""
        if not re.fullmatch("[0-9a-fA-F]*", digits):
            raise Failure("invalid_hex")
        return bytes.fromhex("0" * (len(digits) % 2) + digits)
    if type_ is ValueType.MULTI_SZ:
        return _strings(text or "", separator)
    if text is None and type_ is ValueType.QWORD:
        return 0
    return _number(text or "", 64 if type_ is ValueType.QWORD else 32)


def _number(text: str, bits: int) -> int:
    if re.fullmatch("0[xX][0-9a-fA-F]+", text):
        number = int(text, 16)
    elif re.fullmatch("[0-9]+", text):
        number = int(text)
    else:
        raise Failure("invalid_number")
    if number >> bits:
        raise Failure("invalid_number")
    return number


def _strings(text: str, separator: str | None) -> tuple[str, ...]:
    if separator is not None and len(separator) != 1:
        raise Failure("invalid_syntax")
    if not text:
        return ()
    parts = text.split(separator or SEPARATOR)
    if parts[-1] == "":
        del parts[-1]
    if parts == [""]:
        return ()
    if "" in parts:
        raise Failure("invalid_data")
    return tuple(parts)
