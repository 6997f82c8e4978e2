"""From what was seen to causes: a table of rules, each with its source.

One code has several causes in Microsoft's own pages, so a code is evidence and not a verdict. Rules that rest on the
host's state come before rules that rest on the code; the first cause found leads, the others stay as alternatives.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .causes import CAUSES, Cause, Solution
from .observation import Observation

ARTICLE_CODES = frozenset({0x80070006, 0x80072F8F, 0x80072EFE})
"""With 451: no machine-wide WinHTTP proxy, so that the CRL cannot be fetched (the article)."""
BLOCKED_CODES = frozenset({0x80070006, 0x80508015, 0x80072EFD, 0x80072EE2, 0x800705B4, 0x80072EFE})
"""Connection refused, dropped or cut (Microsoft, command-line page; MicrosoftDocs/microsoft-365-docs#7123)."""
INSPECTION_CODES = frozenset({0x80072F0D, 0x80508015})
"""Untrusted authority (Microsoft, command-line page)."""
NAME_CODES = frozenset({0x80004005, 0x80072EE7})
CLOCK_LIMIT = 7 * 86400.0
"""Seconds: from here on the chain cannot hold, because revocation lists live about a week (guess)."""
CLOCK_DOUBT = 86400.0
"""Seconds: from here on the clock is worth a look when the code is one of TLS (guess)."""


@dataclass(frozen=True)
class Rule:
    """A cause and when it is seen. `sees` gives the evidence in words, or an empty string."""

    cause: str
    confidence: str
    """certain: the state alone breaks the connection; likely; possible."""
    sees: Callable[[Observation], str]
    source: str


def _code(o: Observation) -> str:
    return f"MpCmdRun answered 0x{o.hresult:08X}" if o.hresult is not None else ""


def _when(holds: bool, evidence: str) -> str:
    return evidence if holds else ""


def _blocking(o: Observation, decided_by: str, everywhere: bool) -> str:
    """What is blocked by rules, or by defaults: in whatever profile is in force (`everywhere`), or in some only.

    Nothing that was read says which profile is in force, so a block in some profiles proves nothing.
    """
    found: dict[str, list[str]] = {}
    for what, verdict in (("MAPS", o.firewall_maps), ("CRL", o.firewall_crl)):
        profiles = verdict["profiles"]
        blocked = [one for one in profiles.values() if one["allowed"] is False]
        rules = [one for one in blocked if one["decided_by"] == "rule"]
        sure = len(blocked) == len(profiles) and (decided_by == "default" or len(rules) == len(profiles))
        if sure is not everywhere:
            continue
        for profile, one in profiles.items():
            if one["allowed"] is False and one["decided_by"] == decided_by:
                rule = f" by rule '{one['rule_name']}' of the {one['store']} store" if decided_by == "rule" else ""
                port = f" (port {verdict['port']})" if "port" in verdict else ""
                found.setdefault(f"{what}{port} is blocked{rule}", []).append(profile)
    return "; ".join(f"{blocked} in {_profiles(names)}" for blocked, names in found.items())


def _profiles(names: list[str]) -> str:
    if len(names) == 1:
        return f"the {names[0]} profile"
    return f"the {', '.join(names[:-1])} and {names[-1]} profiles"


def _duration(seconds: float) -> str:
    """In words, as coarse as a person wants it."""
    days, hours = abs(seconds) / 86400, abs(seconds) / 3600
    return f"{days:.0f} days" if days >= 2 else f"{hours:.0f} hours"


RULES: tuple[Rule, ...] = (
    Rule(
        "other_antivirus",
        "certain",
        lambda o: (
            _when(not o.installed, "there is no service WinDefend")
            or _when(o.passive, "PassiveMode is set")
            or _when(o.switched_off and not o.running, "DisableAntiSpyware is set and the service does not run")
        ),
        "defender-docs, Microsoft Defender Antivirus compatibility",
    ),
    Rule(
        "maps_off",
        "certain",
        lambda o: _when(o.reporting_off, "SpynetReporting is 0"),
        "Policy CSP, AllowCloudProtection",
    ),
    Rule(
        "not_elevated",
        "certain",
        lambda o: _when(not o.elevated, r"'reg query HKU\S-1-5-19' is refused, which only elevated accounts may read"),
        "command-line page: 0x80070005, httpcode 450",
    ),
    Rule(
        "windows_too_old",
        "certain",
        lambda o: _when(o.build < 15063 or o.hresult == 0x80070667, f"build {o.build} is older than 15063"),
        "the article",
    ),
    Rule(
        "service_stopped",
        "certain",
        lambda o: _when(
            not o.running, "the service WinDefend does not run" + (" and is disabled" if o.disabled_start else "")
        ),
        "command-line page: 0x800106BA, 0x80070422",
    ),
    Rule(
        "firewall_block_rule",
        "certain",
        lambda o: _blocking(o, "rule", everywhere=True),
        "[MS-GPFAS]; an explicit block beats an allow",
    ),
    Rule(
        "firewall_default_block",
        "certain",
        lambda o: _blocking(o, "default", everywhere=True),
        "[MS-GPFAS]: DefaultOutboundAction 1",
    ),
    Rule(
        "clock_skew",
        "certain",
        lambda o: _when(
            o.clock_skew is not None and abs(o.clock_skew) > CLOCK_LIMIT,
            f"the host's clock is {_duration(o.clock_skew or 0)} "
            f"{'ahead of' if (o.clock_skew or 0) > 0 else 'behind'} the controller's",
        ),
        "RFC 5280, 6.1.3: validity",
    ),
    Rule(
        "clock_skew",
        "possible",
        lambda o: _when(
            o.clock_skew is not None and abs(o.clock_skew) > CLOCK_DOUBT and o.hresult == 0x80072F8F,
            f"the host's clock is {_duration(o.clock_skew or 0)} off, and {_code(o)}",
        ),
        "winhttp.h: ERROR_WINHTTP_SECURE_FAILURE 12175",
    ),
    Rule(
        "tls_inspection",
        "likely",
        lambda o: _when(o.hresult in INSPECTION_CODES and o.certificate_pinning, _code(o)),
        "command-line page",
    ),
    Rule(
        "winhttp_proxy_missing",
        "likely",
        lambda o: _when(
            not o.machine_proxy and not o.winhttp_problem and o.hresult in ARTICLE_CODES,
            f"{_code(o)} and the machine has no WinHTTP proxy"
            + (f", while Defender itself has the proxy policy {o.defender_proxy}" if o.defender_proxy else ""),
        ),
        "the article",
    ),
    Rule(
        "firewall_block_rule",
        "possible",
        lambda o: _blocking(o, "rule", everywhere=False),
        "[MS-GPFAS]; holds only where such a profile is in force",
    ),
    Rule(
        "firewall_default_block",
        "possible",
        lambda o: _blocking(o, "default", everywhere=False),
        "[MS-GPFAS]; holds only where such a profile is in force",
    ),
    Rule(
        "name_resolution",
        "possible",
        lambda o: _when(not o.machine_proxy and not o.defender_proxy and o.hresult in NAME_CODES, _code(o)),
        "command-line page: 0x80004005 httpcode 450",
    ),
    Rule(
        "winhttp_proxy_missing",
        "possible",
        lambda o: _when(
            not o.machine_proxy
            and not o.winhttp_problem
            and not o.defender_proxy
            and o.hresult in BLOCKED_CODES | NAME_CODES,
            f"{_code(o)} and no proxy is set anywhere, so there may be no way out",
        ),
        "the article",
    ),
    Rule(
        "winhttp_proxy_missing",
        "possible",
        lambda o: _when(
            bool(o.winhttp_problem) and o.hresult in ARTICLE_CODES | BLOCKED_CODES | NAME_CODES,
            f"{_code(o)}, and whether a WinHTTP proxy is set is unknown, because the stored settings cannot be read "
            f"({o.winhttp_problem})",
        ),
        "the article",
    ),
    Rule(
        "crl_unreachable",
        "likely",
        lambda o: _when(
            o.machine_proxy and o.revocation_check and o.hresult == 0x80072F8F,
            f"{_code(o)} although a machine-wide proxy is set",
        ),
        "the article; winhttp.h: ERROR_WINHTTP_SECURE_FAILURE 12175",
    ),
    Rule(
        "winhttp_proxy_dead",
        "possible",
        lambda o: _when(
            o.machine_proxy and o.hresult in BLOCKED_CODES | NAME_CODES,
            f"{_code(o)} with the proxy {o.winhttp_proxy or o.advanced_proxy} set",
        ),
        "command-line page",
    ),
    Rule(
        "proxy_authentication",
        "possible",
        lambda o: _when(
            o.machine_proxy and o.hresult in BLOCKED_CODES,
            f"{_code(o)} with the proxy {o.winhttp_proxy or o.advanced_proxy} set; a proxy that wants a password "
            "looks the same from here",
        ),
        "RFC 9110, 15.5.8: 407",
    ),
    Rule(
        "crl_unreachable",
        "possible",
        lambda o: _when(o.machine_proxy and o.revocation_check and o.hresult in ARTICLE_CODES - {0x80072F8F}, _code(o)),
        "the article",
    ),
    Rule(
        "perimeter",
        "possible",
        lambda o: _when(o.hresult in BLOCKED_CODES, _code(o)),
        "command-line page",
    ),
    Rule(
        "tls_inspection",
        "possible",
        lambda o: _when(o.hresult in {0x80070006, 0x80072EE7, 0x80072F8F}, _code(o)),
        "command-line page",
    ),
)


@dataclass(frozen=True)
class Finding:
    """A cause with what speaks for it."""

    cause: Cause
    confidence: str
    evidence: str
    source: str


@dataclass(frozen=True)
class Diagnosis:
    """What is wrong, as far as it can be told."""

    cause: str
    """Id of the leading cause; `none` when MAPS answered."""
    confidence: str
    explanation: str
    evidence: tuple[str, ...]
    alternatives: tuple[str, ...]
    """Ids of other causes that the same observations allow."""
    solutions: tuple[Solution, ...]
    message: str
    """All of it as one readable message."""


def findings(o: Observation) -> tuple[Finding, ...]:
    """Every cause that the rules see, each once, in the order of the rules."""
    seen: dict[str, Finding] = {}
    for rule in RULES:
        if o.connected and rule.confidence != "certain":
            continue
        evidence = rule.sees(o)
        if evidence and rule.cause not in seen:
            seen[rule.cause] = Finding(CAUSES[rule.cause], rule.confidence, evidence, rule.source)
    return tuple(seen.values())


def diagnose(o: Observation) -> Diagnosis:
    """The leading cause, its alternatives and the ranked solutions."""
    if o.connected:
        return Diagnosis("none", "certain", "MAPS answered.", (), (), (), "MAPS answered: nothing to do.")
    found = findings(o)
    if not found:
        if not o.validated:
            text = "Nothing that was read speaks against the connection; only a validation can tell."
            return Diagnosis("unknown", "none", text, (), (), (), text)
        found = (Finding(CAUSES["unknown"], "none", _code(o) or "the answer could not be read", ""),)
    lead = found[0]
    certain = lead.confidence == "certain"
    others = tuple(one for one in found[1:] if one.confidence == "certain" or not certain)
    solutions = tuple(dict.fromkeys(s for one in (lead, *others) for s in one.cause.solutions))
    evidence = (lead.evidence, *(one.evidence for one in others if one.confidence == "certain"))
    message = f"{lead.cause.explanation} Confidence: {lead.confidence}. Evidence: {'; '.join(evidence)}."
    if others:
        message += f" Also possible: {', '.join(one.cause.id for one in others)}."
    if solutions:
        first = solutions[0]
        message += f" Next step: {first.text}" + (f" ({first.module})." if first.module else f"; ask {first.who}.")
    return Diagnosis(
        lead.cause.id,
        lead.confidence,
        lead.cause.explanation,
        evidence,
        tuple(one.cause.id for one in others),
        solutions,
        message,
    )
