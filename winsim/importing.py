"""Makes a fleet file of a recording: a machine with the registry values and services that the host answered with.

What else the host showed (the network, what a program answered) has no override that says the same. It is listed as
comments, for whoever goes on from there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import yaml

from .machine import builder
from .machine.registry import ValueType
from .recording import Recording, every_command

DEFAULT_OS = "windows_server_2022"
_KEY = re.compile(r"HKEY_(?:LOCAL_MACHINE|USERS)(?:\\[^\r\n]*)?\Z")
_VALUE = re.compile(r" {4}(.+?) {4}(REG_[A-Z_]+)(?: {4}(.*))?\Z")
_SERVICE = re.compile(r"SERVICE_NAME: (\S+).*?STATE +: \d +([A-Z_]+)", re.DOTALL)
CONTROL = b"?"
"""What the collection lets cmd.exe print before it asks something else, because the key could not be read."""
_STATES = {"RUNNING": "running", "STOPPED": "stopped"}
_UNIVERSAL = {"HKEY_LOCAL_MACHINE": "HKLM", "HKEY_USERS": "HKU"}
_READS_ALL = re.compile(r'reg query (?:"[^"]+"|\S+)(?: /reg:64)?(?:\|\||\Z)')
"""A command that prints all values of one key."""

Values = dict[str, object]


def imported(recording: Recording, name: str = "imported") -> str:
    """A fleet file with one host, in YAML."""
    registry: dict[str, Values] = {}
    services: dict[str, dict[str, str]] = {}
    left: dict[str, str] = {}
    for command, answer in every_command(recording):
        text = answer.output.decode("utf-8", "replace")
        taken = False
        if "reg query" in command and "/reg:32" not in command:
            for key, values in _keys(text):
                registry.setdefault(key, {}).update(values)
                taken = True
        for service, state in _SERVICE.findall(text):
            if state in _STATES:
                services[service] = {"state": _STATES[state]}
                taken = True
        if not taken and text.strip():
            left.setdefault(command, text)
    system = _system(registry)
    _clear(recording, registry, system)
    host: dict[str, object] = {"name": name, "os": system}
    overrides: dict[str, object] = {}
    if recording.skew:
        overrides["clock_offset"] = float(recording.skew)
    if services := _known(services, system):
        overrides["services"] = services
    if registry:
        overrides["registry"] = {key: values for key, values in sorted(registry.items()) if values}
    host["overrides"] = overrides
    notes = [f"# not imported: {_short(command)} -> {_short(text)}" for command, text in left.items()]
    body = yaml.safe_dump({"hosts": [host]}, sort_keys=False, allow_unicode=True, width=1000)
    return "\n".join(["# Made by winsim import; winsim serve takes it as --fleet.", *notes, body])


def _short(text: str) -> str:
    return " ".join(text.split())[:120]


def _keys(text: str) -> Iterator[tuple[str, Values]]:
    """The keys of an output and their values."""
    key = ""
    values: Values = {}
    for line in text.splitlines():
        if _KEY.match(line):
            if key:
                yield key, values
            root, _slash, rest = line.partition("\\")
            key, values = f"{_UNIVERSAL[root]}\\{rest}".rstrip("\\"), {}
        elif key and (found := _VALUE.match(line)):
            made = _value(found[2], found[3] or "")
            if made is not None:
                values["" if found[1] == "(Default)" else found[1]] = made
    if key:
        yield key, values


def _value(kind: str, data: str) -> object:
    """A value as overrides write it; None for what they cannot."""
    try:
        if kind == "REG_DWORD":
            return int(data, 16)
        if kind == "REG_QWORD":
            return {"type": "qword", "data": int(data, 16)}
        if kind == "REG_BINARY":
            bytes.fromhex(data)
            return {"type": "binary", "data": data}
    except ValueError:
        return None
    if kind == "REG_MULTI_SZ":
        return data.split("\\0")
    if kind == "REG_EXPAND_SZ":
        return {"type": "expand_sz", "data": data}
    return data if kind == "REG_SZ" else None


def _system(registry: dict[str, Values]) -> str:
    version = registry.get(r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion", {})
    build = str(version.get("CurrentBuildNumber", ""))
    return next((name for name, system in builder.SYSTEMS.items() if str(system.build) == build), DEFAULT_OS)


def _clear(recording: Recording, registry: dict[str, Values], system: str) -> None:
    """Takes out what a clean machine has anyway, and removes what it has and the host had not."""
    clean = builder.build("IMPORTED", os=builder.SYSTEMS[system]).registry
    whole = {
        key
        for command, answer in every_command(recording)
        if _READS_ALL.match(command) and answer.code == 0 and not answer.output.lstrip().startswith(CONTROL)
        for key, _values in _keys(answer.output.decode("utf-8", "replace"))
    }
    for key, values in registry.items():
        there = {value.name: value for value in clean.key(key).values.values()} if clean.exists(key) else {}
        lower = {name.lower() for name in values}
        for name, value in there.items():
            if key in whole and name.lower() not in lower:
                values[name] = None
            for given in [one for one in values if one.lower() == name.lower()]:
                if _same(values[given], value.type, value.data):
                    del values[given]


def _same(wanted: object, kind: ValueType, data: object) -> bool:
    if isinstance(wanted, dict):
        shown = data.hex() if isinstance(data, bytes) else data
        return wanted["type"] == kind.name.lower() and str(wanted["data"]).lower() == str(shown).lower()
    return bool(wanted == data or (isinstance(wanted, list) and tuple(wanted) == data))


def _known(services: dict[str, dict[str, str]], system: str) -> dict[str, dict[str, str]]:
    machine = builder.build("IMPORTED", os=builder.SYSTEMS[system])
    return {
        name: options
        for name, options in services.items()
        if (found := machine.services.find(name)) and found.state.name.lower() != options["state"]
    }
