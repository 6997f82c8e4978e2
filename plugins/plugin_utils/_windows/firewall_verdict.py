"""What a set of rules and profile settings means for one program, service, protocol and port, outbound.

Order (*sure*, [MS-FASP] 2.2.34): allow-bypass, which is for authenticated traffic only, beats block, block beats allow;
then the profile's default decides. A profile that is off blocks nothing, and settings of a policy beat local ones
(*sure*, [MS-FASP] 2.2.38); a policy may drop the local rules (`AllowLocalPolicyMerge` 0: *sure*, [MS-GPFAS] 2.2.3.13).
Rules of all stores are added up. Group policy is asked before MDM (*recalled*).

A rule that is limited to addresses, interfaces, users or anything else that the question does not name may or may not
apply. It is called conditional, and where it could turn the answer the verdict is None with the reason: not guessed.
A rule for svchost.exe with a service was reported not to match the service's traffic (wokhan/WFN issue 41), so an
allowed verdict is no proof of a path.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeVar

from .environment import STANDARD, UnknownVariable, expand
from .firewall_rule import FirewallRule

PROFILES: Final = ("domain", "private", "public")
STORES: Final = ("policy", "mdm", "local")
"""The stores in the order in which their settings are asked."""

T = TypeVar("T")

# Tokens that say nothing about which outbound traffic a rule is for; LSM, Edge and Defer concern inbound traffic.
_NEUTRAL = re.compile(
    r"Action|Active|Dir|Profile|Protocol|App|Svc|Name|Desc|EmbedCtxt|Edge|Defer|LSM|LOM|PCROSS|SkipVer"
)
_JUDGED = re.compile(r"RPort(2_\d+)?|Platform2?|AppPkgId|PFN|ICMP[46]")


@dataclass(frozen=True)
class ProfileState:
    """A profile in one store, as stored; None where the value is absent."""

    enabled: int | None = None
    """`EnableFirewall`; absent everywhere: on."""
    default_outbound: int | None = None
    """`DefaultOutboundAction`: 0 allow, 1 block; absent everywhere: allow."""
    local_merge: int | None = None
    """`AllowLocalPolicyMerge`: 0 drops the local rules; absent everywhere: they count."""


@dataclass(frozen=True)
class StoredRule:
    """A rule with its store (`policy`, `mdm`, `local`) and the name of its registry value."""

    store: str
    value_name: str
    rule: FirewallRule


@dataclass(frozen=True)
class Verdict:
    """The answer for one profile. `allowed` is None when it cannot be told; `reason` says why in every case."""

    allowed: bool | None
    decided_by: Literal["rule", "default", "firewall_off"]
    rule_name: str
    """The rule's own name (maybe a resource); empty when no rule decided."""
    store: str
    """The store of the rule or of the setting; empty for Windows' built-in default."""
    reason: str


@dataclass(frozen=True)
class _Match:
    """A rule that is for the traffic asked for, surely when `conditions` is empty."""

    stored: StoredRule
    conditions: tuple[str, ...]


def verdict(
    rules: Sequence[StoredRule],
    states: Mapping[str, Mapping[str, ProfileState]],
    *,
    program: str,
    service: str = "",
    protocol: int = 6,
    port: int,
    environment: Mapping[str, str] = STANDARD,
) -> dict[str, Verdict]:
    """The verdict in each of :data:`PROFILES`.

    `states`: store -> profile -> state. `program`: full path, variables allowed; `service`: short name, empty for a
    program that is no service; `protocol`: IANA number; `environment`: what variables in paths stand for, by lower-case
    name. Raises ValueError when the program's path holds an unknown variable.
    """
    path = expand(program, environment).lower()
    matches = []
    for stored in sorted(rules, key=lambda one: STORES.index(one.store)):
        spelled = replace(stored, rule=_in_windows_spelling(stored.rule))
        conditions = _conditions(spelled.rule, path, service.lower(), protocol, port, environment)
        if conditions is not None:
            odd = ("spelling",) if spelled.rule is not stored.rule else ()
            matches.append(_Match(spelled, (*conditions, *odd)))
    return {profile: _decide(profile, matches, states) for profile in PROFILES}


def ignores_local(states: Mapping[str, Mapping[str, ProfileState]]) -> bool | None:
    """Whether a policy drops the rules of the local store where an allow rule would matter.

    That is in the profiles that block by default, or in all where none does. None: in some of them only.
    """
    dropped = {not _merges(profile, states) for profile in _blocking(states) or PROFILES}
    return dropped.pop() if len(dropped) == 1 else None


def blocks_by_default(states: Mapping[str, Mapping[str, ProfileState]]) -> bool:
    """Whether what no rule is for is blocked in some profile."""
    return bool(_blocking(states))


def _blocking(states: Mapping[str, Mapping[str, ProfileState]]) -> list[str]:
    """The profiles that block by default."""
    return [
        profile
        for profile in PROFILES
        if _setting(states, profile, lambda state: state.enabled, 1)[0]
        and _setting(states, profile, lambda state: state.default_outbound, 0)[0]
    ]


def _merges(profile: str, states: Mapping[str, Mapping[str, ProfileState]]) -> bool:
    """Whether the rules of the local store count beside those of the policies."""
    return bool(_setting(states, profile, lambda state: state.local_merge, 1, ("policy", "mdm"))[0])


def _decide(profile: str, matches: Sequence[_Match], states: Mapping[str, Mapping[str, ProfileState]]) -> Verdict:
    enabled, enabled_store = _setting(states, profile, lambda state: state.enabled, 1)
    if not enabled:
        return Verdict(True, "firewall_off", "", enabled_store, f"EnableFirewall is 0 in the {enabled_store} store")
    here = _here(profile, matches, states)
    return _blocked(here) or _allowed(here, *_setting(states, profile, lambda state: state.default_outbound, 0))


def _here(profile: str, matches: Sequence[_Match], states: Mapping[str, Mapping[str, ProfileState]]) -> list[_Match]:
    """The matches that count in a profile."""
    merge = _merges(profile, states)
    return [
        match
        for match in matches
        if (merge or match.stored.store != "local")
        and (not match.stored.rule.profiles or profile in {name.lower() for name in match.stored.rule.profiles})
    ]


def _blocked(here: Sequence[_Match]) -> Verdict | None:
    """The verdict where a rule blocks, or may; None: none does."""
    blocks = [match for match in here if match.stored.rule.action not in ("Allow", "ByPass")]
    if block := _sure(blocks):
        bypass = next((match for match in here if match.stored.rule.action == "ByPass"), None)
        return _by_rule(bypass, None) if bypass else _by_rule(block, False)
    return _by_rule(blocks[0], None) if blocks else None


def _allowed(here: Sequence[_Match], default: int, default_store: str) -> Verdict:
    """The verdict where no rule blocks."""
    allows = [match for match in here if match.stored.rule.action != "Block"]
    if allow := _sure(allows):
        return _by_rule(allow, True)
    if allows and default:
        return _by_rule(allows[0], None)
    word = "block" if default else "allow"
    where = f"in the {default_store} store" if default_store else "as Windows is delivered"
    reason = f"no rule applies, and the default outbound is {word} {where}"
    return Verdict(not default, "default", "", default_store, reason)


def _sure(matches: Sequence[_Match]) -> _Match | None:
    return next((match for match in matches if not match.conditions), None)


def _by_rule(match: _Match, allowed: bool | None) -> Verdict:
    rule, store = match.stored.rule, match.stored.store
    name = rule.name or match.stored.value_name
    if allowed is None:
        reason = (
            f"the {rule.action or 'unnamed'} rule {name!r} applies only under conditions: {', '.join(match.conditions)}"
        )
    else:
        reason = f"the rule {name!r} of the {store} store says {rule.action}"
    return Verdict(allowed, "rule", name, store, reason)


def _setting(
    states: Mapping[str, Mapping[str, ProfileState]],
    profile: str,
    of: Callable[[ProfileState], int | None],
    default: int,
    stores: Sequence[str] = STORES,
) -> tuple[int, str]:
    """The first store that has the setting, and its name; else the default and no name."""
    for store in stores:
        state = states.get(store, {}).get(profile)
        value = of(state) if state is not None else None
        if value is not None:
            return value, store
    return default, ""


_KEYS = ("Action", "Active", "Dir", "Profile", "Protocol", "App", "Svc", "RPort")
_SPELLINGS: Final = {key.lower(): key for key in _KEYS}
_WORDS: Final = {
    word.lower(): word for word in ("Allow", "Block", "ByPass", "In", "Out", "Domain", "Private", "Public")
}


def _in_windows_spelling(rule: FirewallRule) -> FirewallRule:
    """The rule with keys and words as Windows spells them; the same one where it is spelled so. Whether Windows takes
    another case no source says: the literals of the grammar in [MS-GPFAS] have none by RFC 5234, 2.3."""
    tokens = tuple(map(_respelled, rule.tokens))
    return rule if tokens == rule.tokens else replace(rule, tokens=tokens)


def _respelled(token: str) -> str:
    key, equals, value = token.partition("=")
    known = _SPELLINGS.get(key.lower(), key)
    word = _WORDS.get(value.lower(), value) if known in ("Action", "Dir", "Profile") else value
    return f"{known}{equals}{word}"


def _conditions(
    rule: FirewallRule, path: str, service: str, protocol: int, port: int, environment: Mapping[str, str]
) -> tuple[str, ...] | None:
    """None when the rule is not for this traffic; else what it also asks for that is not known here."""
    if not rule.active or rule.direction != "Out" or rule.protocol not in (None, 256, protocol):
        return None
    if rule.get("AppPkgId") or rule.get("PFN"):
        return None  # for packaged apps only, which no Windows service or tool asked for here is
    conditions: list[str] = []
    for part in (
        _program(rule.program, path, environment),
        _service(rule.service.lower(), service),
        _ports(rule.remote_ports, port),
        _platform(rule),
    ):
        if part is None:
            return None
        conditions += [part] if part else []
    if rule.action not in ("Allow", "Block"):
        conditions.append(f"action {rule.action or 'missing'}")
    others = [key for key in rule.keys if not _NEUTRAL.fullmatch(key) and not _JUDGED.fullmatch(key)]
    return (*conditions, *dict.fromkeys(others))


def _program(app: str, path: str, environment: Mapping[str, str]) -> str | None:
    """Empty: the same program; None: another one; else why it cannot be told."""
    if not app:
        return ""
    try:
        wanted = expand(app, environment).lower()
    except UnknownVariable as unknown:
        return f"App ({unknown})"
    if wanted == path:
        return ""
    same_name = wanted.replace("/", "\\").rpartition("\\")[2] == path.rpartition("\\")[2]
    if same_name and ("\\\\" in wanted or wanted.startswith("\\") or "/" in wanted):
        return f"App (path spelled {app!r})"
    return f"App (short name in {app!r})" if "~" in wanted and same_name else None


def _service(wanted: str, service: str) -> str | None:
    if not wanted or wanted == service or (wanted == "*" and service):
        return ""
    return None


def _ports(wanted: Sequence[str], port: int) -> str | None:
    if not wanted:
        return ""
    keyword = ""
    for text in wanted:
        found = re.fullmatch(r"(\d{1,5})(?:-(\d{1,5}))?", text)
        if found is None:
            keyword = f"RPort {text}"
        elif int(found[1]) <= port <= int(found[2] or found[1]):
            return ""
    return keyword or None


def _platform(rule: FirewallRule) -> str | None:
    """A rule from some version up to 10.0 on is for every host of ours; other platform lists are not judged."""
    platforms = rule.all("Platform")
    if not platforms:
        return ""
    found = re.fullmatch(r"2:([0-9]{1,4}):([0-9]{1,4})", platforms[-1])
    if len(platforms) == 1 and found and rule.get("Platform2") == "GTEQ" and (int(found[1]), int(found[2])) <= (10, 0):
        return ""
    return "Platform"
