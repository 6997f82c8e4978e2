"""The rules that rest on probes: how far the way to MAPS leads, what TLS shows, whether revocation lists come.

A probe that fails behind the host's own firewall says nothing, and neither where the firewall's service does not run,
since what stops it may be the host itself. One whose leave to go out is not known proves nothing, and neither does one
of a way that is not the only one. What a probe reached, it proves whoever let it out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..language import Message
from ..proxy import MACHINE_STORES
from .observation import Observation
from .probe_evidence import OPEN, STOPS, Reachability
from .rule import Basis, Rule, Weight, message_if

LIST_SOURCES = (*MACHINE_STORES, "account")
ON_THE_WAY = ("refused", "blocked", "cut")
KB = "KB 2623724"
CURL = "curl's manual"
SEC = "winerror.h: SEC_E_UNTRUSTED_ROOT"

Sees = Callable[[Observation], Message | None]


def certain_rules(cause: str, sees: Sees, source: str) -> Iterator[Rule]:
    """Proof where the firewall lets probes out and no other way is tried; else no more than a hint."""
    yield Rule(
        cause,
        Weight.PROVES,
        lambda seen: sees(seen) if seen.probes_can_leave is True and seen.is_only_route else None,
        source,
        Basis.PROBE,
    )
    yield Rule(
        cause,
        Weight.SUPPORTS,
        lambda seen: (
            sees(seen) if seen.failures_tell and (seen.probes_can_leave is None or not seen.is_only_route) else None
        ),
        source,
        Basis.PROBE,
    )


def hinting(cause: str, sees: Sees, source: str) -> Rule:
    """A hint, unless the firewall keeps probes from going out."""
    return probe_rule(cause, Weight.SUPPORTS, lambda seen: sees(seen) if seen.failures_tell else None, source)


def probe_rule(cause: str, weight: Weight, sees: Sees, source: str) -> Rule:
    return Rule(cause, weight, sees, source, Basis.PROBE)


def stopped(seen: Observation, *ways: str, sources: tuple[str, ...] | None = None) -> Reachability | None:
    found = seen.probed.stopped if seen.probed else None
    if found is None or found.way not in ways or (sources is not None and found.source not in sources):
        return None
    return found


def through_proxy(seen: Observation, *ways: str) -> Reachability | None:
    found = stopped(seen, *ways)
    return found if found is not None and found.proxy else None


def missing(seen: Observation, *ways: str, sources: tuple[str, ...] | None = None) -> Reachability | None:
    """A revocation list that did not come, and why."""
    for one in seen.probed.lists if seen.probed else ():
        if one.delivered is False and one.way in ways and (sources is None or one.source in sources):
            return one
    return None


def at(found: Reachability | None, name: str) -> Message | None:
    if found is None:
        return None
    return Message(
        name, {"url": found.url, "way": _by(found), "status": found.status if found.status is not None else "-"}
    )


def _by(one: Reachability) -> Message:
    if one.exempted:
        return Message("directly_by_bypass")
    return Message("by_proxy", {"proxy": one.proxy}) if one.proxy else Message("directly")


def open_way(seen: Observation) -> bool:
    """Every name of MAPS was reached as far as TLS."""
    return seen.probed is not None and seen.probed.way == OPEN


def direct_stop(seen: Observation, exempted: bool | None = None) -> Reachability | None:
    """The way to MAPS leads directly and ends before TLS though names resolve. `exempted`: whether it is direct because
    a bypass list says so, and not because no proxy is set; None: either."""
    found = stopped(seen, "blocked", "cut")
    if found is None or found.proxy or not seen.is_only_route:
        return None
    return found if exempted in (None, found.exempted) else None


def direct_lists_missing(seen: Observation, exempted: bool | None = None) -> Reachability | None:
    """Revocation lists are asked for directly, and one does not come; `exempted` as in `direct_stop`."""
    if not seen.revocation_check or stopped(seen, "not_resolved"):
        return None
    for one in seen.probed.lists if seen.probed else ():
        direct = not one.proxy and exempted in (None, one.exempted)
        if direct and one.delivered is False and one.way in ("blocked", "cut", "refused", "not_resolved", OPEN):
            return one
    return None


def candidate_opens(seen: Observation, exempted: bool | None = None) -> Message | None:
    there = seen.candidate
    if there is None or seen.probes_can_leave is False:
        return None
    stop = direct_stop(seen, exempted)
    if stop is not None and there.way == OPEN:
        return Message("candidate_opens", {"proxy": there.maps[0].proxy})
    lacking = direct_lists_missing(seen, exempted)
    if lacking is not None and there.lists_arrive is True:
        return Message("candidate_brings_lists", {"proxy": there.lists[0].proxy})
    return None


def candidate_refuses(seen: Observation) -> Message | None:
    there = seen.candidate
    if there is None or direct_stop(seen) is None or there.stopped is None:
        return None
    return at(there.stopped, "candidate_refuses") if there.stopped.way in ("refused", "blocked", "cut") else None


def _candidate_lacks_lists(seen: Observation) -> Message | None:
    there = seen.candidate
    if there is None or direct_lists_missing(seen) is None:
        return None
    lacking = there.missing_list
    return at(lacking, "candidate_lacks_lists") if lacking and lacking.way in (OPEN, "refused", "cut") else None


def _offline(seen: Observation) -> Message | None:
    return message_if(_tls(seen, "revocation_offline") and lists_arrive(seen) is None, "says_offline")


def _proxies_known(seen: Observation) -> bool:
    """Whether every store was read in which SYSTEM looks for a proxy: else the missing one may be why no list comes.
    Looking at what is not known ends the rule."""
    return isinstance(seen.system_proxy, bool) and not seen.winhttp_problem


def _tls(seen: Observation, *words: str) -> bool:
    return seen.probed is not None and seen.probed.tls in words


def lists_arrive(seen: Observation) -> bool | None:
    return seen.probed.lists_arrive if seen.probed else None


def _list_missing_by_proxy(*ways: str, others: bool | None = None) -> Sees:
    """`others`: whether another store names a proxy that may be tried after this one; None: either."""

    def sees(seen: Observation) -> Message | None:
        if not seen.revocation_check or _tls(seen, "stands") or others not in (None, bool(seen.lists_route.others)):
            return None
        found = missing(seen, *ways, sources=LIST_SOURCES)
        return at(found, "list_missing") if found and found.proxy else None

    return sees


def _root_absent(seen: Observation) -> bool:
    return seen.roots is not None and seen.roots.microsoft_root is False


def _aged(seen: Observation) -> bool:
    return seen.roots is not None and seen.roots.disallowed_stale


def _age(seen: Observation) -> str:
    age = seen.roots.disallowed_age if seen.roots else None
    return "?" if age is None else f"{age:.0f}"


def _fresh(seen: Observation) -> bool:
    return seen.roots is not None and seen.roots.disallowed_fresh


PROBED_RULES: tuple[Rule, ...] = (
    *certain_rules("name_resolution", lambda seen: at(stopped(seen, "not_resolved"), "not_resolved"), CURL),
    probe_rule("name_resolution", Weight.EXCLUDES, lambda seen: message_if(open_way(seen), "way_open"), CURL),
    probe_rule(
        "name_resolution",
        Weight.EXCLUDES,
        lambda seen: message_if(through_proxy(seen, *STOPS) is not None, "proxy_resolves"),
        "network model: with a proxy, the proxy resolves",
    ),
    probe_rule("name_resolution", Weight.EXCLUDES, lambda seen: at(direct_stop(seen), "resolved_but_stopped"), CURL),
    *certain_rules(
        "perimeter",
        lambda seen: at(through_proxy(seen, *ON_THE_WAY), "stopped_on_the_way"),
        CURL,
    ),
    probe_rule(
        "perimeter",
        Weight.COMPATIBLE,
        lambda seen: at(direct_stop(seen), "stopped_on_the_way") if seen.probes_can_leave is not False else None,
        CURL,
    ),
    probe_rule("perimeter", Weight.PROVES, candidate_refuses, CURL),
    probe_rule("perimeter", Weight.EXCLUDES, lambda seen: message_if(open_way(seen), "way_open"), CURL),
    probe_rule(
        "perimeter",
        Weight.EXCLUDES,
        lambda seen: candidate_opens(seen) if direct_stop(seen) is not None else None,
        "the article",
    ),
    # What answers for a list is final. Where nothing does, WinHTTP may try another way; whether it does is not known.
    *certain_rules("crl_unreachable", _list_missing_by_proxy(OPEN, "refused"), f"{KB}; the article"),
    hinting("crl_unreachable", _list_missing_by_proxy("blocked", "cut", others=False), f"{KB}; the article"),
    probe_rule("crl_unreachable", Weight.COMPATIBLE, _list_missing_by_proxy("blocked", "cut", others=True), KB),
    probe_rule(
        "crl_unreachable",
        Weight.COMPATIBLE,
        lambda seen: at(direct_lists_missing(seen), "list_missing") if seen.probes_can_leave is not False else None,
        KB,
    ),
    probe_rule("crl_unreachable", Weight.PROVES, _candidate_lacks_lists, KB),
    probe_rule(
        "crl_unreachable",
        Weight.SUPPORTS,
        lambda seen: _offline(seen) if _proxies_known(seen) else None,
        "wincrypt.h: CRYPT_E_REVOCATION_OFFLINE",
    ),
    probe_rule("crl_unreachable", Weight.COMPATIBLE, _offline, "wincrypt.h: CRYPT_E_REVOCATION_OFFLINE"),
    probe_rule("crl_unreachable", Weight.EXCLUDES, lambda seen: message_if(lists_arrive(seen), "lists_arrive"), KB),
    probe_rule(
        "crl_unreachable",
        Weight.EXCLUDES,
        lambda seen: (
            candidate_opens(seen)
            if direct_lists_missing(seen) is not None
            and seen.candidate is not None
            and seen.candidate.lists_arrive is True
            else None
        ),
        KB,
    ),
    # Over ssh nothing dates the answers. Microsoft renews its certificates in time, so the clock is likely wrong.
    probe_rule(
        "clock_skew",
        Weight.SUPPORTS,
        lambda seen: message_if(seen.clock_skew is None and _tls(seen, "expired"), "clock_unknown_and_expired"),
        "winerror.h: SEC_E_CERT_EXPIRED",
    ),
    # A name and no proof: Microsoft's endpoints have had certificates of other authorities too.
    probe_rule(
        "tls_inspection",
        Weight.SUPPORTS,
        lambda seen: message_if(
            seen.probed is not None and seen.probed.inspected,
            "foreign_issuer",
            issuer=seen.probed.issuer if seen.probed else "",
        ),
        "defender-docs, configure-proxy page: inspection breaks the connection",
    ),
    probe_rule(
        "tls_inspection",
        Weight.SUPPORTS,
        lambda seen: message_if(_tls(seen, "no_revocation_check"), "names_no_list"),
        "curl/curl#3727, microsoft/vcpkg-tool#1939",
    ),
    probe_rule(
        "tls_inspection",
        Weight.SUPPORTS,
        lambda seen: message_if(
            _tls(seen, "untrusted_root") and seen.roots is not None and seen.roots.microsoft_root is True,
            "untrusted_though_root",
        ),
        SEC,
    ),
    probe_rule(
        "tls_inspection", Weight.COMPATIBLE, lambda seen: message_if(_tls(seen, "untrusted_root"), "untrusted"), SEC
    ),
    probe_rule(
        "tls_inspection",
        Weight.EXCLUDES,
        lambda seen: message_if(seen.probed is not None and seen.probed.inspected is False, "microsofts_issuer"),
        "the certificate's issuer",
    ),
    probe_rule(
        "tls_inspection",
        Weight.CONTRADICTS,
        lambda seen: message_if(
            _tls(seen, "stands", "revocation_offline") and not (seen.probed and seen.probed.inspected), "names_list"
        ),
        "curl/curl#3727, microsoft/vcpkg-tool#1939",
    ),
    probe_rule(
        "root_missing",
        Weight.SUPPORTS,
        lambda seen: message_if(
            _root_absent(seen) and seen.roots is not None and seen.roots.update_off, "root_absent_for_good"
        ),
        "Microsoft Learn, configure trusted roots and disallowed certificates",
    ),
    probe_rule(
        "root_missing",
        Weight.SUPPORTS,
        lambda seen: message_if(_root_absent(seen) and _tls(seen, "untrusted_root"), "root_absent_and_untrusted"),
        SEC,
    ),
    probe_rule(
        "root_missing",
        Weight.COMPATIBLE,
        lambda seen: message_if(_tls(seen, "untrusted_root") and not _root_absent(seen), "untrusted"),
        SEC,
    ),
    probe_rule(
        "root_missing", Weight.COMPATIBLE, lambda seen: message_if(_root_absent(seen), "root_absent"), "the analyzer"
    ),
    # No more than a doubt: that the chain of MAPS ends at this root is a guess.
    probe_rule(
        "root_missing",
        Weight.CONTRADICTS,
        lambda seen: message_if(seen.roots is not None and seen.roots.microsoft_root is True, "root_present"),
        "Microsoft Learn, required trusted root certificates",
    ),
    probe_rule(
        "root_missing",
        Weight.EXCLUDES,
        lambda seen: message_if(
            _tls(seen, "stands", "revocation_offline") and seen.probed is not None and seen.probed.inspected is False,
            "microsofts_issuer",
        ),
        "TLS to a name of MAPS was trusted",
    ),
    probe_rule(
        "trust_list_stale",
        Weight.SUPPORTS,
        lambda seen: message_if(
            _tls(seen, "revocation_offline")
            and lists_arrive(seen) is True
            and _aged(seen)
            # Without the service neither list nor Schannel finds the proxy that the probe was given.
            and not seen.auto_proxy_off,
            "offline_and_aged",
            n=_age(seen),
        ),
        "captures of certutil: 0x80092013 with CRLs that can be reached",
    ),
    probe_rule(
        "trust_list_stale",
        Weight.COMPATIBLE,
        lambda seen: message_if(_aged(seen), "list_aged", n=_age(seen)),
        "Windows looks every day",
    ),
    probe_rule(
        "trust_list_stale",
        Weight.EXCLUDES,
        lambda seen: message_if(_fresh(seen), "list_fresh"),
        "Windows looks every day",
    ),
    probe_rule("trust_list_stale", Weight.EXCLUDES, lambda seen: message_if(_tls(seen, "stands"), "tls_stands"), CURL),
)
