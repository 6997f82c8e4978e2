"""reg add and reg delete."""

from __future__ import annotations

from collections.abc import Sequence

from ...machine.registry import HIVES, Key, KeyMissing
from .. import messages
from ..process import Process
from . import tamper, values
from .options import USERS, Failure, KeyName, Options, ask, key_name, parse

ADD_SWITCHES = {"v": True, "ve": False, "t": True, "d": True, "s": True, "f": False}
DELETE_SWITCHES = {"v": True, "ve": False, "va": False, "f": False}


def add(process: Process, words: Sequence[str]) -> int:
    """Runs `reg add WORDS`; raises Failure.

    Without `/v` it writes the default value, an empty string when nothing else is asked for (Wine's tests, sure).
    """
    options = parse(process, "add", words, ADD_SWITCHES)
    if "v" in options and "ve" in options:
        raise Failure("invalid_syntax")
    name = key_name(process, options.key)
    value_name = options.get("v") or ""
    type_ = values.ACCEPTED.get((options.get("t", "REG_SZ") or "").lower())
    if type_ is None:
        raise Failure("invalid_syntax")
    data = values.parse(type_, options.get("d"), options.get("s"))
    _refuse_top_level(process, name)
    _must_may_write(process, name, options.view, value_name)
    registry = process.machine.registry
    if "f" not in options and registry.get(name.path, value_name, options.view) is not None:
        question = process.message("reg.ask_overwrite", name=value_name or _default_name(process))
        if not ask(process, "add", question):
            return _cancelled(process)
    registry.set(name.path, value_name, type_, data, options.view)
    process.write(process.message("reg.done"))
    return 0


def delete(process: Process, words: Sequence[str]) -> int:
    """Runs `reg delete WORDS`; raises Failure."""
    options = parse(process, "delete", words, DELETE_SWITCHES)
    if sum(switch in options for switch in ("v", "ve", "va")) > 1:
        raise Failure("invalid_syntax")
    name = key_name(process, options.key)
    try:
        key = process.machine.registry.key(name.path, options.view)
    except KeyMissing:
        raise Failure("missing") from None
    if "va" in options:
        return _delete_all_values(process, name, key, options)
    if "v" in options or "ve" in options:
        return _delete_value(process, name, key, options)
    return _delete_key(process, name, key, options)


def _delete_value(process: Process, name: KeyName, key: Key, options: Options) -> int:
    value_name = options.get("v") or ""
    _must_may_write(process, name, options.view, value_name)
    if value_name.lower() not in key.values:
        raise Failure("missing")
    question = process.message("reg.ask_delete_value", name=value_name or _default_name(process))
    if "f" not in options and not ask(process, "delete", question):
        return _cancelled(process)
    if key.values.pop(value_name.lower(), None) is None:
        raise Failure("missing")
    process.write(process.message("reg.done"))
    return 0


def _delete_all_values(process: Process, name: KeyName, key: Key, options: Options) -> int:
    names: list[str | None] = [value.name for value in key.values.values()]
    for value_name in names or [None]:
        _must_may_write(process, name, options.view, value_name)
    question = process.message("reg.ask_delete_values", name=name.shown)
    if "f" not in options and not ask(process, "delete", question):
        return _cancelled(process)
    key.values.clear()
    process.write(process.message("reg.done"))
    return 0


def _delete_key(process: Process, name: KeyName, key: Key, options: Options) -> int:
    if len(name.parts) == 1 or name.shown == "HKEY_CURRENT_USER":
        raise Failure("denied")
    for path, _unused in key.walk(name.path):
        _must_may_write(process, KeyName(path, path), options.view, None)
    question = process.message("reg.ask_delete_key", name=name.shown)
    if "f" not in options and not ask(process, "delete", question):
        return _cancelled(process)
    process.machine.registry.delete_key(name.path, options.view)
    process.write(process.message("reg.done"))
    return 0


def _must_may_write(process: Process, name: KeyName, view: int, value: str | None) -> None:
    """Raises Failure where the caller may not change the key, or, with its name, one value of it.

    An account that is not elevated may write its own hive alone, and there not below Software\\Policies, which only
    administrators write (Microsoft, "Registry key security and access rights" and Group Policy; likely).
    """
    registry, token = process.machine.registry, process.token
    real = "\\".join(registry.split(name.path, view))
    own = f"{USERS}\\{token.sid}".lower()
    in_own = real.lower() == own or real.lower().startswith(own + "\\")
    in_own_policies = (real.lower() + "\\").startswith(own + "\\software\\policies\\")
    writers = registry.writers(name.path, view)
    allowed = token.may_write(writers) or (in_own and not in_own_policies and writers is None)
    if not allowed or tamper.refuses(process.machine, real, value):
        raise Failure("denied")


def _refuse_top_level(process: Process, name: KeyName) -> None:
    """Directly below HKLM and HKU only loaded hives stand; nothing can be made there ([MS-RRP]; likely)."""
    parts = name.parts
    below_root = len(parts) == 2 and parts[0] in (HIVES["hklm"], USERS) and name.shown != "HKEY_CURRENT_USER"
    if len(parts) == 1 or (below_root and not process.machine.registry.exists(name.path)):
        raise Failure("denied" if not process.token.elevated else "parameter")


def _default_name(process: Process) -> str:
    return messages.text(process.machine.locale.language, "reg.default_name")


def _cancelled(process: Process) -> int:
    process.write(process.message("reg.cancelled"))
    return 1
