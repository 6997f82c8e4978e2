"""The exact state of a place: read, compared, and the commands that bring it back.

A state is JSON, so that a journal can hold it. What could not be brought back exactly (a text that cmd.exe cannot
carry, a rule that netsh cannot express) is found out before the change, by building the very commands. The same check
keeps out what others wrote into a journal.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, Protocol

from ..._windows import eventlog, files, netsh, registry, winhttp_settings
from ..._windows.batch import Batch
from ..._windows.cmdline import Command, Outcome
from ..._windows.firewall_rule import FirewallRule
from ..firewall import allow_rule, rule_spec
from ..operation import (
    AdvancedIntent,
    AdvancedSettings,
    EventLog,
    File,
    FileIntent,
    FollowsIntent,
    HostError,
    Intent,
    Json,
    LogIntent,
    OurRules,
    Place,
    Refused,
    RegistryValue,
    RulesIntent,
    ValueIntent,
    WinHttpIntent,
    json_forms,
    values,
    was_found,
)
from ..proxy import change as proxy_change, stores as proxy_stores

FEWEST_PARTS = 5
"""A key of fewer names (`HKLM\\SOFTWARE\\Policies\\Microsoft`) is always there and never removed."""
PARENTS = 1
"""How many keys above a value's own a write may have made (`...\\Windows Defender\\Spynet`)."""
WRITABLE: Final = ("REG_SZ", "REG_EXPAND_SZ", "REG_MULTI_SZ", "REG_DWORD", "REG_QWORD", "REG_BINARY")
"""Types that reg writes; a value of another one is not changed while a journal is kept."""
BLOB: Final = ("REG_BINARY",)
"""Of the values that hold a proxy as WinHTTP packs it."""
MOST_RULES: Final = 64
RULES_OF_STORE: Final = ("findstr", "rule.stores", "rule.local", allow_rule.WHOLE)
"""What reads the rules of the local store, and counts whether a filter lost some."""
_TOKEN = "0" * 8
"""As long as the one of a line that is sent."""

State = dict[str, Json]


class Handler(Protocol):
    """What one kind of place needs; states are in the words of its own `read`."""

    def reading(self, place: Any) -> dict[str, Command]:
        """Commands by their own text, so that two places that ask the same ask once."""

    def read(self, place: Any, outcomes: Mapping[str, Outcome]) -> State:
        """The state in the outcomes of `reading`."""

    def same(self, one: State, other: State) -> bool:
        """Whether two states are the same but for what cannot be (a rule's GUID)."""

    def demand_restorable(self, place: Any, before: Json) -> None:
        """Raises ValueError or Refused where this is no state of the place, or could not be written back exactly."""

    def matches_intent(self, state: State, intended: Any) -> bool:
        """Whether a state is what a change meant to make; `intended` is the intent of this kind of place."""

    def is_partial_restore(self, now: State, target: State) -> bool:
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


def data_from_json(data: Json) -> registry.Data:
    """Registry data as a journal holds it: bytes in hex, several texts as a list."""
    if isinstance(data, dict):
        return bytes.fromhex(json_forms.text(json_forms.mapping(data, "hex")["hex"]))
    if isinstance(data, list):
        return tuple(json_forms.texts(data, json_forms.LONGEST_TEXT))
    if isinstance(data, str):
        return json_forms.text(data)
    if isinstance(data, int) and not isinstance(data, bool):
        return data
    raise ValueError("it is not registry data")


def demand_carried(command: Command) -> None:
    """Raises LineTooLong, a ValueError, where a command does not even fit into a line of its own."""
    len(Batch({"it": command.with_errors()}, token=_TOKEN).line)


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
        return registry.query(key, "", view=view, quiet=True)

    def read(self, place: RegistryValue, outcomes: Mapping[str, Outcome]) -> State:
        outcome = outcomes[registry.query(place.key, place.name, view=place.view).text]
        value = registry.value(outcome.output, place.name) if was_found(outcome) else None
        missing = 0
        for key in keys_of(place):
            if was_found(outcomes[self._exists(key, place.view).text]):
                break
            missing += 1
        return {
            "value": None if value is None else {"type": value.type, "data": data_to_json(value.data)},
            "missing": missing,
        }

    def same(self, one: State, other: State) -> bool:
        return bool(one["value"] == other["value"])

    def demand_restorable(self, place: RegistryValue, before: Json) -> None:
        state = json_forms.mapping(before, "value", "missing")
        json_forms.whole(state["missing"], 0, PARENTS + 1)
        if state["value"] is None:
            return
        value = json_forms.mapping(state["value"], "type", "data")
        types = BLOB if place.key == winhttp_settings.KEY else WRITABLE
        if value["type"] not in types:
            raise ValueError(f"it must be a value of type {' or '.join(types)}")
        demand_carried(
            registry.add(place.key, place.name, value["type"], data_from_json(value["data"]), view=place.view)
        )

    def matches_intent(self, state: State, intended: Intent) -> bool:
        if isinstance(intended, ValueIntent):
            return bool(state["value"] == intended.to_json()["value"])
        if not isinstance(intended, WinHttpIntent):
            return isinstance(intended, FollowsIntent)
        blob = data_from_json(state["value"]["data"]) if state["value"] is not None else None
        return isinstance(blob, bytes) and proxy_change.matches_intent(proxy_stores.winhttp(blob), intended)

    def is_partial_restore(self, now: State, target: State) -> bool:
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
        was_found(outcome)
        stored = netsh.parse_advproxy(outcome.output)
        if stored is None:
            return {"settings": None, "enabled": None}
        return {
            "settings": {
                "proxy": stored.proxy,
                "bypass": stored.bypass,
                # netsh would switch a script on that is kept but off; its text comes back with the registry's values.
                "autoconfig_url": "" if stored.autoconfig_enabled is False else stored.autoconfig_url,
                "auto_detect": stored.auto_detect,
            },
            "enabled": stored.proxy_enabled,
        }

    def same(self, one: State, other: State) -> bool:
        return one == other

    def demand_restorable(self, place: AdvancedSettings, before: Json) -> None:
        state = json_forms.mapping(before, "settings", "enabled")
        if state["enabled"] is not None:
            json_forms.flag(state["enabled"])
        if state["settings"] is None:
            return
        settings = json_forms.mapping(state["settings"], "proxy", "bypass", "autoconfig_url", "auto_detect")
        proxy_text, bypass, url = (json_forms.text(settings[name]) for name in ("proxy", "bypass", "autoconfig_url"))
        demand_carried(
            netsh.set_advproxy(netsh.AdvancedProxy(proxy_text, bypass, url, json_forms.flag(settings["auto_detect"])))
        )

    def matches_intent(self, state: State, intended: AdvancedIntent) -> bool:
        settings = state["settings"]
        if settings is None:
            return False
        stored = netsh.AdvancedProxy(**settings, proxy_enabled=state["enabled"])
        return proxy_change.matches_intent(proxy_stores.advanced(stored), intended)

    def is_partial_restore(self, now: State, target: State) -> bool:
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
    """`rules`: the strings as stored; `others`: how many outbound rules of the name this collection did not make, None
    where a filter may have lost some."""

    def reading(self, place: OurRules) -> dict[str, Command]:
        commands = allow_rule.rules_named(place.name).commands
        return _named(*(commands[name] for name in RULES_OF_STORE))

    def read(self, place: OurRules, outcomes: Mapping[str, Outcome]) -> State:
        fact = allow_rule.rules_named(place.name)
        given = {name: outcomes[fact.commands[name].text] for name in RULES_OF_STORE}
        empty = Outcome(1)
        rules = fact.parse({"rule.policy": empty, "rule.mdm": empty, **given})["local"]
        outbound = [rule for rule in rules if rule.direction == "Out"]
        ours = [rule for rule in outbound if allow_rule.is_managed(rule)]
        others = len(outbound) - len(ours)
        lost = not others and allow_rule.may_be_lost(given[allow_rule.WHOLE])
        return {"rules": sorted(map(str, ours)), "others": None if lost else others}

    def same(self, one: State, other: State) -> bool:
        return _shown(one) == _shown(other)

    def demand_restorable(self, place: OurRules, before: Json) -> None:
        state = json_forms.mapping(before, "rules", "others")
        if state["others"] is not None:
            json_forms.whole(state["others"], 0, 1 << 20)
        for one in json_forms.texts(state["rules"], MOST_RULES):
            rule = FirewallRule.parse(one)
            if not allow_rule.is_managed(rule) or rule.name.lower() != place.name.lower():
                raise ValueError(f"{one!a} is not an outbound allow rule named {place.name!a}")
            request = rule_spec.spec_from_rule(rule).validated()
            demand_carried(allow_rule.add_command(request))
            if rule_spec.rule_as_dict(rule) != rule_spec.spec_as_dict(request):
                raise ValueError("it has conditions that netsh does not support")

    def matches_intent(self, state: State, intended: RulesIntent) -> bool:
        # netsh deletes before it adds, so a run that broke off in between leaves none.
        return not state["rules"] or _shown(state) == sorted(intended.rules, key=_order)

    def is_partial_restore(self, now: State, target: State) -> bool:
        left = _shown(target)
        for rule in _shown(now):
            if rule not in left:
                return False
            left.remove(rule)
        return True

    def restoring(self, place: OurRules, now: State, target: State) -> list[Command]:
        if self.same(now, target):
            return []
        requested = [rule_spec.spec_from_rule(FirewallRule.parse(text)) for text in target["rules"]]
        if now["rules"] and now["others"] is None:
            raise Refused(
                "the local store contains rules that findstr lost, because they are too long for it on a pipe or have "
                f"line ends in them. One of them may have the name {place.name!r} too; netsh deletes by name and would "
                "delete it as well. Delete the collection's rule by other means"
            )
        if now["rules"] and now["others"]:
            raise Refused(
                f"the local store also contains an outbound rule named {place.name!r} that is not an allow rule, so "
                "somebody else created it; netsh deletes by name and would delete it too"
            )
        deleting = [netsh.delete_rule(place.name, "out")] if now["rules"] else []
        return [*deleting, *(allow_rule.add_command(request) for request in requested)]


def _order(rule: Json) -> str:
    return json.dumps(rule, sort_keys=True)


def _shown(state: State) -> list[Json]:
    """The rules in the user's words, GUID and version apart."""
    return sorted((rule_spec.rule_as_dict(FirewallRule.parse(text)) for text in state["rules"]), key=_order)


class FileHandler:
    """`sha256`: None where the file is not there. `operation.file_transfer` brings it back."""

    def reading(self, place: File) -> dict[str, Command]:
        return _named(files.look_for(place.path), files.sha256(place.path))

    def read(self, place: File, outcomes: Mapping[str, Outcome]) -> State:
        if not was_found(outcomes[files.look_for(place.path).text]):
            return {"sha256": None}
        digest = files.parse_hash(outcomes[files.sha256(place.path).text].output)
        if digest is None:
            raise HostError(f"{place.path} exists, but certutil returned no SHA-256 of it")
        return {"sha256": digest}

    def same(self, one: State, other: State) -> bool:
        return one == other

    def demand_restorable(self, place: File, before: Json) -> None:
        json_forms.sha256(json_forms.mapping(before, "sha256")["sha256"])

    def matches_intent(self, state: State, intended: FileIntent) -> bool:
        return bool(state["sha256"] == intended.sha256)

    def is_partial_restore(self, now: State, target: State) -> bool:
        return False  # one command changes it

    def restoring(self, place: File, now: State, target: State) -> list[Command]:
        return []


class LogHandler:
    """`enabled`: whether a channel of the event log is written."""

    def reading(self, place: EventLog) -> dict[str, Command]:
        return _named(eventlog.enabled_of(place.channel))

    def read(self, place: EventLog, outcomes: Mapping[str, Outcome]) -> State:
        return {"enabled": values.number(outcomes[eventlog.enabled_of(place.channel).text], "Enabled") == 1}

    def same(self, one: State, other: State) -> bool:
        return one == other

    def demand_restorable(self, place: EventLog, before: Json) -> None:
        json_forms.flag(json_forms.mapping(before, "enabled")["enabled"])

    def matches_intent(self, state: State, intended: LogIntent) -> bool:
        return state["enabled"] is intended.enabled

    def is_partial_restore(self, now: State, target: State) -> bool:
        return False  # one command changes it

    def restoring(self, place: EventLog, now: State, target: State) -> list[Command]:
        return [] if self.same(now, target) else [eventlog.switch(place.channel, bool(target["enabled"]))]


HANDLERS: Mapping[type, Handler] = {
    RegistryValue: RegistryHandler(),
    AdvancedSettings: AdvancedHandler(),
    OurRules: RulesHandler(),
    File: FileHandler(),
    EventLog: LogHandler(),
}


def handler_for(place: Place) -> Handler:
    return HANDLERS[type(place)]


def demand_restorable(place: Place, before: State) -> None:
    """Raises HostError where what is there could not be brought back by our tools: then nothing is changed."""
    try:
        handler_for(place).demand_restorable(place, before)
    except (ValueError, Refused) as error:
        raise HostError(
            f"{place.label}: the current state could not be restored exactly, so a run with a journal does not "
            f"change it: {error}. Change it by other means, or run without a journal"
        ) from error
