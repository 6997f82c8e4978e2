"""What a change means to make of a place: one class for each way in which a module writes.

A journal holds an intent as JSON, so that what was changed can be told from what somebody else changed later. Members
and their order never change, because old journals hold them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from .json_forms import LONGEST_TEXT, Json, flag, mapping, sha256, text, texts


@dataclass(frozen=True)
class ValueIntent:
    """A registry value of this type and data; without a type the value is to be deleted."""

    type: str = ""
    data: int | str = ""

    def to_json(self) -> Json:
        return {"value": {"type": self.type, "data": self.data} if self.type else None}

    @classmethod
    def from_json(cls, data: Json) -> ValueIntent:
        value = mapping(data, "value")["value"]
        if value is None:
            return cls()
        stored = mapping(value, "type", "data")
        content = stored["data"]
        if isinstance(content, bool) or not isinstance(content, int):
            content = text(content)
        if not text(stored["type"]):
            raise ValueError("a registry value has a type")
        return cls(stored["type"], content)


@dataclass(frozen=True)
class WinHttpIntent:
    """A registry value that holds a proxy as WinHTTP packs it."""

    http: str
    https: str
    bypass: tuple[str, ...] | None
    """None: it is not compared."""

    def to_json(self) -> Json:
        bypass = None if self.bypass is None else list(self.bypass)
        return {"winhttp": {"http": self.http, "https": self.https, "bypass": bypass}}

    @classmethod
    def from_json(cls, data: Json) -> WinHttpIntent:
        proxy = mapping(mapping(data, "winhttp")["winhttp"], "http", "https", "bypass")
        bypass = None if proxy["bypass"] is None else tuple(texts(proxy["bypass"], LONGEST_TEXT))
        return cls(text(proxy["http"]), text(proxy["https"]), bypass)


@dataclass(frozen=True)
class FollowsIntent:
    """A registry value of the advanced store's own: netsh decides what it holds."""

    def to_json(self) -> Json:
        return {"follows": "advanced_settings"}

    @classmethod
    def from_json(cls, data: Json) -> FollowsIntent:
        if data != cls().to_json():
            raise ValueError("a value of the advanced store follows it and nothing else")
        return cls()


@dataclass(frozen=True)
class AdvancedIntent:
    """The machine's Internet settings."""

    http: str
    https: str
    bypass: tuple[str, ...]
    autoconfig_url: str
    auto_detect: bool

    def to_json(self) -> Json:
        return {**vars(self), "bypass": list(self.bypass)}

    @classmethod
    def from_json(cls, data: Json) -> AdvancedIntent:
        given = mapping(data, "http", "https", "bypass", "autoconfig_url", "auto_detect")
        return cls(
            text(given["http"]),
            text(given["https"]),
            tuple(texts(given["bypass"], LONGEST_TEXT)),
            text(given["autoconfig_url"]),
            flag(given["auto_detect"]),
        )


@dataclass(frozen=True)
class RulesIntent:
    """The rules of one name, each in the words of `firewall.rule_spec.spec_as_dict`."""

    rules: tuple[Mapping[str, Json], ...]

    def to_json(self) -> Json:
        return {"rules": list(self.rules)}

    @classmethod
    def from_json(cls, data: Json) -> RulesIntent:
        rules = mapping(data, "rules")["rules"]
        if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules):
            raise ValueError("a list of rules is wanted")
        return cls(tuple(rules))


@dataclass(frozen=True)
class FileIntent:
    """A file of this content."""

    sha256: str

    def to_json(self) -> Json:
        return {"sha256": self.sha256}

    @classmethod
    def from_json(cls, data: Json) -> FileIntent:
        return cls(sha256(mapping(data, "sha256")["sha256"]))


@dataclass(frozen=True)
class LogIntent:
    """A channel of the event log that is written, or not."""

    enabled: bool

    def to_json(self) -> Json:
        return {"enabled": self.enabled}

    @classmethod
    def from_json(cls, data: Json) -> LogIntent:
        return cls(flag(mapping(data, "enabled")["enabled"]))


Intent = ValueIntent | WinHttpIntent | FollowsIntent | AdvancedIntent | RulesIntent | FileIntent | LogIntent
REGISTRY: Final[Mapping[str, type[ValueIntent | WinHttpIntent | FollowsIntent]]] = {
    "value": ValueIntent,
    "winhttp": WinHttpIntent,
    "follows": FollowsIntent,
}
"""The one member of an intent for a registry value -> its class."""


def registry_intent(data: Json) -> ValueIntent | WinHttpIntent | FollowsIntent:
    """The intent for a registry value that a journal holds. Raises ValueError."""
    member = next(iter(data), "") if isinstance(data, dict) else ""
    if member not in REGISTRY:
        raise ValueError(f"an object of one of {', '.join(REGISTRY)} is wanted")
    return REGISTRY[member].from_json(data)
