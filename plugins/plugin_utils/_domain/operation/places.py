"""Places on a host that a change of ours touches: plain data, which an operation names and a journal writes down.

What reading, comparing and restoring a place means is in `journal.states`, which knows every part of the domain;
here nothing of it is imported, so that every operation can name its places.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from .intents import AdvancedIntent, FileIntent, Intent, LogIntent, RulesIntent, registry_intent
from .json_forms import Json


@dataclass(frozen=True)
class RegistryValue:
    """One value; the key itself counts too, because writing the value may have made it."""

    key: str
    name: str
    view: int = 64

    @property
    def label(self) -> str:
        return f"{self.key}\\{self.name}" + (" (32-bit view)" if self.view == 32 else "")


@dataclass(frozen=True)
class AdvancedSettings:
    """The machine's Internet settings, as `netsh winhttp show advproxy` shows them."""

    @property
    def label(self) -> str:
        return "netsh winhttp advproxy, machine"


@dataclass(frozen=True)
class OurRules:
    """The outbound allow rules of one name in the local store."""

    name: str

    @property
    def label(self) -> str:
        return f"firewall rule {self.name}"


@dataclass(frozen=True)
class File:
    """A file that was replaced; `new` and `backup` are files of ours beside it, others each time."""

    path: str
    new: str = field(compare=False)
    backup: str = field(compare=False)

    @property
    def label(self) -> str:
        return self.path


@dataclass(frozen=True)
class EventLog:
    """Whether a channel of the event log is written."""

    channel: str

    @property
    def label(self) -> str:
        return f"event log {self.channel}"


Place = RegistryValue | AdvancedSettings | OurRules | File | EventLog
KINDS: Mapping[str, type[RegistryValue | AdvancedSettings | OurRules | File | EventLog]] = {
    "registry_value": RegistryValue,
    "advanced_settings": AdvancedSettings,
    "our_rules": OurRules,
    "file": File,
    "event_log": EventLog,
}
"""Kind as the journal names it -> class; a kind is never renamed, since old journals hold it."""
INTENTS: Mapping[type, Callable[[Json], Intent]] = {
    RegistryValue: registry_intent,
    AdvancedSettings: AdvancedIntent.from_json,
    OurRules: RulesIntent.from_json,
    File: FileIntent.from_json,
    EventLog: LogIntent.from_json,
}
"""Class of a place -> what reads the intent for it out of a journal."""
LONGEST = 1024
"""Characters of a field of a place."""


@dataclass(frozen=True)
class Change:
    """What a command is about to make of a place.

    With `intended` what was changed can be told from what somebody else changed later, also when the run broke off
    before it could read again.
    """

    place: Place
    intended: Intent
    before: Json = None
    """The state before, where the operation knows it; None: the journal reads it."""
    content: bytes | None = None
    """What a file held: for the journal on the controller, which keeps whole files."""


def to_json(place: Place) -> dict[str, Json]:
    """A place as the journal writes it."""
    kind = next(kind for kind, type_ in KINDS.items() if isinstance(place, type_))
    return {"kind": kind, **vars(place)}


def from_json(data: Json) -> Place:
    """The place that the journal wrote. Raises ValueError for anything else."""
    if not isinstance(data, dict) or not isinstance(data.get("kind"), str) or data["kind"] not in KINDS:
        raise ValueError("this version does not support this kind of place")
    fields = {name: value for name, value in data.items() if name != "kind"}
    if not all(isinstance(value, str) and len(value) <= LONGEST for name, value in fields.items() if name != "view"):
        raise ValueError("a place with fields of a wrong type or length")
    if fields.get("view", 64) not in (32, 64) or not isinstance(fields.get("view", 64), int):
        raise ValueError("a place with a view that is neither 32 nor 64")
    try:
        return KINDS[data["kind"]](**fields)
    except TypeError as error:
        raise ValueError(f"a place with other fields than it should have: {error}") from None


def intent_from_json(place: Place, data: Json) -> Intent:
    """What a change meant to make of a place, as the journal holds it. Raises ValueError for anything else."""
    return INTENTS[type(place)](data)
