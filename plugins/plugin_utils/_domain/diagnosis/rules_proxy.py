"""The rules on proxies: which one is in force, why none is, and what comes of it.

They ask the routes of the observation (`proxy.in_force`), never a store: that a proxy is stored says nothing. Where the
host goes directly, the reason decides the cause: no proxy is set for the address (`winhttp_proxy_missing`), or a bypass
list exempts it (`proxy_bypassed`). What Windows does with a text that it cannot use is not known
(`winhttp_proxy_unusable`).
"""

from __future__ import annotations

from collections.abc import Iterator

from ..language import Message
from ..proxy import DISABLE_WPAD, MACHINE_STORES, Considered, State
from .observation import NEEDS_SERVICE, Observation
from .probe_evidence import OPEN, Reachability
from .rule import Basis, Rule, Weight, code_message, message_if
from .rules_probes import (
    CURL,
    KB,
    at,
    candidate_opens,
    candidate_refuses,
    certain_rules,
    direct_lists_missing,
    direct_stop,
    hinting,
    lists_arrive,
    missing,
    open_way,
    probe_rule,
    stopped,
    through_proxy,
)
from .rules_state import ARTICLE, ARTICLE_CODES, BLOCKED_CODES, COMMAND_LINE, NAME_CODES, Sees

NO_WAY = BLOCKED_CODES | NAME_CODES
AUTHENTICATION = "RFC 9110, 15.5.8: 407"
ORDER = "docs/evidence.md: who finds which proxy where"
CIS_PROXY_SERVICE = "CIS, impact of disabling WinHttpAutoProxySvc; awakecoding.com, Disabling WPAD correctly"
TEXT = "WINHTTP_PROXY_INFO: the form of a proxy and of a bypass list"


def _code_rule(cause: str, weight: Weight, sees: Sees, source: str) -> Rule:
    return Rule(cause, weight, sees, source, Basis.CODE)


def _stored(one: Considered) -> Message:
    return Message(f"proxies_{one.store}")


def _with_idle(seen: Observation, said: Message | None) -> Message | None:
    """With what is stored and not in force, which a person may take for set."""
    idle = dict.fromkeys((*seen.maps_route.idle, *seen.lists_route.idle))
    if said is None or not idle:
        return said
    stored = tuple(
        Message("wpad_disabled", {"store": _stored(one)})
        if one.detail == DISABLE_WPAD
        else Message(f"proxy_{one.state.value}", {"proxy": one.text, "store": _stored(one)})
        for one in idle
    )
    return Message("sentences", {"parts": (said, *stored)})


def _no_proxy_and_code(seen: Observation) -> Message | None:
    """A code of the article where MAPS or the lists are asked for directly, since no proxy is set for them."""
    lacking = seen.no_machine_proxy and not seen.machine_proxy and not seen.system_proxy
    unusable = next((one for one in seen.stores_that(State.UNUSABLE) if one.store == "defender"), None)
    said = message_if(
        lacking and not _otherwise(seen) and seen.hresult in ARTICLE_CODES,
        "code_defender_proxy_only" if seen.defender_proxy and not unusable else "code_no_proxy",
        code=code_message(seen),
        proxy=seen.defender_proxy,
        store=Message(f"own_{seen.defender_proxy_store}"),
    )
    if said is not None and unusable is not None:
        said = Message("sentences", {"parts": (said, _cannot_be_used(unusable))})
    return _with_idle(seen, said)


def _otherwise(seen: Observation) -> bool:
    """Another reason is known why no proxy is in force."""
    return seen.bypassed is not None or seen.unusable is not None


def _no_proxy(seen: Observation) -> bool:
    """It is known that no store of the machine holds a proxy that is, or may be, in force."""
    one = seen.lists_route.decided_by
    held = one.store in MACHINE_STORES or one.state is State.UNKNOWN or bool(seen.winhttp_problem)
    return not held and not _otherwise(seen)


def _none_used(seen: Observation) -> Message | None:
    """It is known that neither MAPS nor the lists are asked for through a proxy of the machine."""
    if _no_proxy(seen):
        return Message("no_machine_proxy")
    used = any(one.names_proxy and one.is_machine_wide for one in (seen.maps_route, seen.lists_route))
    known = _known(seen) and seen.unusable is None and not seen.winhttp_problem
    return message_if(known and not used, "no_proxy_used")


def _no_proxy_anywhere(seen: Observation) -> Message | None:
    """The same of every proxy, Defender's own among them."""
    if not seen.is_only_route or any(one.names_proxy for one in (seen.maps_route, seen.lists_route)):
        return None
    return Message("no_proxy_anywhere") if _no_proxy(seen) else _none_used(seen)


def _exempts(seen: Observation) -> Message | None:
    """The bypass list that exempts MAPS or a revocation list."""
    one = seen.bypassed
    return message_if(
        one is not None,
        "bypass_exempts",
        **({"store": _stored(one), "entry": one.detail, "proxy": one.text} if one else {}),
    )


def _exempts_and_code(codes: frozenset[int]) -> Sees:
    def sees(seen: Observation) -> Message | None:
        found = _exempts(seen)
        if found is None or seen.hresult not in codes:
            return None
        return Message("sentences", {"parts": (code_message(seen), found)})

    return sees


def _unusable(seen: Observation) -> Message | None:
    return None if seen.unusable is None else _cannot_be_used(seen.unusable)


def _cannot_be_used(one: Considered) -> Message:
    return Message("text_unusable", {"store": _stored(one), "proxy": one.text, "why": Message(f"defect_{one.detail}")})


def _known(seen: Observation) -> bool:
    """It is known how MAPS and the lists are asked for, as far as stores and bypass lists decide it."""
    return all(one.state is not State.UNKNOWN for one in (seen.maps_route, seen.lists_route))


def _answered_by(seen: Observation, *sources: str) -> Reachability | None:
    """Something that was reached through a proxy of these sources, or that this proxy itself answered."""
    for one in (*seen.probed.maps, *seen.probed.lists) if seen.probed else ():
        if one.proxy and one.source in sources and one.way in (OPEN, "password", "refused", "cut", "blocked"):
            return one
    return None


def _unanswered(seen: Observation, *sources: str) -> Reachability | None:
    return stopped(seen, "proxy_dead", sources=sources) or missing(seen, "proxy_dead", sources=sources)


def _no_password(seen: Observation) -> Message | None:
    if stopped(seen, "password") or missing(seen, "password"):
        return None
    if open_way(seen) and (
        lists_arrive(seen) or not seen.revocation_check or missing(seen, OPEN, "refused", "blocked", "cut")
    ):
        return Message("way_open")
    return at(through_proxy(seen, "refused", "cut"), "proxy_let_in")


def _own_proxy_silent(seen: Observation) -> Message | None:
    return at(stopped(seen, "proxy_dead", sources=("defender",)), "proxy_silent")


def _opened(seen: Observation, exempted: bool) -> Message | None:
    """What is not reached directly is reached through the proxy that is suggested."""
    opened, exempts = candidate_opens(seen, exempted), _exempts(seen) if exempted else None
    if opened is None or exempts is None:
        return opened
    return Message("sentences", {"parts": (exempts, opened)})


def _direct(cause: str, exempted: bool) -> Iterator[Rule]:
    """What probes say where the host goes directly, because no proxy is set or because a list exempts the address."""
    yield hinting(cause, lambda seen: at(direct_stop(seen, exempted), "stopped_on_the_way"), ARTICLE)
    yield hinting(cause, lambda seen: at(direct_lists_missing(seen, exempted), "list_missing"), f"{ARTICLE}; {KB}")
    yield probe_rule(cause, Weight.PROVES, lambda seen: _opened(seen, exempted), ARTICLE)
    yield probe_rule(
        cause,
        Weight.EXCLUDES,
        lambda seen: message_if(
            open_way(seen) and (lists_arrive(seen) is True or not seen.revocation_check),
            "all_reached" if seen.revocation_check else "way_open",
        ),
        f"{ARTICLE}; {KB}",
    )
    yield probe_rule(
        cause,
        Weight.EXCLUDES,
        lambda seen: candidate_refuses(seen) if direct_lists_missing(seen) is None else None,
        ARTICLE,
    )


RULES: tuple[Rule, ...] = (
    # No proof: what WinHTTP does without the service rests on one baseline's text and one report.
    Rule(
        "proxy_service_off",
        Weight.SUPPORTS,
        lambda seen: message_if(
            seen.build >= NEEDS_SERVICE and seen.auto_proxy_off and bool(seen.proxy_of_windows),
            "proxy_service_off",
            proxy=seen.proxy_of_windows,
        ),
        CIS_PROXY_SERVICE,
    ),
    Rule(
        "proxy_service_off",
        Weight.EXCLUDES,
        lambda seen: message_if(seen.auto_proxy_off is False or 0 < seen.build < NEEDS_SERVICE, "proxy_service_on"),
        CIS_PROXY_SERVICE,
    ),
    Rule(
        "proxy_service_off",
        Weight.EXCLUDES,
        lambda seen: message_if(
            seen.auto_proxy_off and _known(seen) and not seen.proxy_of_windows, "proxy_service_idle"
        ),
        CIS_PROXY_SERVICE,
    ),
    Rule(
        "winhttp_proxy_missing",
        Weight.EXCLUDES,
        lambda seen: message_if(seen.machine_proxy, "proxy_set", proxy=seen.shown_proxy),
        ORDER,
    ),
    Rule(
        "winhttp_proxy_unusable",
        Weight.EXCLUDES,
        lambda seen: message_if(seen.unusable is None and _known(seen), "no_text_unusable"),
        TEXT,
    ),
    Rule("winhttp_proxy_unusable", Weight.SUPPORTS, _unusable, TEXT),
    Rule(
        "proxy_bypassed",
        Weight.EXCLUDES,
        lambda seen: message_if(seen.bypassed is None and _known(seen) and seen.unusable is None, "nothing_exempt"),
        TEXT,
    ),
    Rule("winhttp_proxy_dead", Weight.EXCLUDES, _none_used, ORDER),
    Rule(
        "defender_proxy_dead",
        Weight.EXCLUDES,
        lambda seen: message_if(not seen.defender_proxy, "no_defender_proxy"),
        "policy ProxyServer",
    ),
    Rule(
        "proxy_authentication",
        Weight.EXCLUDES,
        _no_proxy_anywhere,
        f"{AUTHENTICATION} is a proxy's answer",
    ),
    _code_rule("winhttp_proxy_missing", Weight.SUPPORTS, _no_proxy_and_code, ARTICLE),
    _code_rule(
        "winhttp_proxy_missing",
        Weight.COMPATIBLE,
        lambda seen: _with_idle(
            seen,
            message_if(
                _no_proxy(seen) and not seen.defender_proxy and seen.hresult in NO_WAY,
                "code_no_way_out",
                code=code_message(seen),
            ),
        ),
        ARTICLE,
    ),
    _code_rule(
        "winhttp_proxy_missing",
        Weight.COMPATIBLE,
        lambda seen: message_if(
            bool(seen.winhttp_problem) and seen.hresult in ARTICLE_CODES | NO_WAY,
            "code_proxy_unreadable",
            code=code_message(seen),
            problem=seen.winhttp_problem,
        ),
        ARTICLE,
    ),
    _code_rule("proxy_bypassed", Weight.SUPPORTS, _exempts_and_code(ARTICLE_CODES), TEXT),
    _code_rule("proxy_bypassed", Weight.COMPATIBLE, _exempts_and_code(NO_WAY), TEXT),
    _code_rule(
        "winhttp_proxy_dead",
        Weight.COMPATIBLE,
        lambda seen: message_if(
            seen.machine_proxy and seen.hresult in NO_WAY,
            "code_with_proxy",
            code=code_message(seen),
            proxy=seen.shown_proxy,
        ),
        COMMAND_LINE,
    ),
    _code_rule(
        "proxy_authentication",
        Weight.COMPATIBLE,
        lambda seen: message_if(
            seen.machine_proxy and seen.hresult in BLOCKED_CODES,
            "code_with_password",
            code=code_message(seen),
            proxy=seen.shown_proxy,
        ),
        AUTHENTICATION,
    ),
    *certain_rules("winhttp_proxy_dead", lambda seen: at(_unanswered(seen, *MACHINE_STORES), "proxy_silent"), CURL),
    probe_rule(
        "winhttp_proxy_dead",
        Weight.EXCLUDES,
        lambda seen: at(_answered_by(seen, *MACHINE_STORES), "proxy_answers"),
        CURL,
    ),
    # A proof only where ForceUseProxyOnly keeps Defender from trying others.
    *certain_rules("defender_proxy_dead", _own_proxy_silent, CURL),
    probe_rule(
        "defender_proxy_dead", Weight.EXCLUDES, lambda seen: at(_answered_by(seen, "defender"), "proxy_answers"), CURL
    ),
    # No more than a hint: Windows may answer as the computer, which a probe does not.
    probe_rule(
        "proxy_authentication",
        Weight.SUPPORTS,
        lambda seen: at(stopped(seen, "password") or missing(seen, "password"), "wants_password"),
        AUTHENTICATION,
    ),
    probe_rule("proxy_authentication", Weight.EXCLUDES, _no_password, AUTHENTICATION),
    *_direct("winhttp_proxy_missing", exempted=False),
    *_direct("proxy_bypassed", exempted=True),
)
