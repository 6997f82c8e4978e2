"""The whole state of a machine as plain data, so that two moments can be compared byte for byte.

What happened (the log of commands) is no state and stays out, and so do passwords.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json

from .machine.model import Machine
from .machine.registry import Data

ATTEMPTS = 10
Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


def snapshot(machine: Machine) -> dict[str, Json]:
    """Everything that a command could have changed: registry, services, files, tasks, events, Defender, and what
    stands around it (network, accounts, clock). Bytes are hexadecimal, the content of files a SHA-256."""
    return {
        "name": machine.name,
        "os": _plain(machine.os),
        "locale": _plain(machine.locale),
        "winrm": _plain(machine.winrm),
        "registry": _registry(machine),
        "services": {name: _plain(service) for name, service in machine.services.running.items()},
        "files": {
            node.path: {
                "sha256": None if node.content is None else hashlib.sha256(node.content).hexdigest(),
                "program": node.program,
                "access": _plain(node.access),
                **({"streams": _plain(sorted(node.streams))} if node.streams else {}),
            }
            for node in machine.files.nodes.values()
        },
        "tasks": {path: _plain(task) for path, task in machine.tasks.items()},
        "events": _plain(machine.events),
        "network": _plain(machine.network),
        "defender": _plain(machine.defender),
        "application_control": _plain(machine.application_control),
        "accounts": [
            {"name": account.name, "domain": account.domain, "role": account.role.value, "sid": account.sid}
            for account in machine.accounts
        ],
        "firewall_rules_made": machine.firewall_rules_made,
        "clock_offset": machine.clock_offset.total_seconds(),
    }


def settled(machine: Machine) -> dict[str, Json]:
    """The snapshot of a machine while commands may change it: of one moment, because two in a row must be equal.

    A machine that changes without a pause for ATTEMPTS snapshots is given as it was last seen.
    """
    found = snapshot(machine)
    for _unused in range(ATTEMPTS):
        before, found = found, snapshot(machine)
        if found == before:
            break
    return found


def dump(machine: Machine) -> str:
    """The snapshot as JSON text: keys sorted, two machines in the same state give the same text."""
    return json.dumps(snapshot(machine), sort_keys=True, indent=1, ensure_ascii=False) + "\n"


def difference(before: dict[str, Json], after: dict[str, Json]) -> list[str]:
    """What differs, one line each: `registry/HKEY_LOCAL_MACHINE\\\\...: old -> new`; empty when nothing does."""
    return list(_compare("", before, after))


def _compare(path: str, before: Json, after: Json) -> list[str]:
    if isinstance(before, dict) and isinstance(after, dict):
        lines: list[str] = []
        for key in sorted(before.keys() | after.keys()):
            where = f"{path}/{key}" if path else key
            if key not in before:
                lines.append(f"{where}: added {json.dumps(after[key], ensure_ascii=False)}")
            elif key not in after:
                lines.append(f"{where}: removed {json.dumps(before[key], ensure_ascii=False)}")
            else:
                lines += _compare(where, before[key], after[key])
        return lines
    if before == after:
        return []
    return [f"{path}: {json.dumps(before, ensure_ascii=False)} -> {json.dumps(after, ensure_ascii=False)}"]


def _registry(machine: Machine) -> dict[str, Json]:
    return {
        path: {value.name: [value.type.name, _data(value.data)] for value in key.values.values()}
        for path, key in machine.registry.walk()
    }


def _data(data: Data) -> Json:
    if isinstance(data, bytes):
        return data.hex()
    return list(data) if isinstance(data, tuple) else data


def _plain(value: object) -> Json:
    """Dataclasses, enums, dates and containers as JSON has them."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, bool | float | str | int):
        # An enum of this project is a str or an int as well, so this is its value.
        return value
    return str(value)
