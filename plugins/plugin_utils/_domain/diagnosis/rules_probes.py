"""The rules that rest on probes: how far the way to MAPS leads, what TLS shows, whether revocation lists come.

A probe that fails behind the host's own firewall says nothing, one whose leave to go out is not known proves nothing,
and neither does one of a way that is not the only one. What a probe reached, it proves whoever let it out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..language import Message
from .observation import Observation
from .probe_evidence import OPEN, STOPS, Reachability
from .rule import Basis, Rule, Weight, message_if

MACHINE_SOURCES = ("winhttp", "machine")
"""`routes.Route.source`: the machine's WinHTTP proxy, or its Internet settings where they hold for every account."""
LIST_SOURCES = (*MACHINE_SOURCES, "account")
ON_THE_WAY = ("refused", "blocked", "cut")
DAY = 1.0
"""Days: Windows looks for the list of untrusted certificates every day (Microsoft: sure)."""
FROM_THE_FUTURE = -0.5
KB = "KB 2623724"
CURL = "curl's manual"

Sees = Callable[[Observation], Message | None]


def _rules(cause: str, sees: Sees, source: str) -> Iterator[Rule]:
    """Proof where the firewall lets probes out and no other way is tried; else no more than a hint."""
    yield Rule(
        cause,
        Weight.PROVES,
        lambda o: sees(o) if o.probes_can_leave is True and o.is_only_route else None,
        source,
        Basis.PROBE,
    )
    yield Rule(
        cause,
        Weight.SPEAKS_FOR,
        lambda o: sees(o) if o.probes_can_leave is None or (o.probes_can_leave and not o.is_only_route) else None,
        source,
        Basis.PROBE,
    )


def _rule(cause: str, weight: Weight, sees: Sees, source: str) -> Rule:
    return Rule(cause, weight, sees, source, Basis.PROBE)


def _stopped(o: Observation, *ways: str, sources: tuple[str, ...] | None = None) -> Reachability | None:
    found = o.probed.stopped if o.probed else None
    if found is None or found.way not in ways or (sources is not None and found.source not in sources):
        return None
    return found


def _through_proxy(o: Observation, *ways: str) -> Reachability | None:
    found = _stopped(o, *ways)
    return found if found is not None and found.proxy else None


def _missing(o: Observation, *ways: str, sources: tuple[str, ...] | None = None) -> Reachability | None:
    """A revocation list that did not come, and why."""
    for one in o.probed.lists if o.probed else ():
        if one.delivered is False and one.way in ways and (sources is None or one.source in sources):
            return one
    return None


def _at(found: Reachability | None, name: str) -> Message | None:
    if found is None:
        return None
    return Message(
        name, {"url": found.url, "way": _by(found), "status": found.status if found.status is not None else "-"}
    )


def _by(one: Reachability) -> Message:
    return Message("by_proxy", {"proxy": one.proxy}) if one.proxy else Message("directly")


def open_way(o: Observation) -> bool:
    """Every name of MAPS was reached as far as TLS."""
    return o.probed is not None and o.probed.way == OPEN


def direct_stop(o: Observation) -> Reachability | None:
    """The way to MAPS leads directly, no proxy is set for the machine, and it ends before TLS though names resolve."""
    found = _stopped(o, "blocked", "cut")
    if found is None or found.proxy or o.machine_proxy or o.winhttp_problem or not o.is_only_route:
        return None
    return found


def direct_lists_missing(o: Observation) -> Reachability | None:
    """Revocation lists are asked for directly, because no proxy is set for the machine, and one does not come."""
    if o.machine_proxy or o.winhttp_problem or not o.revocation_check or _stopped(o, "not_resolved"):
        return None
    return _missing(o, "blocked", "cut", "refused", "not_resolved", OPEN, sources=("none",))


def _candidate_opens(o: Observation) -> Message | None:
    there = o.candidate
    if there is None or o.probes_can_leave is False:
        return None
    stop = direct_stop(o)
    if stop is not None and there.way == OPEN:
        return Message("candidate_opens", {"proxy": there.maps[0].proxy})
    missing = direct_lists_missing(o)
    if missing is not None and there.lists_arrive is True:
        return Message("candidate_brings_lists", {"proxy": there.lists[0].proxy})
    return None


def _candidate_refuses(o: Observation) -> Message | None:
    there = o.candidate
    if there is None or direct_stop(o) is None or there.stopped is None:
        return None
    return _at(there.stopped, "candidate_refuses") if there.stopped.way in ("refused", "blocked", "cut") else None


def _candidate_lacks_lists(o: Observation) -> Message | None:
    there = o.candidate
    if there is None or direct_lists_missing(o) is None:
        return None
    missing = there.missing_list
    return _at(missing, "candidate_lacks_lists") if missing and missing.way in (OPEN, "refused", "cut") else None


def _answered_by(o: Observation, *sources: str) -> Reachability | None:
    """Something that was reached through a proxy of these sources, or that this proxy itself answered."""
    for one in (*o.probed.maps, *o.probed.lists) if o.probed else ():
        if one.proxy and one.source in sources and one.way in (OPEN, "password", "refused", "cut", "blocked"):
            return one
    return None


def _unanswered(o: Observation, *sources: str) -> Reachability | None:
    return _stopped(o, "proxy_dead", sources=sources) or _missing(o, "proxy_dead", sources=sources)


def _tls(o: Observation, *words: str) -> bool:
    return o.probed is not None and o.probed.tls in words


def _lists_arrive(o: Observation) -> bool | None:
    return o.probed.lists_arrive if o.probed else None


def _list_missing_by_proxy(o: Observation) -> Message | None:
    if not o.revocation_check or _tls(o, "stands"):
        return None
    return _at(_missing(o, OPEN, "refused", "blocked", "cut", sources=LIST_SOURCES), "list_missing")


def _root_absent(o: Observation) -> bool:
    return o.roots is not None and o.roots.microsoft_root is False


def _aged(o: Observation) -> bool:
    if o.roots is None:
        return False
    age = o.roots.disallowed_age
    return o.roots.disallowed_never if age is None else age > DAY


def _age(o: Observation) -> str:
    age = o.roots.disallowed_age if o.roots else None
    return "?" if age is None else f"{age:.0f}"


def _fresh(o: Observation) -> bool:
    age = o.roots.disallowed_age if o.roots else None
    return age is not None and FROM_THE_FUTURE <= age <= DAY


def _no_password(o: Observation) -> Message | None:
    if _stopped(o, "password") or _missing(o, "password"):
        return None
    if open_way(o) and (_lists_arrive(o) or not o.revocation_check or _missing(o, OPEN, "refused", "blocked", "cut")):
        return Message("way_open")
    return _at(_through_proxy(o, "refused", "cut"), "proxy_let_in")


PROBED_RULES: tuple[Rule, ...] = (
    *_rules("name_resolution", lambda o: _at(_stopped(o, "not_resolved"), "not_resolved"), CURL),
    _rule("name_resolution", Weight.EXCLUDES, lambda o: message_if(open_way(o), "way_open"), CURL),
    _rule(
        "name_resolution",
        Weight.EXCLUDES,
        lambda o: message_if(_through_proxy(o, *STOPS) is not None, "proxy_resolves"),
        "network model: with a proxy, the proxy resolves",
    ),
    _rule("name_resolution", Weight.EXCLUDES, lambda o: _at(direct_stop(o), "resolved_but_stopped"), CURL),
    *_rules("winhttp_proxy_dead", lambda o: _at(_unanswered(o, *MACHINE_SOURCES), "proxy_silent"), CURL),
    _rule(
        "winhttp_proxy_dead",
        Weight.EXCLUDES,
        lambda o: _at(_answered_by(o, *MACHINE_SOURCES), "proxy_answers"),
        CURL,
    ),
    _rule(
        "defender_proxy_dead",
        Weight.SPEAKS_FOR,
        lambda o: (
            _at(_stopped(o, "proxy_dead", sources=("defender",)), "proxy_silent")
            if o.probes_can_leave is not False
            else None
        ),
        CURL,
    ),
    _rule("defender_proxy_dead", Weight.EXCLUDES, lambda o: _at(_answered_by(o, "defender"), "proxy_answers"), CURL),
    # No more than a hint: Defender may answer as the computer, which a probe does not.
    _rule(
        "proxy_authentication",
        Weight.SPEAKS_FOR,
        lambda o: _at(_stopped(o, "password") or _missing(o, "password"), "wants_password"),
        "RFC 9110, 15.5.8: 407",
    ),
    _rule("proxy_authentication", Weight.EXCLUDES, _no_password, "RFC 9110, 15.5.8: 407"),
    *_rules(
        "perimeter",
        lambda o: _at((_stopped if o.machine_proxy else _through_proxy)(o, *ON_THE_WAY), "stopped_on_the_way"),
        CURL,
    ),
    _rule(
        "perimeter",
        Weight.ALLOWS,
        lambda o: _at(direct_stop(o), "stopped_on_the_way") if o.probes_can_leave is not False else None,
        CURL,
    ),
    _rule("perimeter", Weight.PROVES, _candidate_refuses, CURL),
    _rule("perimeter", Weight.EXCLUDES, lambda o: message_if(open_way(o), "way_open"), CURL),
    _rule(
        "perimeter",
        Weight.EXCLUDES,
        lambda o: _candidate_opens(o) if direct_stop(o) is not None else None,
        "the article",
    ),
    _rule(
        "winhttp_proxy_missing",
        Weight.SPEAKS_FOR,
        lambda o: _at(direct_stop(o), "stopped_on_the_way") if o.probes_can_leave is not False else None,
        "the article",
    ),
    _rule(
        "winhttp_proxy_missing",
        Weight.SPEAKS_FOR,
        lambda o: _at(direct_lists_missing(o), "list_missing") if o.probes_can_leave is not False else None,
        f"the article; {KB}",
    ),
    _rule("winhttp_proxy_missing", Weight.PROVES, _candidate_opens, "the article"),
    _rule(
        "winhttp_proxy_missing",
        Weight.EXCLUDES,
        lambda o: message_if(
            open_way(o) and (_lists_arrive(o) is True or not o.revocation_check),
            "all_reached" if o.revocation_check else "way_open",
        ),
        f"the article; {KB}",
    ),
    _rule(
        "winhttp_proxy_missing",
        Weight.EXCLUDES,
        lambda o: _candidate_refuses(o) if direct_lists_missing(o) is None else None,
        "the article",
    ),
    *_rules("crl_unreachable", _list_missing_by_proxy, f"{KB}; the article"),
    _rule(
        "crl_unreachable",
        Weight.ALLOWS,
        lambda o: _at(direct_lists_missing(o), "list_missing") if o.probes_can_leave is not False else None,
        KB,
    ),
    _rule("crl_unreachable", Weight.PROVES, _candidate_lacks_lists, KB),
    _rule(
        "crl_unreachable",
        Weight.SPEAKS_FOR,
        lambda o: message_if(_tls(o, "revocation_offline") and _lists_arrive(o) is None, "says_offline"),
        "wincrypt.h: CRYPT_E_REVOCATION_OFFLINE",
    ),
    _rule("crl_unreachable", Weight.EXCLUDES, lambda o: message_if(_lists_arrive(o), "lists_arrive"), KB),
    _rule(
        "crl_unreachable",
        Weight.EXCLUDES,
        lambda o: (
            _candidate_opens(o)
            if direct_lists_missing(o) is not None and o.candidate is not None and o.candidate.lists_arrive is True
            else None
        ),
        KB,
    ),
    _rule(
        "tls_inspection",
        Weight.PROVES,
        lambda o: message_if(
            o.probed is not None and o.probed.inspected, "foreign_issuer", issuer=o.probed.issuer if o.probed else ""
        ),
        "defender-docs, configure-proxy page: inspection breaks the connection",
    ),
    _rule(
        "tls_inspection",
        Weight.SPEAKS_FOR,
        lambda o: message_if(_tls(o, "no_revocation_check"), "names_no_list"),
        "curl/curl#3727, microsoft/vcpkg-tool#1939",
    ),
    _rule(
        "tls_inspection",
        Weight.SPEAKS_FOR,
        lambda o: message_if(
            _tls(o, "untrusted_root") and o.roots is not None and o.roots.microsoft_root is True,
            "untrusted_though_root",
        ),
        "winerror.h: SEC_E_UNTRUSTED_ROOT",
    ),
    _rule(
        "tls_inspection",
        Weight.ALLOWS,
        lambda o: message_if(_tls(o, "untrusted_root"), "untrusted"),
        "winerror.h: SEC_E_UNTRUSTED_ROOT",
    ),
    _rule(
        "tls_inspection",
        Weight.EXCLUDES,
        lambda o: message_if(o.probed is not None and o.probed.inspected is False, "microsofts_issuer"),
        "the certificate's issuer",
    ),
    _rule(
        "tls_inspection",
        Weight.DOUBTS,
        lambda o: message_if(_tls(o, "stands", "revocation_offline"), "names_list"),
        "curl/curl#3727, microsoft/vcpkg-tool#1939",
    ),
    _rule(
        "root_missing",
        Weight.SPEAKS_FOR,
        lambda o: message_if(_root_absent(o) and o.roots is not None and o.roots.update_off, "root_absent_for_good"),
        "Microsoft Learn, configure trusted roots and disallowed certificates",
    ),
    _rule(
        "root_missing",
        Weight.SPEAKS_FOR,
        lambda o: message_if(_root_absent(o) and _tls(o, "untrusted_root"), "root_absent_and_untrusted"),
        "winerror.h: SEC_E_UNTRUSTED_ROOT",
    ),
    _rule(
        "root_missing",
        Weight.ALLOWS,
        lambda o: message_if(_tls(o, "untrusted_root") and not _root_absent(o), "untrusted"),
        "winerror.h: SEC_E_UNTRUSTED_ROOT",
    ),
    _rule("root_missing", Weight.ALLOWS, lambda o: message_if(_root_absent(o), "root_absent"), "the analyzer"),
    # No more than a doubt: that the chain of MAPS ends at this root is a guess.
    _rule(
        "root_missing",
        Weight.DOUBTS,
        lambda o: message_if(o.roots is not None and o.roots.microsoft_root is True, "root_present"),
        "Microsoft Learn, required trusted root certificates",
    ),
    _rule(
        "root_missing",
        Weight.EXCLUDES,
        lambda o: message_if(
            _tls(o, "stands", "revocation_offline") and o.probed is not None and o.probed.inspected is False,
            "microsofts_issuer",
        ),
        "TLS to a name of MAPS was trusted",
    ),
    _rule(
        "trust_list_stale",
        Weight.SPEAKS_FOR,
        lambda o: message_if(
            _tls(o, "revocation_offline") and _lists_arrive(o) is True and _aged(o), "offline_and_aged", n=_age(o)
        ),
        "captures of certutil: 0x80092013 with CRLs that can be reached",
    ),
    _rule(
        "trust_list_stale",
        Weight.ALLOWS,
        lambda o: message_if(_aged(o), "list_aged", n=_age(o)),
        "Windows looks every day",
    ),
    _rule(
        "trust_list_stale", Weight.EXCLUDES, lambda o: message_if(_fresh(o), "list_fresh"), "Windows looks every day"
    ),
    _rule("trust_list_stale", Weight.EXCLUDES, lambda o: message_if(_tls(o, "stands"), "tls_stands"), CURL),
)
