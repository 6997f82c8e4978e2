"""Compares what a module returns with RETURN in its documentation: names and types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

TYPES: dict[str, type] = {
    "bool": bool, "int": int, "str": str, "list": list, "dict": dict, "float": float, "raw": object,
}  # fmt: skip


def is_a(value: Any, name: str) -> bool:
    """Whether a value has a type of the documentation; True is no number there."""
    return isinstance(value, TYPES[name]) and (name in ("bool", "raw") or not isinstance(value, bool))


ALWAYS = ("always", "success")


def differences(
    value: Any, documented: Mapping[str, Any], where: str = "", whole: bool = True, conditional: bool = True
) -> list[str]:
    """What a result and its RETURN say differently, one line each; `whole` where nothing may be left out, and where not
    `conditional` but for what is returned under a condition."""
    found = [f"{where}{name} is not documented" for name in value if name not in documented]
    if whole:
        missing = [name for name in documented if name not in value]
        found += [
            f"{where}{name} is documented but not returned"
            for name in missing
            if conditional or documented[name].get("returned", "always") in ALWAYS
        ]
    for name in value.keys() & documented.keys():
        one, text = value[name], documented[name]
        if one is None:
            continue
        if not is_a(one, text["type"]):
            found.append(f"{where}{name} is {type(one).__name__}, documented {text['type']}")
        elif text.get("contains"):
            for inner in one if isinstance(one, list) else [one]:
                found += differences(inner, text["contains"], f"{where}{name}.", whole, conditional)
        elif isinstance(one, list):
            found += [f"{where}{name} holds {inner!r}" for inner in one if not is_a(inner, text["elements"])]
    return found
