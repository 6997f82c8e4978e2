"""The causes that this collection knows, which ways out each has, and what hides what.

The order is that of the connection: what stands above fails first. The sentences are in `language.causes`.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..language import DEFAULT_LANGUAGE, causes as language_causes

MODULES = {
    "set_proxy": "windefend.maps.winhttp_proxy",
    "root_update": "windefend.maps.root_update",
    "loosen": "windefend.maps.spynet",
    "allow_rules": "windefend.maps.firewall_rule",
    "maps_on": "windefend.maps.spynet",
}
"""Solution -> the module that applies it; the others need a person."""


@dataclass(frozen=True)
class Solution:
    """One way to help, as results show it."""

    text: str
    module: str
    """The module that applies it; empty: a person must act."""
    who: str
    """Who must act where no module can."""
    cost: str
    """What it costs."""


def solution(name: str, language: str = DEFAULT_LANGUAGE) -> Solution:
    """A solution in words."""
    words = language_causes.SOLUTIONS[name]
    return Solution(words.text.get(language), MODULES.get(name, ""), words.who.get(language), words.cost.get(language))


@dataclass(frozen=True)
class Cause:
    """A cause of a failing MAPS connection."""

    id: str
    ways_out: tuple[str, ...]
    """Names of solutions, Microsoft's preferred first."""
    hidden_by: tuple[str, ...] = ()
    """Causes that, where they hold, keep this one from being seen: the first condition that fails speaks."""
    applicable: bool = True
    """False: there is nothing to reach here, so the host is `not_applicable`."""

    def title(self, language: str = DEFAULT_LANGUAGE) -> str:
        return language_causes.CAUSES[self.id].title.get(language)

    def explanation(self, language: str = DEFAULT_LANGUAGE) -> str:
        return language_causes.CAUSES[self.id].explanation.get(language)

    def solutions(self, language: str = DEFAULT_LANGUAGE) -> tuple[Solution, ...]:
        return tuple(solution(name, language) for name in self.ways_out)


_BLOCKED = ("not_elevated", "windows_too_old", "firewall_default_block")
"""Where nobody may ask as SYSTEM, there is no curl.exe yet, or the host's own firewall does not let it out, no probe
sees anything that counts."""
_NO_WAY = (*_BLOCKED, "name_resolution", "winhttp_proxy_dead", "defender_proxy_dead", "proxy_authentication")
_NO_TLS = (*_NO_WAY, "perimeter", "winhttp_proxy_missing")

CAUSES: dict[str, Cause] = {
    cause.id: cause
    for cause in (
        Cause("other_antivirus", (), applicable=False),
        Cause("maps_off", ("maps_on",), applicable=False),
        Cause("not_elevated", ("use_administrator",)),
        Cause("windows_too_old", ("upgrade",)),
        Cause("service_stopped", ("restore_service",), ("not_elevated",)),
        Cause("firewall_block_rule", ("remove_block",)),
        Cause("firewall_default_block", ("allow_rules",)),
        Cause("clock_skew", ("set_clock",)),
        Cause("name_resolution", ("set_proxy", "resolve"), _BLOCKED),
        Cause("winhttp_proxy_missing", ("set_proxy", "root_update", "loosen"), (*_BLOCKED, "name_resolution")),
        Cause("winhttp_proxy_dead", ("set_proxy", "name_the_proxy"), _BLOCKED),
        Cause("defender_proxy_dead", ("mend_policy_proxy", "set_proxy"), _BLOCKED),
        Cause("proxy_authentication", ("no_password",), (*_BLOCKED, "winhttp_proxy_dead", "defender_proxy_dead")),
        Cause("crl_unreachable", ("allow_lists", "loosen"), _NO_WAY),
        Cause("perimeter", ("allow_maps",), _NO_WAY),
        Cause("tls_inspection", ("exempt_tls",), (*_NO_TLS, "clock_skew", "root_missing")),
        Cause("root_missing", ("root_update",), (*_NO_TLS, "clock_skew", "tls_inspection")),
        Cause(
            "trust_list_stale",
            ("mend_trust_list", "loosen"),
            (*_NO_TLS, "clock_skew", "root_missing", "tls_inspection", "crl_unreachable", "firewall_block_rule"),
        ),
        Cause("unknown", ("follow",)),
    )
}
