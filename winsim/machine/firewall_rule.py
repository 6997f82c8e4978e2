"""One firewall rule as a string of the registry ([MS-GPFAS] 2.2.2.19).

`v2.31|Action=Allow|Active=TRUE|Dir=Out|...|`: fields in no fixed order, many repeated, some without `=`. Nothing is
lost: `Rule.parse(text).text == text`. A value that does not begin with `v2.` is no rule (such values exist; Windows
ignores them: sure).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache

ALL_PROFILES = ("Domain", "Private", "Public")


@dataclass(frozen=True)
class Rule:
    """A version and the parts that follow it, each `Key=value` or a bare word."""

    version: str
    parts: tuple[str, ...]
    """Without the separators; a text that ends in a separator has an empty last part."""

    @staticmethod
    def parse(text: str) -> Rule | None:
        """The rule in a registry value; None for a value that Windows ignores."""
        return _parse(text)

    @staticmethod
    def build(version: str, fields: Iterable[tuple[str, str]]) -> Rule:
        """A rule of these fields, in this order."""
        return Rule(version, (*(f"{key}={value}" for key, value in fields), ""))

    @property
    def text(self) -> str:
        """The registry value."""
        return "|".join((self.version, *self.parts))

    @cached_property
    def fields(self) -> dict[str, tuple[str, ...]]:
        """Values by lower-case key, in order. Keys compare without regard to case (guess)."""
        found: dict[str, tuple[str, ...]] = {}
        for part in self.parts:
            key, equals, value = part.partition("=")
            if equals:
                found[key.lower()] = (*found.get(key.lower(), ()), value)
        return found

    def first(self, key: str, default: str = "") -> str:
        """The first value of a key."""
        return self.fields.get(key.lower(), (default,))[0]

    def every(self, *keys: str) -> tuple[str, ...]:
        """All values of these keys."""
        return tuple(value for key in keys for value in self.fields.get(key.lower(), ()))

    @property
    def name(self) -> str:
        return self.first("Name")

    @property
    def active(self) -> bool:
        """A rule that does not say it is active is not (guess: every rule seen says it)."""
        return self.first("Active").upper() == "TRUE"

    @property
    def outbound(self) -> bool:
        return self.first("Dir").lower() == "out"

    @property
    def action(self) -> str:
        """`allow`, `block` or `bypass`."""
        return self.first("Action").lower()

    @property
    def protocol(self) -> int | None:
        """The IP protocol's number; None: any (256 means any as well)."""
        number = self.first("Protocol")
        return int(number) if number.isdecimal() and number != "256" else None

    @property
    def profiles(self) -> tuple[str, ...]:
        """Lower-case names; all three where the rule names none."""
        return tuple(value.lower() for value in self.every("Profile") or ALL_PROFILES)


@lru_cache(maxsize=1 << 16)
def _parse(text: str) -> Rule | None:
    version, separator, rest = text.partition("|")
    if not separator or not version.startswith("v2."):
        return None
    return Rule(version, tuple(rest.split("|")))
