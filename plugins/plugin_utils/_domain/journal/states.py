"""The exact state of a place: read, compared, and the commands that bring it back.

A state is JSON, so that a journal can hold it. What could not be brought back exactly (a text that cmd.exe cannot
carry, a rule that netsh cannot express) is found out before the change, by building the very commands.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Protocol

from ..._windows import files, netsh, registry, winhttp_settings
from ..._windows.cmdline import Command, Outcome
from ..._windows.firewall_rule import FirewallRule
from ..firewall import allow_rule
from ..operation import AdvancedSettings, DomainError, File, Json, OurRules, Place, Refused, RegistryValue, found
from ..proxy import stores as proxy_stores
from . import allowed as journal_allowed
from .allowed import data_from_json

FEWEST_PARTS = 5
"""A key of fewer names (`HKLM\\SOFTWARE\\Policies\\Microsoft`) is always there and never removed."""
PARENTS = 1
"""How many keys above a value's own a write may have made (`...\\Windows Defender\\Spynet`)."""

State = dict[str, Json]


class Handler(Protocol):
    """What one kind of place needs; states are in the words of its own `read`."""

    def reading(self, place: Any) -> dict[str, Command]:
        """Commands by their own text, so that two places that ask the same ask once."""

    def read(self, place: Any, outcomes: Mapping[str, Outcome]) -> State:
        """The state in the outcomes of `reading`."""

    def same(self, one: State, other: State) -> bool:
        """Whether two states are the same but for what cannot be (a rule's GUID)."""

    def reached(self, state: State, intended: Json) -> bool:
        """Whether a state is what a change meant to make."""

    def partly(self, now: State, target: State) -> bool:
        """Whether a state is what a rollback to `target` may leave behind when it breaks off."""

    def restoring(self, place: Any, now: State, target: State) -> list[Command]:
        """The commands that make `target` of `now`. Raises CannotCarry, ValueError, Refused."""


def _named(*commands: Command) -> dict[str, Command]:
    return {command.text: command for command in commands}


def data_to_json(data: registry.Data) -> Json:
    """Registry data as JSON: bytes in hex, several texts as a list."""
    if isinstance(data, bytes):
        return {"hex": data.hex()}
    return list(data) if isinstance(data, tuple) else data


def keys_of(place: RegistryValue) -> list[str]:
    """The value's key and those above it that may have to be made, from below."""
    parts = place.key.split("\\")
    return ["\\".join(parts[:end]) for end in range(len(parts), FEWEST_PARTS - 1, -1)][: PARENTS + 1]


class RegistryHandler:
    """`value`: None or type and data; `missing`: how many keys, the value's own first, do not exist."""

    def reading(self, place: RegistryValue) -> dict[str, Command]:
        return _named(
            registry.query(place.key, place.name, view=place.view),
            *(self._exists(key, place.view) for key in keys_of(place)),
        )

    def _exists(self, key: str, view: int) -> Command:
        # The default value is found, set or not, wherever the key is there (likely).
        return registry.query(key, "", view=view).quiet()

    def read(self, place: RegistryValue, outcomes: Mapping[str, Outcome]) -> State:
        outcome = outcomes[registry.query(place.key, place.name, view=place.view).text]
        value = registry.value(outcome.output, place.name) if found(outcome) else None
        missing = 0
        for key in keys_of(place):
            if found(outcomes[self._exists(key, place.view).text]):
                break
            missing += 1
        return {
            "value": None if value is None else {"type": value.type, "data": data_to_json(value.data)},
            "missing": missing,
        }

    def same(self, one: State, other: State) -> bool:
        return bool(one["value"] == other["value"])

    def reached(self, state: State, intended: Json) -> bool:
        if "follows" in intended:
            return True
        if "winhttp" not in intended:
            return bool(state["value"] == intended["value"])
        value = state["value"]
        try:
            blob = data_from_json(value["data"]) if value is not None else None
            settings = winhttp_settings.decode(blob) if isinstance(blob, bytes) else None
        except ValueError:
            return False
        wish = intended["winhttp"]
        if settings is None:
            return False
        http, https = ("", "") if settings.direct else proxy_stores.split_proxy(settings.proxy)
        bypass = set() if settings.direct else {entry.lower() for entry in proxy_stores.split_bypass(settings.bypass)}
        same_proxy = (http.lower(), https.lower()) == (wish["http"].lower(), wish["https"].lower())
        return same_proxy and (wish["bypass"] is None or bypass == {entry.lower() for entry in wish["bypass"]})

    def partly(self, now: State, target: State) -> bool:
        return False  # one command changes it

    def restoring(self, place: RegistryValue, now: State, target: State) -> list[Command]:
        if self.same(now, target):
            return []
        if target["value"] is None:
            return [registry.delete_value(place.key, place.name, view=place.view)]
        type_, data = target["value"]["type"], data_from_json(target["value"]["data"])
        return [registry.add(place.key, place.name, type_, data, view=place.view)]


class AdvancedHandler:
    """`settings`: None where the build has no such store; `enabled`: whether the proxy in it is on, where told."""

    def reading(self, place: AdvancedSettings) -> dict[str, Command]:
        return _named(netsh.show_advproxy())

    def read(self, place: AdvancedSettings, outcomes: Mapping[str, Outcome]) -> State:
        outcome = outcomes[netsh.show_advproxy().text]
        found(outcome)
        stored = netsh.parse_advproxy(outcome.output)
        if stored is None:
            return {"settings": None, "enabled": None}
        return {
            "settings": {
                "proxy": stored.proxy,
                "bypass": stored.bypass,
                "autoconfig_url": stored.autoconfig_url,
                "auto_detect": stored.auto_detect,
            },
            "enabled": netsh.advproxy_enabled(outcome.output),
        }

    def same(self, one: State, other: State) -> bool:
        return one == other

    def reached(self, state: State, intended: Json) -> bool:
        settings = state["settings"]
        if settings is None:
            return False
        http, https = proxy_stores.split_proxy(settings["proxy"])
        bypass = {entry.lower() for entry in proxy_stores.split_bypass(settings["bypass"])}
        return (http.lower(), https.lower(), settings["autoconfig_url"], settings["auto_detect"]) == (
            intended["http"].lower(),
            intended["https"].lower(),
            intended["autoconfig_url"],
            intended["auto_detect"],
        ) and bypass == {entry.lower() for entry in intended["bypass"]}

    def partly(self, now: State, target: State) -> bool:
        if not now["settings"] or not target["settings"]:
            return False
        return all(value in (target["settings"][name], "", False) for name, value in now["settings"].items())

    def restoring(self, place: AdvancedSettings, now: State, target: State) -> list[Command]:
        settings = target["settings"]
        if self.same(now, target) or settings is None:
            return []
        # netsh would switch a proxy on that is kept but off; its text comes back with the registry's values.
        text = "" if target["enabled"] is False else settings["proxy"]
        return [
            netsh.set_advproxy(
                netsh.AdvancedProxy(text, settings["bypass"], settings["autoconfig_url"], settings["auto_detect"])
            )
        ]


class RulesHandler:
    """`rules`: the strings as stored; `others`: how many outbound rules of the name are none of ours."""

    def reading(self, place: OurRules) -> dict[str, Command]:
        commands = allow_rule.rules_named(place.name).commands
        return _named(commands["findstr"], commands["rule.local"])

    def read(self, place: OurRules, outcomes: Mapping[str, Outcome]) -> State:
        fact = allow_rule.rules_named(place.name)
        given = {name: outcomes[fact.commands[name].text] for name in ("findstr", "rule.local")}
        empty = Outcome(1)
        rules = fact.parse({"rule.policy": empty, "rule.mdm": empty, **given})["local"]
        outbound = [rule for rule in rules if rule.direction == "Out"]
        ours = [rule for rule in outbound if allow_rule.is_ours(rule)]
        return {"rules": sorted(map(str, ours)), "others": len(outbound) - len(ours)}

    def same(self, one: State, other: State) -> bool:
        return _shown(one) == _shown(other)

    def reached(self, state: State, intended: Json) -> bool:
        # netsh deletes before it adds, so a run that broke off in between leaves none.
        return not state["rules"] or _shown(state) == sorted(intended["rules"], key=_order)

    def partly(self, now: State, target: State) -> bool:
        left = _shown(target)
        for rule in _shown(now):
            if rule not in left:
                return False
            left.remove(rule)
        return True

    def restoring(self, place: OurRules, now: State, target: State) -> list[Command]:
        if self.same(now, target):
            return []
        wishes = [allow_rule.wish_of(FirewallRule.parse(text)) for text in target["rules"]]
        if now["rules"] and now["others"]:
            raise Refused(
                f"the local store also holds an outbound rule named {place.name!r} that does not allow, so somebody "
                "else wrote it; netsh deletes by name and would take it along"
            )
        deleting = [netsh.delete_rule(place.name, "out")] if now["rules"] else []
        return [*deleting, *(allow_rule.adding(wish) for wish in wishes)]


def _order(rule: Json) -> str:
    return json.dumps(rule, sort_keys=True)


def _shown(state: State) -> list[Json]:
    """The rules in the user's words, GUID and version apart."""
    return sorted((allow_rule.shown(FirewallRule.parse(text)) for text in state["rules"]), key=_order)


class FileHandler:
    """`sha256`: None where the file is not there. `operation.file_transfer` brings it back."""

    def reading(self, place: File) -> dict[str, Command]:
        return _named(files.list_names(place.path), files.sha256(place.path))

    def read(self, place: File, outcomes: Mapping[str, Outcome]) -> State:
        if not found(outcomes[files.list_names(place.path).text]):
            return {"sha256": None}
        digest = files.parse_hash(outcomes[files.sha256(place.path).text].output)
        if digest is None:
            raise DomainError(f"{place.path} is there, but certutil tells no SHA-256 of it")
        return {"sha256": digest}

    def same(self, one: State, other: State) -> bool:
        return one == other

    def reached(self, state: State, intended: Json) -> bool:
        return bool(state == intended)

    def partly(self, now: State, target: State) -> bool:
        return False  # one command changes it

    def restoring(self, place: File, now: State, target: State) -> list[Command]:
        return []


HANDLERS: Mapping[type, Handler] = {
    RegistryValue: RegistryHandler(),
    AdvancedSettings: AdvancedHandler(),
    OurRules: RulesHandler(),
    File: FileHandler(),
}


def handler(place: Place) -> Handler:
    return HANDLERS[type(place)]


def demand_restorable(place: Place, before: State) -> None:
    """Raises DomainError where what is there could not be brought back by our tools: then nothing is changed."""
    try:
        journal_allowed.check_before(place, before)
    except (ValueError, Refused) as error:
        raise DomainError(
            f"{place.label}: what is there now could not be brought back exactly, so it is not changed in a run with a "
            f"journal: {error}. Change it by other means, or run without a journal"
        ) from error
