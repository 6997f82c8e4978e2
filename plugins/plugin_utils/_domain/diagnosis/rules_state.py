"""The rules that rest on the host's state and on the code of its answer; `rules_probes` has those of probes.

One table, each line with its source. One code has several causes in Microsoft's own pages, so a code is evidence and
not a verdict: it proves nothing, and what the state or a probe excludes it does not bring back.
"""

from __future__ import annotations

from collections.abc import Callable

from ..._windows.firewall_verdict import Verdict
from ..language import Said
from .observation import Observation
from .rule import By, Rule, Weight, when
from .rules_probes import PROBED_RULES

Sees = Callable[[Observation], Said | None]

ARTICLE_CODES = frozenset({0x80070006, 0x80072F8F, 0x80072EFE})
"""With 451: no machine-wide WinHTTP proxy, so that the CRL cannot be fetched (the article)."""
BLOCKED_CODES = frozenset({0x80070006, 0x80508015, 0x80072EFD, 0x80072EE2, 0x800705B4, 0x80072EFE})
"""Connection refused, dropped or cut (Microsoft, command-line page; MicrosoftDocs/microsoft-365-docs#7123)."""
INSPECTION_CODES = frozenset({0x80072F0D, 0x80508015})
"""Untrusted authority (Microsoft, command-line page)."""
NAME_CODES = frozenset({0x80004005, 0x80072EE7})
SERVICE_CODES = frozenset({0x800106BA, 0x80070422})
TLS_FAILURE = 0x80072F8F
FIRST_BUILD = 15063
CLOCK_LIMIT = 7 * 86400.0
"""Seconds: from here on the chain cannot hold, because revocation lists live about a week (guess)."""
CLOCK_DOUBT = 86400.0
"""Seconds: from here on the clock is worth a look when the code is one of TLS (guess)."""

_TLS_CODES = frozenset({TLS_FAILURE, 0x80072F0D})
_NO_WAY = BLOCKED_CODES | NAME_CODES
GIVES: dict[str, frozenset[int]] = {
    "not_elevated": frozenset({0x80070005}),
    "windows_too_old": frozenset({0x80070667}),
    "service_stopped": SERVICE_CODES,
    "other_antivirus": SERVICE_CODES,
    "maps_off": NAME_CODES,
    "firewall_block_rule": BLOCKED_CODES | ARTICLE_CODES,
    "firewall_default_block": BLOCKED_CODES | ARTICLE_CODES,
    "name_resolution": NAME_CODES | ARTICLE_CODES,
    "winhttp_proxy_missing": _NO_WAY | ARTICLE_CODES,
    "winhttp_proxy_dead": _NO_WAY | ARTICLE_CODES,
    "defender_proxy_dead": _NO_WAY,
    "proxy_authentication": _NO_WAY | ARTICLE_CODES,
    "perimeter": BLOCKED_CODES,
    "clock_skew": _TLS_CODES,
    "tls_inspection": INSPECTION_CODES | frozenset({0x80070006, 0x80072EE7, TLS_FAILURE}),
    "root_missing": frozenset({0x80072F0D}),
    "crl_unreachable": ARTICLE_CODES,
    "trust_list_stale": frozenset({TLS_FAILURE}),
}
"""Cause -> the codes it can give (Microsoft's two pages; see docs/evidence.md). A code that a proven cause gives is
explained and says nothing of others."""


def _blocking(o: Observation, decided_by: str, everywhere: bool) -> Said | None:
    """What is blocked by rules, or by defaults: in whatever profile is in force (`everywhere`), or in some only, which
    proves nothing, since nothing that was read says which is."""
    found: dict[tuple[str, int | None, str, str], list[str]] = {}
    for what, verdict in (("maps", o.firewall_maps), ("crl", o.firewall_crl)):
        profiles = verdict.profiles
        blocked = [one for one in profiles.values() if one.allowed is False]
        rules = [one for one in blocked if one.decided_by == "rule"]
        sure = len(blocked) == len(profiles) and (decided_by == "default" or len(rules) == len(profiles))
        if sure is not everywhere:
            continue
        for profile, one in profiles.items():
            if one.allowed is False and one.decided_by == decided_by:
                rule, store = (one.rule_name, one.store) if decided_by == "rule" else ("", "")
                found.setdefault((what, verdict.port or None, rule, store), []).append(profile)
    parts = tuple(_blocked(*key, tuple(profiles)) for key, profiles in found.items())
    return Said("sentences", {"parts": parts}) if parts else None


def _blocked(what: str, port: int | None, rule: str, store: str, profiles: tuple[str, ...]) -> Said:
    where = Said("profiles" if len(profiles) > 1 else "profile", {"names": tuple(Said(name) for name in profiles)})
    subject = Said("subject_port" if port is not None else "subject", {"what": Said(what), "port": port})
    if rule:
        return Said("blocked_by_rule", {"what": subject, "rule": rule, "store": Said(f"store_{store}"), "where": where})
    return Said("blocked_by_default", {"what": subject, "where": where})


def _verdicts(o: Observation) -> list[Verdict] | None:
    """The verdicts for both connections in every profile; None where one is not known."""
    found = []
    for verdict in (o.firewall_maps, o.firewall_crl):
        profiles = verdict.profiles
        if not profiles or any(one.allowed is None for one in profiles.values()):
            return None
        found += list(profiles.values())
    return found


def _nothing_blocks(o: Observation, decided_by: str) -> Said | None:
    """Both connections are known not to be blocked by rules, or by defaults, in any profile."""
    found = _verdicts(o)
    if found is None or any(one.allowed is False and one.decided_by == decided_by for one in found):
        return None
    return Said("no_rule_blocks" if decided_by == "rule" else "no_default_blocks")


def _unknown_verdict(o: Observation) -> Said | None:
    """A verdict that could not be had: too many rules, or rules with conditions."""
    return Said("firewall_unknown") if _verdicts(o) is None else None


def _code(o: Observation) -> Said:
    return Said("code", {"code": f"0x{o.hresult:08X}" if o.hresult is not None else ""})


def _has(o: Observation, codes: frozenset[int]) -> bool:
    return o.hresult in codes


def _one_of(codes: frozenset[int] | set[int], only: Callable[[Observation], bool] = lambda _unused: True) -> Sees:
    """Sees the code, where nothing else need be said of it."""
    return lambda o: _code(o) if o.hresult in codes and only(o) else None


def _skewed(o: Observation, least: float) -> bool:
    return o.clock_skew is not None and abs(o.clock_skew) > least


def duration(seconds: float) -> Said:
    """As coarse as a person wants it."""
    days = abs(seconds) / 86400
    return Said("days", {"n": f"{days:.0f}"}) if days >= 2 else Said("hours", {"n": f"{abs(seconds) / 3600:.0f}"})


def _clock(o: Observation) -> Said | None:
    name = "clock_ahead" if (o.clock_skew or 0) > 0 else "clock_behind"
    return when(_skewed(o, CLOCK_LIMIT), name, duration=duration(o.clock_skew or 0))


def _no_proxy(o: Observation) -> bool:
    return not o.machine_proxy and not o.winhttp_problem


def _proxy(o: Observation) -> str:
    return o.winhttp_proxy or o.advanced_proxy


PROVES, FOR, ALLOWS, DOUBTS, EXCLUDES = (
    Weight.PROVES, Weight.SPEAKS_FOR, Weight.ALLOWS, Weight.DOUBTS, Weight.EXCLUDES
)  # fmt: skip
COMMAND_LINE = "command-line page"
ARTICLE = "the article"
GPFAS = "[MS-GPFAS]: an explicit block beats an allow, then DefaultOutboundAction"
CSP = "Policy CSP, AllowCloudProtection"
POLICY = "ADMX_MicrosoftDefenderAntivirus, ProxyServer"
COMPATIBILITY = "defender-docs, Microsoft Defender Antivirus compatibility"

STATE_RULES: tuple[Rule, ...] = (
    Rule("other_antivirus", PROVES, lambda o: when(not o.installed, "no_service"), COMPATIBILITY),
    Rule("other_antivirus", PROVES, lambda o: when(o.passive, "passive"), COMPATIBILITY),
    Rule(
        "other_antivirus",
        PROVES,
        lambda o: when(o.switched_off and o.running is False, "switched_off"),
        COMPATIBILITY,
    ),
    Rule(
        "other_antivirus",
        EXCLUDES,
        lambda o: when(o.installed and not o.passive and not (o.switched_off and o.running is False), "in_charge"),
        COMPATIBILITY,
    ),
    Rule("maps_off", PROVES, lambda o: when(o.reporting_off is True, "reporting_off"), CSP),
    Rule("maps_off", EXCLUDES, lambda o: when(o.reporting_off is False, "reporting_on"), CSP),
    Rule("not_elevated", PROVES, lambda o: when(not o.elevated, "not_elevated"), COMMAND_LINE),
    Rule("not_elevated", EXCLUDES, lambda o: when(o.elevated, "elevated"), COMMAND_LINE),
    Rule("windows_too_old", PROVES, lambda o: when(0 < o.build < FIRST_BUILD, "old_build", build=o.build), ARTICLE),
    Rule("windows_too_old", EXCLUDES, lambda o: when(o.build >= FIRST_BUILD, "new_build", build=o.build), ARTICLE),
    Rule(
        "service_stopped",
        PROVES,
        lambda o: when(o.running is False, "stopped_disabled" if o.disabled_start else "stopped"),
        COMMAND_LINE,
    ),
    Rule(
        "service_stopped",
        EXCLUDES,
        lambda o: when(o.running and not _has(o, SERVICE_CODES), "running"),
        COMMAND_LINE,
    ),
    Rule("service_stopped", DOUBTS, lambda o: when(o.running and _has(o, SERVICE_CODES), "running"), COMMAND_LINE),
    Rule("firewall_block_rule", PROVES, lambda o: _blocking(o, "rule", everywhere=True), GPFAS),
    Rule("firewall_block_rule", EXCLUDES, lambda o: _nothing_blocks(o, "rule"), GPFAS),
    Rule("firewall_default_block", PROVES, lambda o: _blocking(o, "default", everywhere=True), GPFAS),
    Rule("firewall_default_block", EXCLUDES, lambda o: _nothing_blocks(o, "default"), GPFAS),
    Rule("firewall_block_rule", ALLOWS, lambda o: _blocking(o, "rule", everywhere=False), GPFAS),
    Rule("firewall_default_block", ALLOWS, lambda o: _blocking(o, "default", everywhere=False), GPFAS),
    Rule("clock_skew", PROVES, _clock, "RFC 5280, 6.1.3: validity"),
    Rule(
        "clock_skew",
        EXCLUDES,
        lambda o: when(o.clock_skew is not None and not _skewed(o, CLOCK_DOUBT), "clock_right"),
        "RFC 5280, 6.1.3: validity",
    ),
    Rule(
        "winhttp_proxy_missing",
        EXCLUDES,
        lambda o: when(o.machine_proxy, "proxy_set", proxy=_proxy(o)),
        "KB 2623724: the CryptoAPI looks there first",
    ),
    Rule("winhttp_proxy_dead", EXCLUDES, lambda o: when(_no_proxy(o), "no_machine_proxy"), "KB 2623724"),
    Rule(
        "defender_proxy_dead", EXCLUDES, lambda o: when(not o.defender_proxy, "no_defender_proxy"), "policy ProxyServer"
    ),
    Rule(
        "proxy_authentication",
        EXCLUDES,
        lambda o: when(_no_proxy(o) and o.only_way, "no_proxy_anywhere"),
        "RFC 9110, 15.5.8: 407 is a proxy's answer",
    ),
    Rule(
        "crl_unreachable",
        EXCLUDES,
        lambda o: when(not o.revocation_check, "no_revocation_asked", options=o.ssl_options),
        ARTICLE,
    ),
    Rule(
        "trust_list_stale",
        EXCLUDES,
        lambda o: when(not o.revocation_check, "no_revocation_asked", options=o.ssl_options),
        ARTICLE,
    ),
    Rule(
        "tls_inspection",
        EXCLUDES,
        lambda o: when(not o.revocation_check and not o.certificate_pinning, "nothing_asked", options=o.ssl_options),
        ARTICLE,
    ),
)

CODE_RULES: tuple[Rule, ...] = (
    Rule("windows_too_old", FOR, _one_of({0x80070667}), ARTICLE),
    Rule(
        "not_elevated",
        ALLOWS,
        _one_of({0x80070005}),
        COMMAND_LINE,
    ),
    Rule("service_stopped", FOR, _one_of(SERVICE_CODES), COMMAND_LINE),
    Rule(
        "clock_skew",
        ALLOWS,
        lambda o: when(
            _skewed(o, CLOCK_DOUBT) and _has(o, frozenset({TLS_FAILURE})),
            "clock_off_and_code",
            duration=duration(o.clock_skew or 0),
            code=_code(o),
        ),
        "winhttp.h: ERROR_WINHTTP_SECURE_FAILURE 12175",
    ),
    Rule(
        "tls_inspection",
        FOR,
        _one_of(INSPECTION_CODES, lambda o: o.certificate_pinning),
        COMMAND_LINE,
    ),
    Rule(
        "winhttp_proxy_missing",
        FOR,
        lambda o: when(
            _no_proxy(o) and not o.system_proxy and _has(o, ARTICLE_CODES),
            "code_defender_proxy_only" if o.defender_proxy else "code_no_proxy",
            code=_code(o),
            proxy=o.defender_proxy,
        ),
        ARTICLE,
    ),
    Rule(
        "name_resolution",
        ALLOWS,
        _one_of(NAME_CODES, lambda o: not o.machine_proxy and not o.defender_proxy),
        "command-line page: 0x80004005 httpcode 450",
    ),
    Rule(
        "winhttp_proxy_missing",
        ALLOWS,
        lambda o: when(_no_proxy(o) and not o.defender_proxy and _has(o, _NO_WAY), "code_no_way_out", code=_code(o)),
        ARTICLE,
    ),
    Rule(
        "winhttp_proxy_missing",
        ALLOWS,
        lambda o: when(
            bool(o.winhttp_problem) and _has(o, ARTICLE_CODES | _NO_WAY),
            "code_proxy_unreadable",
            code=_code(o),
            problem=o.winhttp_problem,
        ),
        ARTICLE,
    ),
    Rule(
        "crl_unreachable",
        FOR,
        lambda o: when(
            o.machine_proxy and o.revocation_check and _has(o, frozenset({TLS_FAILURE})),
            "code_though_proxy",
            code=_code(o),
        ),
        "the article; winhttp.h: ERROR_WINHTTP_SECURE_FAILURE 12175",
    ),
    Rule(
        "winhttp_proxy_dead",
        ALLOWS,
        lambda o: when(o.machine_proxy and _has(o, _NO_WAY), "code_with_proxy", code=_code(o), proxy=_proxy(o)),
        COMMAND_LINE,
    ),
    Rule(
        "proxy_authentication",
        ALLOWS,
        lambda o: when(
            o.machine_proxy and _has(o, BLOCKED_CODES), "code_with_password", code=_code(o), proxy=_proxy(o)
        ),
        "RFC 9110, 15.5.8: 407",
    ),
    Rule(
        "crl_unreachable",
        ALLOWS,
        _one_of(ARTICLE_CODES, lambda o: o.machine_proxy and o.revocation_check),
        ARTICLE,
    ),
    Rule("perimeter", ALLOWS, _one_of(BLOCKED_CODES), COMMAND_LINE),
    Rule(
        "tls_inspection",
        ALLOWS,
        _one_of({0x80070006, 0x80072EE7, TLS_FAILURE}),
        COMMAND_LINE,
    ),
    Rule(
        "root_missing",
        ALLOWS,
        _one_of({0x80072F0D}),
        "wininet.h: ERROR_INTERNET_INVALID_CA 12045",
    ),
    Rule(
        "firewall_block_rule",
        ALLOWS,
        lambda o: _unknown_verdict(o) if _has(o, BLOCKED_CODES) else None,
        GPFAS,
    ),
)

RULES: tuple[Rule, ...] = (
    *STATE_RULES,
    *(Rule(one.cause, one.weight, one.sees, one.source, By.CODE) for one in CODE_RULES),
    *PROBED_RULES,
)
