"""From an assessment and the user's requested to ordered steps with reasons. A pure function.

The order is the article's order of preference, and the least that can work comes first: allow rules only where
Windows Firewall blocks by default, then the WinHTTP proxy, then another source of root certificates, and SSLOptions
only with consent, never from one loosening to the next by itself: dropping pinning would turn an interception into
"repaired". What probes show not to help is not tried.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..._windows import proxy_text
from ..._windows.hresult import format_code
from ..diagnosis import ARTICLE_CODES, CAUSES, EXCLUDED, Appraisal, Cause, Observation, appraise, ranked
from ..language import DEFAULT_LANGUAGE, Message, render, sentences
from ..proxy import ProxySettings

WORKAROUNDS = {"never": None, "no_revocation": 2, "no_revocation_no_pinning": 0}
NOT_REPAIRABLE_BY_US = ("not_elevated", "windows_too_old", "service_stopped", "firewall_block_rule", "clock_skew")
UNTRUSTED_AUTHORITY = 0x80072F0D
PROXY_MAY_FIX = (
    "winhttp_proxy_missing",
    "winhttp_proxy_dead",
    "defender_proxy_dead",
    "proxy_authentication",
    "name_resolution",
    "perimeter",
    "crl_unreachable",
)
"""Causes on the way out: another proxy is another way."""
NO_WAY_TO_TLS = ("name_resolution", "winhttp_proxy_dead", "defender_proxy_dead", "proxy_authentication", "perimeter")
"""Where one of these was met, TLS is never come to, so that loosening it cannot help."""
PROXY_REMOVES = ("winhttp_proxy_missing", "winhttp_proxy_dead", "name_resolution")
"""What a proxy that works makes untrue; that it works, only the next validation shows."""
LOOSENING_REMOVES = ("crl_unreachable", "trust_list_stale")
LOOSENING_MAY_FIX = ("winhttp_proxy_missing", "crl_unreachable", "trust_list_stale")


@dataclass(frozen=True)
class Allowed:
    """What the user allows, as the role's variables say it."""

    proxy: ProxySettings | None = None
    """None: leave the proxy alone (laptops)."""
    firewall: bool = True
    """Whether allow rules of our own may be added."""
    ssl_workaround: str = "never"
    root_dir_url: str = ""
    """Where the lists of root certificates are to come from, as RootDirUrl takes it; empty: leave that alone."""


@dataclass(frozen=True)
class Step:
    """One step: which module, with which arguments, and why."""

    id: str
    module: str
    reason: str
    guess: bool
    """True: taken back when it did not help. False: the user asked for it by value, so it stays."""
    only_for: tuple[str, ...] = ()
    """Codes (`0x80072F8F`) that the last validation must have answered; empty: any."""
    remote_ports: tuple[str, ...] = ()
    """For allow rules: the ports of every first hop that may come, since the firewall sees no other."""
    removes: tuple[str, ...] = ()
    """Ids of causes that hold, as far as is known, and that it removes; empty: it is tried without such knowledge."""


@dataclass(frozen=True)
class Plan:
    """What to do with a host."""

    outcome: str
    """healthy, not_applicable or not_repairable when there is nothing to do; empty when there are steps."""
    cause: str
    reason: str
    steps: tuple[Step, ...]


def proxy_settings(proxy: Any, bypass_list: Any) -> ProxySettings | None:
    """From the role's variables: false or empty is None; `host:port`, or a mapping with http and https."""
    if not proxy:
        return None
    bypass = tuple(bypass_list or ()) if not isinstance(bypass_list, str) else proxy_text.parse_bypass(bypass_list)
    if isinstance(proxy, Mapping):
        return ProxySettings(str(proxy.get("http", "") or ""), str(proxy.get("https", "") or ""), bypass)
    return ProxySettings(str(proxy), str(proxy), bypass)


def plan(o: Observation, current_proxy: ProxySettings, requested: Allowed, language: str = DEFAULT_LANGUAGE) -> Plan:
    """Decides; `current_proxy` is what the WinHTTP store holds."""
    return _Planner(o, current_proxy, requested, language).plan()


class _Planner:
    def __init__(self, o: Observation, current: ProxySettings, requested: Allowed, language: str) -> None:
        self.o, self.current, self.requested, self.language = o, current, requested, language
        self.appraised = appraise(o)
        self.found = ranked(self.appraised)

    def say(self, name: str, **values: object) -> str:
        return render(Message(name, values), self.language)

    def plan(self) -> Plan:
        for one in self.found:
            if not one.cause.applicable and one.named:
                return Plan("not_applicable", one.cause.id, self._reason(one.cause, one), ())
        if self.o.connected:
            return Plan("healthy", "none", self.say("cause_none"), ())
        lead = self.found[0] if self.found else None
        cause = lead.cause if lead else CAUSES["unknown"]
        stop = self._incurable()
        if stop is not None:
            return Plan("not_repairable", stop.cause.id, self._no_way(stop.cause, stop), ())
        early = (*self._firewall_step(), *self._proxy_step(), *self._root_step())
        steps = (*early, *self._ssl_step(after_others=bool(early)))
        if not steps:
            reason = self._no_way(cause, lead) + self._missing_consent()
            return Plan("not_repairable", cause.id, reason.strip(), ())
        return Plan("", cause.id, cause.explanation(self.language), steps)

    def _incurable(self) -> Appraisal | None:
        for one in self.found:
            if one.verdict == "certain" and one.cause.id in NOT_REPAIRABLE_BY_US:
                return one
        inspected = self.appraised["tls_inspection"]
        unknown_authority = inspected.named and self.o.hresult == UNTRUSTED_AUTHORITY
        return inspected if inspected.confirmed_by_evidence or unknown_authority else None

    def _reason(self, cause: Cause, one: Appraisal | None) -> str:
        said = tuple(render(each.said, self.language) for each in one.speaks_for) if one else ()
        evidence = sentences(tuple(dict.fromkeys(said)), self.language) or self.say("unknown_code")
        return self.say("reason", explanation=cause.explanation(self.language), evidence=evidence)

    def _no_way(self, cause: Cause, one: Appraisal | None) -> str:
        persons = [solution for solution in cause.solutions(self.language) if not solution.module]
        asks = tuple(self.say("ask", who=solution.who, text=solution.text) for solution in persons)
        return self._reason(cause, one) + (self.say("reason_ask", asks=sentences(asks, self.language)) if asks else "")

    def _missing_consent(self) -> str:
        hints = []
        if self.requested.proxy is None and not self.o.machine_proxy:
            hints.append(self.say("hint_proxy"))
        if self._proxy_is_dead():
            hints.append(self.say("hint_candidate"))
        if self.requested.ssl_workaround == "never" and self.o.revocation_check and self.o.hresult in ARTICLE_CODES:
            hints.append(self.say("hint_loosening"))
        return self.say("not_tried", hints=sentences(tuple(hints), self.language)) if hints else ""

    def _firewall_step(self) -> tuple[Step, ...]:
        blocked = self.appraised["firewall_default_block"]
        if not self.requested.firewall or blocked not in self.found:
            return ()
        return (
            Step(
                "firewall",
                "windefend.maps.firewall_rule",
                self.say("step_firewall", evidence=blocked.speaks_for[0].said),
                guess=True,
                remote_ports=_first_hops(self.o, self.requested),
                removes=("firewall_default_block",) if blocked.named else (),
            ),
        )

    def _proxy_is_dead(self) -> bool:
        """The desired proxy was probed from this host and does not answer."""
        there, request = self.o.candidate, self.requested.proxy
        if there is None or there.stopped is None or request is None or self.o.probes_can_leave is False:
            return False
        stop = there.stopped
        return stop.way == "proxy_dead" and stop.proxy.lower() in (request.http.lower(), request.https.lower())

    def _proxy_step(self) -> tuple[Step, ...]:
        request, o = self.requested.proxy, self.o
        if request is None or request.means_the_same(self.current) or self._proxy_is_dead():
            return ()
        if all(self.appraised[name].verdict == EXCLUDED for name in PROXY_MAY_FIX):
            return ()
        why = self.say("proxy_is", proxy=o.winhttp_proxy) if o.winhttp_proxy else self.say("proxy_none")
        if o.winhttp_problem:
            why = self.say("proxy_unreadable")
        return (
            Step(
                "winhttp_proxy",
                "windefend.maps.winhttp_proxy",
                self.say("step_proxy", why=why),
                guess=False,
                removes=tuple(one.cause.id for one in self.found if one.named and one.cause.id in PROXY_REMOVES),
            ),
        )

    def _root_step(self) -> tuple[Step, ...]:
        """The article's second solution, where the root certificate is or may be missing and the URL is not stored."""
        url, roots = self.requested.root_dir_url, self.o.roots
        if not url or self.appraised["root_missing"] not in self.found:
            return ()
        if roots is not None and roots.root_dir_url.lower() == url.lower():
            return ()
        return (
            Step(
                "root_update",
                "windefend.maps.root_update",
                self.say("step_root", url=url),
                guess=False,
                removes=("root_missing",),
            ),
        )

    def _ends_before_tls(self) -> bool:
        """The only way to MAPS was probed and ends before TLS, whatever stops it."""
        o = self.o
        return (
            o.probed is not None
            and o.probed.stopped is not None
            and o.is_only_route
            and o.probes_can_leave is not False
        )

    def _ssl_step(self, after_others: bool) -> tuple[Step, ...]:
        target, o = WORKAROUNDS[self.requested.ssl_workaround], self.o
        if target is None or o.ssl_options & ~target == 0:
            return ()
        if not after_others and (
            self._ends_before_tls() or any(self.appraised[name].confirmed_by_evidence for name in NO_WAY_TO_TLS)
        ):
            return ()
        if not after_others and all(self.appraised[name].verdict == EXCLUDED for name in LOOSENING_MAY_FIX):
            return ()
        return (
            Step(
                "ssl_options",
                "windefend.maps.spynet",
                self.say("step_ssl", workaround=self.requested.ssl_workaround, target=target),
                guess=True,
                only_for=tuple(format_code(code) for code in sorted(ARTICLE_CODES)),
                removes=tuple(one.cause.id for one in self.found if one.cause.id in LOOSENING_REMOVES),
            ),
        )


def _first_hops(o: Observation, requested: Allowed) -> tuple[str, ...]:
    request = requested.proxy or ProxySettings()
    proxies = (o.defender_proxy, o.winhttp_proxy, o.advanced_proxy, request.http, request.https)
    ports = {80, 443}.union(*(proxy_text.parse(proxy).ports for proxy in proxies))
    return tuple(map(str, sorted(ports)))
