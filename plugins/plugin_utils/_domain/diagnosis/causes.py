"""The causes that this collection knows, which ways out each has, what hides what, and what a diagnosis says of them.

The order is that of the connection: what stands above fails first. The sentences are in `language.causes`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ..language import DEFAULT_LANGUAGE, Message, causes as language_causes, render, solutions as language_solutions
from ..ownership import POLICY, POLICY_MANAGER, Condition, Hardening, Ownership, described
from .observation import NEEDS_SERVICE, Observation

MODULES = {
    "set_proxy": "windefend.maps.winhttp_proxy",
    "mend_bypass": "windefend.maps.winhttp_proxy",
    "root_update": "windefend.maps.root_update",
    "loosen": "windefend.maps.spynet",
    "allow_rules": "windefend.maps.firewall_rule",
    "maps_on": "windefend.maps.spynet",
}
"""Solution -> the module that applies it; the others need a person."""
BY_POLICY = {"allow_rules": "allow_rules_by_policy"}
"""Solution -> what takes its place where a policy makes Windows ignore local firewall rules."""
BY_OWNER = {"maps_on": "maps_on_by_owner"}
"""Where a policy holds the setting, and its owner would write it again."""
BY_MANAGEMENT = {"maps_on": "maps_on_by_management"}
"""Where tamper protection rejects changes to the registry."""


CONDITIONS = {
    "maps_off": Condition.MAPS_OFF,
    "firewall_default_block": Condition.OUTBOUND_BLOCK,
    "root_missing": Condition.ROOTS_FROZEN,
    "proxy_service_off": Condition.AUTO_PROXY_OFF,
}
"""Cause -> the condition that hardening baselines speak of and that brings it about."""


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
    words = language_solutions.SOLUTIONS[name]
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

    def solutions(
        self, language: str = DEFAULT_LANGUAGE, instead: Mapping[str, str] = MappingProxyType({})
    ) -> tuple[Solution, ...]:
        """The solutions in words; `instead`: solution -> what takes its place on this host (`in_place_of`)."""
        return tuple(solution(instead.get(name, name), language) for name in self.ways_out)


def in_place_of(seen: Observation) -> dict[str, str]:
    """Solution -> what takes its place on a host, where a module would change what somebody else decides."""
    owner = seen.owner_of("SpynetReporting")
    return {
        **(BY_POLICY if seen.rules_ignored else {}),
        **(BY_MANAGEMENT if seen.tamper_protection else {}),
        **(BY_OWNER if owner is not None and owner.policy_owner else {}),
    }


_BLOCKED = ("not_elevated", "windows_too_old", "firewall_default_block")
"""Where nobody may ask as SYSTEM, MpCmdRun does not know the switch, or the host's own firewall lets no curl.exe out,
nothing that counts is seen."""
_UNTRIED = (*_BLOCKED, "winhttp_proxy_unusable")
"""Nor where the way is not known, because nobody says what Windows does with the text of its proxy."""
_NO_WAY = (*_UNTRIED, "name_resolution", "winhttp_proxy_dead", "defender_proxy_dead", "proxy_authentication")
_NO_TLS = (*_NO_WAY, "perimeter", "winhttp_proxy_missing", "proxy_bypassed")

CAUSES: dict[str, Cause] = {
    cause.id: cause
    for cause in (
        Cause("other_antivirus", (), applicable=False),
        Cause("maps_off", ("maps_on",), applicable=False),
        Cause("not_elevated", ("use_administrator",)),
        Cause("windows_too_old", ("upgrade",)),
        Cause("mpcmdrun_not_started", ("allow_mpcmdrun",), ("not_elevated", "other_antivirus")),
        Cause("service_stopped", ("restore_service",), ("not_elevated",)),
        Cause("firewall_block_rule", ("remove_block",)),
        Cause("firewall_default_block", ("allow_rules",)),
        Cause("firewall_service_stopped", ("start_firewall",)),
        Cause("proxy_service_off", ("enable_proxy_service",), _BLOCKED),
        Cause("clock_skew", ("set_clock",)),
        Cause("name_resolution", ("set_proxy", "resolve"), _UNTRIED),
        Cause("winhttp_proxy_unusable", ("set_proxy", "name_the_proxy"), _BLOCKED),
        Cause("proxy_bypassed", ("mend_bypass", "mend_policy_bypass"), (*_UNTRIED, "name_resolution")),
        Cause(
            "winhttp_proxy_missing",
            ("set_proxy", "root_update", "loosen"),
            (*_UNTRIED, "name_resolution", "proxy_bypassed"),
        ),
        Cause("winhttp_proxy_dead", ("set_proxy", "name_the_proxy"), (*_UNTRIED, "proxy_bypassed")),
        Cause("defender_proxy_dead", ("mend_policy_proxy", "set_proxy"), _UNTRIED),
        Cause(
            "proxy_authentication",
            ("no_password",),
            (*_UNTRIED, "proxy_bypassed", "winhttp_proxy_dead", "defender_proxy_dead"),
        ),
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


def met_condition(cause: str, seen: Observation) -> Condition | None:
    """The condition of a hardening baseline that is met on a host and brings a cause about."""
    condition, roots, reporting = CONDITIONS.get(cause), seen.roots, seen.owner_of("SpynetReporting")
    met = {
        Condition.MAPS_OFF: reporting is not None
        and reporting.value == 0
        and reporting.in_force in (POLICY, POLICY_MANAGER),
        Condition.ROOTS_FROZEN: roots is not None and roots.update_off is True and not roots.root_dir_url,
        Condition.OUTBOUND_BLOCK: True,
        Condition.AUTO_PROXY_OFF: seen.auto_proxy_off is True,
    }
    return condition if condition is not None and met[condition] else None


def described_at(condition: Condition, seen: Observation, language: str) -> Hardening:
    """What baselines for such a host say of a condition, in words."""
    return described(condition, seen.build, seen.server, language)


@dataclass(frozen=True)
class Latent:
    """What may break a connection later that works now."""

    id: str
    text: str
    hardening: Hardening | None
    """What hardening baselines say of it; None: nothing."""


DRIFT = 300.0
"""Seconds: beyond five minutes Kerberos refuses too (its default tolerance: sure)."""
OLD_SIGNATURES = 7 * 24.0
"""Hours (DISA STIG V-213452 and V-213453 ask for signatures of at most seven days: sure)."""


def latent(seen: Observation, language: str) -> tuple[Latent, ...]:
    """Of a host that MAPS answers: what may break that later. Whether lists come is known where probes were made."""
    if seen.connected is not True:
        return ()
    skew, age = abs(seen.clock_skew or 0.0), seen.standing.signatures_age_hours
    until = seen.probed.lists_until if seen.probed is not None else ()
    dated: dict[str, object] = {
        "until": Message("lists_until", {"dates": until}) if until else Message("lists_until_unknown")
    }
    found: tuple[tuple[str, bool, Condition | None, dict[str, object]], ...] = (
        ("roots_frozen", seen.standing.roots_frozen is True, Condition.ROOTS_FROZEN, {}),
        ("checks_loosened", seen.ssl_options & 3 != 3, None, {"options": seen.ssl_options}),
        ("clock_drifting", skew > DRIFT, None, {"minutes": f"{skew / 60:.0f}"}),
        ("signatures_old", age is not None and age > OLD_SIGNATURES, None, {"days": f"{(age or 0.0) / 24:.0f}"}),
        ("lists_from_cache", seen.probed is not None and seen.probed.lists_from_cache, None, dated),
        (
            "proxy_service_off",
            seen.auto_proxy_off is True and seen.build >= NEEDS_SERVICE,
            Condition.AUTO_PROXY_OFF,
            {},
        ),
    )
    return tuple(
        Latent(
            name,
            render(Message(f"latent_{name}", values), language),
            described_at(condition, seen, language) if condition is not None else None,
        )
        for name, holds, condition, values in found
        if holds
    )


@dataclass(frozen=True)
class Finding:
    """A cause that holds, may hold or is excluded, in words."""

    id: str
    title: str
    confidence: str
    """certain, likely or possible; in `excluded`: none."""
    evidence_for: tuple[str, ...]
    evidence_against: tuple[str, ...]
    sources: tuple[str, ...]
    hardening: Hardening | None
    """What hardening baselines say of it, where such a setting brings it about here; None: it does not."""


@dataclass(frozen=True)
class Unseen:
    """A cause of which it cannot be said whether it holds."""

    id: str
    title: str
    behind: tuple[str, ...]
    """Ids of the causes that hide it; empty: it was not looked at, or not everywhere."""
    probe: str
    """What would tell."""
    evidence_against: tuple[str, ...]
    """What speaks against it and does not exclude it."""


@dataclass(frozen=True)
class Undecided:
    """Causes of which at least one holds, and which look alike."""

    causes: tuple[str, ...]
    titles: tuple[str, ...]
    probe: str
    """What would tell them apart."""


@dataclass(frozen=True)
class Assumed:
    """Whether MAPS answers, by what is stored alone."""

    connected: bool | None
    confidence: str
    """certain, likely or none."""
    because: str


@dataclass(frozen=True)
class Diagnosis:
    """What is wrong, as far as it can be decided."""

    cause: str
    """Id of the leading cause; `none` when MAPS answered."""
    title: str
    confidence: str
    explanation: str
    summary: str
    """Two sentences for a help desk: what is wrong, and what to do."""
    evidence: tuple[str, ...]
    alternatives: tuple[str, ...]
    """Ids of other causes that the same observations allow."""
    also_possible: tuple[str, ...]
    """Their titles."""
    solutions: tuple[Solution, ...]
    causes: tuple[Finding, ...]
    """Every cause that holds or may hold."""
    excluded: tuple[Finding, ...]
    unseen: tuple[Unseen, ...]
    undecided: tuple[Undecided, ...]
    probes: tuple[str, ...]
    """What to ask next, as the roles do: `endpoint_info`, `root_update`, `candidate`."""
    cautions: tuple[str, ...]
    """What may undo or refuse a change that this collection makes, and what may break the connection later."""
    latent: tuple[Latent, ...]
    """What may break the connection later."""
    owners: tuple[Ownership, ...]
    """Who owns the settings of cloud protection."""
    message: str
    """All of it as one readable message."""
    recorded: str = ""
    """Since when and how often MAPS failed, by what Windows has written; empty: it has written nothing."""
    assumed: Assumed | None = None
    """Where nothing was run: whether MAPS answers, as far as that is known."""
