"""What is known of a host before it is probed: read in one line, or by a caller who has read the host anyway."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from ..._windows import curl_probe, filetime, registry
from ..._windows.cmdline import NO_SUCH_PROGRAM, Command, Outcome
from ..._windows.credentials import last_words
from ..defender import DEFENDER, ONBOARDING, SYSTEM, Defender, Onboarding, System
from ..operation import Ask, Fact, HostError, Operation, is_lost, reason, understood, values
from ..proxy import OF_FACTS, STORES, Stores, unreadable
from ..root_lists import AUTO_UPDATE, LISTS

LAST_LOOK = LISTS["disallowed"][1]
_PARTS: Final = ("system.", "defender.", "proxy.", "onboarding")
"""Parts of a result of host_info that decide how a host is probed."""


@dataclass(frozen=True)
class Rest:
    """What a probe needs beside the facts of a host."""

    curl: curl_probe.Version | None
    """None: there is none, or that is not known."""
    looked: dt.datetime | None
    """When the list of untrusted certificates was last looked for."""


@dataclass(frozen=True)
class Known:
    """The facts of a host that decide how it is probed."""

    system: System
    defender: Defender
    stores: Stores
    onboarding: Onboarding
    clock_skew: float | None
    """Seconds that the host's clock is ahead of the controller's; None: not known."""
    unread: Mapping[str, str] = field(default_factory=dict)
    """Command, or fact -> why it is not known."""
    rest: Rest | None = None
    """None: not read, so it is asked together with the URLs."""

    @classmethod
    def of_facts(
        cls,
        system: System,
        defender: Defender,
        stores: Stores,
        onboarding: Onboarding,
        clock_skew: float | None,
        unknown: Iterable[Mapping[str, str]] = (),
    ) -> Known:
        """From facts that were read before; `unknown` as results name it: `fact` and `reason`."""
        unread = {
            OF_FACTS.get(one["fact"], one["fact"]): one["reason"] for one in unknown if one["fact"].startswith(_PARTS)
        }
        return cls(system, defender, stores, onboarding, clock_skew, unread)

    def may_be_elevated(self) -> bool:
        """Also where that is not known: then it is tried."""
        return self.system.elevated or "system.elevated" in self.unread

    @property
    def maps_urls(self) -> tuple[str, ...]:
        """What the host asks for MAPS; empty where that is not known."""
        return () if is_lost(self.unread, "onboarding") else self.onboarding.maps_urls

    def stores_known(self) -> Stores:
        """The stores, with what of them is not known."""
        return unreadable(self.stores, self.unread)


def _last_look(outcome: Outcome) -> dt.datetime | None:
    stored = values.binary(outcome, LAST_LOOK)
    return None if stored is None else filetime.decode(stored)


_LOOKED: Final = Fact.of("probe.look", registry.query(AUTO_UPDATE, LAST_LOOK), _last_look)
REST: Final[Mapping[str, Command]] = {"probe.curl": curl_probe.version().with_errors(), **_LOOKED.commands}
"""The commands of Rest."""


_READ: Final = (SYSTEM, DEFENDER, STORES, ONBOARDING, _LOOKED)


def _parse(outcomes: Mapping[str, Outcome]) -> tuple[System, Defender, Stores, Onboarding, dt.datetime | None]:
    return (
        SYSTEM.parse(outcomes),
        DEFENDER.parse(outcomes),
        STORES.parse(outcomes),
        ONBOARDING.parse(outcomes),
        _LOOKED.parse(outcomes),
    )


_FIRST: Final = Fact({name: one for fact in _READ for name, one in fact.commands.items()}, _parse)


def read() -> Operation[Known]:
    """Reads all of it, in one line. Raises HostError for a curl that does not run."""
    answer = yield Ask({**_FIRST.commands, "probe.curl": REST["probe.curl"]}, reads=True)
    (system, defender, stores, onboarding, looked), unread = understood(answer.outcomes, _FIRST)
    rest = Rest(_curl(answer["probe.curl"]), looked)
    return Known(system, defender, stores, onboarding, answer.clock_skew, unread, rest)


def rest(outcomes: Mapping[str, Outcome]) -> tuple[Rest, dict[str, str]]:
    """What the outcomes of REST say, and why what is not known is not. Raises HostError for a curl that does not
    run."""
    looked, unread = understood({name: outcomes[name] for name in REST}, _LOOKED)
    return Rest(_curl(outcomes["probe.curl"]), looked), unread


def _curl(said: Outcome) -> curl_probe.Version | None:
    """Which curl.exe there is; None: none, or that is not known. Raises HostError for one that does not run."""
    if reason(said):
        return None
    curl = curl_probe.parse_version(said.output)
    if curl is None and said.exit_code != NO_SUCH_PROGRAM:
        raise HostError(
            f"curl.exe ended with {said.exit_code} when run with --version, so it cannot be used for probes. "
            f"Output: {last_words(said.text)}. Check that it is allowed for this account"
        )
    return curl
