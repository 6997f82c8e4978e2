"""The rules that rest on the host's state and on the code of its answer; `rules_probes` has those of probes, and
`rules_proxy` those on proxies.

One table, each line with its source. One code has several causes in Microsoft's own pages, so a code is evidence and
not a verdict: it proves nothing, and what the state or a probe excludes it does not bring back. The one exception is
what MpCmdRun says of itself: that it does not know the switch.
"""

from __future__ import annotations

from collections.abc import Callable

from ..._windows.firewall_verdict import Verdict
from ..language import Message
from .observation import Observation
from .rule import Basis, Rule, Weight, code_message as _code, message_if
from .rules_probes import PROBED_RULES, open_way

Sees = Callable[[Observation], Message | None]

ARTICLE_CODES = frozenset({0x80070006, 0x80072F8F, 0x80072EFE})
"""With 451: no machine-wide WinHTTP proxy, so that the CRL cannot be fetched (the article)."""
BLOCKED_CODES = frozenset({0x80070006, 0x80508015, 0x80072EFD, 0x80072EE2, 0x800705B4, 0x80072EFE})
"""Connection refused, dropped or cut (Microsoft, command-line page; MicrosoftDocs/microsoft-365-docs#7123)."""
INSPECTION_CODES = frozenset({0x80072F0D, 0x80508015})
"""Untrusted authority (Microsoft, command-line page, which gives the second for a firewall as well)."""
NAME_CODES = frozenset({0x80004005, 0x80072EE7})
SERVICE_CODES = frozenset({0x800106BA, 0x80070422})
TLS_FAILURE = 0x80072F8F
FIRST_BUILD = 15063
"""Windows 10 1703, the first whose own MpCmdRun knows the switch (the article: sure). A platform update (KB4052623)
brings a newer one to 1607 and Server 2016, where the command ran (MicrosoftDocs/windows-itpro-docs#4371: likely)."""
SWITCH_NOT_KNOWN = 0x80070667
CLOCK_LIMIT = 7 * 86400.0
"""Seconds: from here on the chain cannot hold, because revocation lists live about a week (guess)."""
CLOCK_DOUBT = 86400.0
"""Seconds: from here on the clock is worth a look when the code is one of TLS (guess)."""

_BLOCKED_ONLY = BLOCKED_CODES - {0x80072EFE}
"""What no connection comes to, without a cut one, which others may cut."""
_TLS_CODES = frozenset({TLS_FAILURE, 0x80072F0D})
_NO_WAY = BLOCKED_CODES | NAME_CODES
GIVES: dict[str, frozenset[int]] = {
    "not_elevated": frozenset({0x80070005}),
    "windows_too_old": frozenset({SWITCH_NOT_KNOWN}),
    "mpcmdrun_not_started": frozenset(),
    "service_stopped": SERVICE_CODES,
    "other_antivirus": SERVICE_CODES,
    "maps_off": NAME_CODES,
    "firewall_block_rule": BLOCKED_CODES | ARTICLE_CODES,
    "firewall_default_block": BLOCKED_CODES | ARTICLE_CODES,
    "proxy_service_off": _NO_WAY | ARTICLE_CODES,
    "firewall_service_stopped": BLOCKED_CODES | ARTICLE_CODES,
    "name_resolution": NAME_CODES | ARTICLE_CODES,
    "winhttp_proxy_missing": _NO_WAY | ARTICLE_CODES,
    "winhttp_proxy_unusable": _NO_WAY | ARTICLE_CODES,
    "proxy_bypassed": _NO_WAY | ARTICLE_CODES,
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


def _blocking(seen: Observation, decided_by: str, everywhere: bool) -> Message | None:
    """What is blocked by rules, or by defaults: in whatever profile is in force (`everywhere`), or in some only, which
    proves nothing, since nothing that was read says which is."""
    found: dict[tuple[str, int | None, str, str], list[str]] = {}
    for what, verdict in (("maps", seen.firewall_maps), ("crl", seen.firewall_crl)):
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
    if parts and decided_by == "default" and seen.rules_ignored:
        parts = (*parts, Message("local_rules_ignored"))
    return Message("sentences", {"parts": parts}) if parts else None


def _blocked(what: str, port: int | None, rule: str, store: str, profiles: tuple[str, ...]) -> Message:
    where = Message(
        "profiles" if len(profiles) > 1 else "profile", {"names": tuple(Message(name) for name in profiles)}
    )
    subject = Message("subject_port" if port is not None else "subject", {"what": Message(what), "port": port})
    if rule:
        return Message(
            "blocked_by_rule", {"what": subject, "rule": rule, "store": Message(f"store_{store}"), "where": where}
        )
    return Message("blocked_by_default", {"what": subject, "where": where})


def _verdicts(seen: Observation) -> list[Verdict] | None:
    """The verdicts for both connections in every profile; None where one is not known."""
    found = []
    for verdict in (seen.firewall_maps, seen.firewall_crl):
        profiles = verdict.profiles
        if not profiles or any(one.allowed is None for one in profiles.values()):
            return None
        found += list(profiles.values())
    return found


def _nothing_blocks(seen: Observation, decided_by: str) -> Message | None:
    """Both connections are known not to be blocked by rules, or by defaults, in any profile."""
    found = _verdicts(seen)
    if found is None or any(one.allowed is False and one.decided_by == decided_by for one in found):
        return None
    return Message("no_rule_blocks" if decided_by == "rule" else "no_default_blocks")


def _unknown_verdict(seen: Observation) -> Message | None:
    """A verdict that could not be had: rules with conditions, or rules that could not be read."""
    return Message("firewall_unknown") if seen.firewall_service is not False and _verdicts(seen) is None else None


def _matches_code(seen: Observation, codes: frozenset[int]) -> bool:
    return seen.hresult in codes


def _lacks_switch(seen: Observation) -> bool:
    return seen.hresult == SWITCH_NOT_KNOWN


def _answered(seen: Observation) -> bool:
    return bool(seen.connected) or seen.hresult is not None or seen.http_code is not None


def _new_build(seen: Observation) -> Message | None:
    return message_if(seen.build >= FIRST_BUILD, "new_build", build=seen.build)


def _code_in(codes: frozenset[int] | set[int], only: Callable[[Observation], bool] = lambda _unused: True) -> Sees:
    """Sees the code, where nothing else need be said of it."""
    return lambda seen: _code(seen) if seen.hresult in codes and only(seen) else None


def _skewed(seen: Observation, least: float) -> bool:
    return seen.clock_skew is not None and abs(seen.clock_skew) > least


def duration(seconds: float) -> Message:
    """As coarse as a person wants it."""
    days = abs(seconds) / 86400
    return Message("days", {"n": f"{days:.0f}"}) if days >= 2 else Message("hours", {"n": f"{abs(seconds) / 3600:.0f}"})


def _clock(seen: Observation) -> Message | None:
    name = "clock_ahead" if (seen.clock_skew or 0) > 0 else "clock_behind"
    return message_if(_skewed(seen, CLOCK_LIMIT), name, duration=duration(seen.clock_skew or 0))


def _not_started(seen: Observation) -> Message | None:
    """Where Defender is not installed, there is nothing to start."""
    why = seen.not_started if seen.installed else None
    return Message("mpcmdrun_not_started", {"code": why.exit_code, "said": why.said.rstrip(".。")}) if why else None


PROVES, SUPPORTS, COMPATIBLE, CONTRADICTS, EXCLUDES = (
    Weight.PROVES, Weight.SUPPORTS, Weight.COMPATIBLE, Weight.CONTRADICTS, Weight.EXCLUDES
)  # fmt: skip
COMMAND_LINE = "command-line page"
ARTICLE = "the article"
GPFAS = "[MS-GPFAS]: an explicit block beats an allow, then DefaultOutboundAction"
FIREWALL_TOOLS = "Microsoft Learn, Windows Firewall tools: stopping the service is not supported"
CSP = "Policy CSP, AllowCloudProtection"
POLICY = "ADMX_MicrosoftDefenderAntivirus, ProxyServer"
WINERROR = "winerror.h"
COMPATIBILITY = "defender-docs, Microsoft Defender Antivirus compatibility"

STATE_RULES: tuple[Rule, ...] = (
    Rule("other_antivirus", PROVES, lambda seen: message_if(not seen.installed, "no_service"), COMPATIBILITY),
    Rule("other_antivirus", PROVES, lambda seen: message_if(seen.passive, "passive"), COMPATIBILITY),
    # In this order: where it is not switched off, nobody needs to know whether the service runs.
    Rule(
        "other_antivirus",
        PROVES,
        lambda seen: message_if(seen.switched_off and seen.running is False, "switched_off"),
        COMPATIBILITY,
    ),
    Rule(
        "other_antivirus",
        EXCLUDES,
        lambda seen: message_if(
            seen.installed and not seen.passive and not (seen.switched_off and seen.running is False), "in_charge"
        ),
        COMPATIBILITY,
    ),
    Rule("maps_off", PROVES, lambda seen: message_if(seen.reporting_off is True, "reporting_off"), CSP),
    Rule("maps_off", EXCLUDES, lambda seen: message_if(seen.reporting_off is False, "reporting_on"), CSP),
    Rule("not_elevated", PROVES, lambda seen: message_if(not seen.elevated, "not_elevated"), COMMAND_LINE),
    Rule("not_elevated", EXCLUDES, lambda seen: message_if(seen.elevated, "elevated"), COMMAND_LINE),
    Rule(
        "windows_too_old",
        COMPATIBLE,
        lambda seen: message_if(0 < seen.build < FIRST_BUILD, "old_build", build=seen.build),
        ARTICLE,
    ),
    Rule("windows_too_old", EXCLUDES, lambda seen: None if _lacks_switch(seen) else _new_build(seen), ARTICLE),
    Rule("windows_too_old", CONTRADICTS, lambda seen: _new_build(seen) if _lacks_switch(seen) else None, ARTICLE),
    Rule(
        "windows_too_old",
        EXCLUDES,
        lambda seen: message_if(_answered(seen) and not _lacks_switch(seen), "knows_switch"),
        "an MpCmdRun that does not know the switch gives no code but 0x80070667",
    ),
    Rule(
        "mpcmdrun_not_started",
        PROVES,
        lambda seen: _not_started(seen) if seen.not_started and seen.not_started.certain else None,
        WINERROR,
    ),
    Rule("mpcmdrun_not_started", SUPPORTS, _not_started, WINERROR),
    Rule(
        "mpcmdrun_not_started",
        EXCLUDES,
        lambda seen: message_if(seen.connected is not None or seen.hresult is not None, "mpcmdrun_answered"),
        COMMAND_LINE,
    ),
    Rule(
        "service_stopped",
        PROVES,
        lambda seen: message_if(seen.running is False, "stopped_disabled" if seen.disabled_start else "stopped"),
        COMMAND_LINE,
    ),
    Rule(
        "service_stopped",
        EXCLUDES,
        lambda seen: message_if(seen.running and not _matches_code(seen, SERVICE_CODES), "running"),
        COMMAND_LINE,
    ),
    Rule(
        "service_stopped",
        CONTRADICTS,
        lambda seen: message_if(seen.running and _matches_code(seen, SERVICE_CODES), "running"),
        COMMAND_LINE,
    ),
    Rule("firewall_block_rule", PROVES, lambda seen: _blocking(seen, "rule", everywhere=True), GPFAS),
    # A doubt and no exclusion: other stores, and filters of other programs, are not read.
    Rule("firewall_block_rule", CONTRADICTS, lambda seen: _nothing_blocks(seen, "rule"), GPFAS),
    Rule("firewall_default_block", PROVES, lambda seen: _blocking(seen, "default", everywhere=True), GPFAS),
    Rule("firewall_default_block", EXCLUDES, lambda seen: _nothing_blocks(seen, "default"), GPFAS),
    Rule("firewall_block_rule", COMPATIBLE, lambda seen: _blocking(seen, "rule", everywhere=False), GPFAS),
    Rule("firewall_default_block", COMPATIBLE, lambda seen: _blocking(seen, "default", everywhere=False), GPFAS),
    Rule(
        "firewall_service_stopped",
        COMPATIBLE,
        lambda seen: message_if(seen.firewall_service is False, "firewall_stopped"),
        FIREWALL_TOOLS,
    ),
    Rule(
        "firewall_service_stopped",
        EXCLUDES,
        lambda seen: message_if(seen.firewall_service, "firewall_running"),
        FIREWALL_TOOLS,
    ),
    Rule("clock_skew", PROVES, _clock, "RFC 5280, 6.1.3: validity"),
    Rule(
        "clock_skew",
        EXCLUDES,
        lambda seen: message_if(seen.clock_skew is not None and not _skewed(seen, CLOCK_DOUBT), "clock_right"),
        "RFC 5280, 6.1.3: validity",
    ),
    *(
        Rule(
            cause,
            EXCLUDES,
            lambda seen: message_if(not seen.revocation_check, "no_revocation_asked", options=seen.ssl_options),
            ARTICLE,
        )
        for cause in ("crl_unreachable", "trust_list_stale")
    ),
    Rule(
        "tls_inspection",
        EXCLUDES,
        lambda seen: message_if(
            not seen.revocation_check and not seen.certificate_pinning, "nothing_asked", options=seen.ssl_options
        ),
        ARTICLE,
    ),
)

CODE_RULES: tuple[Rule, ...] = (
    Rule("windows_too_old", PROVES, _code_in({SWITCH_NOT_KNOWN}), COMMAND_LINE),
    Rule("not_elevated", COMPATIBLE, _code_in({0x80070005}), COMMAND_LINE),
    Rule("service_stopped", SUPPORTS, _code_in(SERVICE_CODES), COMMAND_LINE),
    Rule(
        "clock_skew",
        COMPATIBLE,
        lambda seen: message_if(
            _skewed(seen, CLOCK_DOUBT) and _matches_code(seen, frozenset({TLS_FAILURE})),
            "clock_off_and_code",
            duration=duration(seen.clock_skew or 0),
            code=_code(seen),
        ),
        "winhttp.h: ERROR_WINHTTP_SECURE_FAILURE 12175",
    ),
    Rule(
        "clock_skew",
        COMPATIBLE,
        lambda seen: message_if(
            seen.clock_skew is None and _matches_code(seen, frozenset({TLS_FAILURE})),
            "clock_unknown_and_code",
            code=_code(seen),
        ),
        "winhttp.h: ERROR_WINHTTP_SECURE_FAILURE 12175",
    ),
    Rule("tls_inspection", SUPPORTS, _code_in({0x80072F0D}, lambda seen: seen.certificate_pinning), COMMAND_LINE),
    Rule(
        "name_resolution",
        COMPATIBLE,
        _code_in(NAME_CODES, lambda seen: not seen.machine_proxy and not seen.defender_proxy),
        "command-line page: 0x80004005 httpcode 450",
    ),
    Rule(
        "crl_unreachable",
        SUPPORTS,
        lambda seen: message_if(
            seen.machine_proxy and seen.revocation_check and _matches_code(seen, frozenset({TLS_FAILURE})),
            "code_though_proxy",
            code=_code(seen),
        ),
        "the article; winhttp.h: ERROR_WINHTTP_SECURE_FAILURE 12175",
    ),
    Rule(
        "crl_unreachable",
        COMPATIBLE,
        _code_in(ARTICLE_CODES, lambda seen: seen.machine_proxy and seen.revocation_check),
        ARTICLE,
    ),
    Rule("perimeter", COMPATIBLE, _code_in(BLOCKED_CODES), COMMAND_LINE),
    Rule("tls_inspection", COMPATIBLE, _code_in({0x80070006, 0x80508015, 0x80072EE7, TLS_FAILURE}), COMMAND_LINE),
    Rule("root_missing", COMPATIBLE, _code_in({0x80072F0D}), "wininet.h: ERROR_INTERNET_INVALID_CA 12045"),
    Rule(
        "firewall_block_rule",
        COMPATIBLE,
        lambda seen: message_if(open_way(seen) and seen.hresult in _BLOCKED_ONLY, "others_get_out", code=_code(seen)),
        "netero1010/EDRSilencer: a WFP filter stops MsMpEng.exe alone",
    ),
    Rule(
        "firewall_block_rule",
        COMPATIBLE,
        lambda seen: _unknown_verdict(seen) if _matches_code(seen, BLOCKED_CODES) else None,
        GPFAS,
    ),
)

RULES: tuple[Rule, ...] = (
    *STATE_RULES,
    *(Rule(one.cause, one.weight, one.sees, one.source, Basis.CODE) for one in CODE_RULES),
    *PROBED_RULES,
)
