"""From an assessment, and what the user requested, to ordered steps with reasons. A pure function.

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
from ..defender import own_proxy
from ..diagnosis import (
    ARTICLE_CODES,
    CAUSES,
    EXCLUDED,
    Appraisal,
    Cause,
    Observation,
    Solution,
    appraise,
    in_place_of,
    incurable,
    latent,
    leading,
    not_applicable,
    ranked,
)
from ..language import DEFAULT_LANGUAGE, Message, render, sentences
from ..proxy import ProxySettings

WORKAROUNDS = {"never": None, "no_revocation": 2, "no_revocation_no_pinning": 0}
PROXY_MAY_FIX = (
    "winhttp_proxy_missing",
    "winhttp_proxy_unusable",
    "proxy_bypassed",
    "winhttp_proxy_dead",
    "defender_proxy_dead",
    "proxy_authentication",
    "name_resolution",
    "perimeter",
    "crl_unreachable",
)
"""Causes on the way out: another proxy is another way."""
NO_WAY_TO_TLS = (
    "name_resolution", "winhttp_proxy_dead", "defender_proxy_dead", "proxy_authentication", "perimeter",
    "proxy_service_off",
)  # fmt: skip
"""Where one of these was met, TLS is never come to, so that loosening it cannot help."""
PROXY_REMOVES = (
    "winhttp_proxy_missing", "winhttp_proxy_unusable", "proxy_bypassed", "winhttp_proxy_dead", "name_resolution",
)  # fmt: skip
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
    cloud_protection: bool = False
    """Whether MAPS must be on, which is the consent to switch it on where no policy owner switched it off."""
    keep_bypass: bool = False
    """No bypass list was given: the one that the store holds stays."""
    defender_proxy: own_proxy.Wanted | None = None
    """What the policy store of Defender's own proxy shall hold; None: leave it alone."""


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
    dead_proxy: str = ""
    """A sentence where the requested proxy was probed from this host and does not answer, so that it is no step."""


def proxy_settings(proxy: Any, bypass_list: Any) -> ProxySettings | None:
    """From the role's variables: false or empty is None; `host:port`, or a mapping with http and https."""
    if not proxy:
        return None
    bypass = tuple(bypass_list or ()) if not isinstance(bypass_list, str) else proxy_text.parse_bypass(bypass_list)
    if isinstance(proxy, Mapping):
        return ProxySettings(str(proxy.get("http", "") or ""), str(proxy.get("https", "") or ""), bypass)
    return ProxySettings(str(proxy), str(proxy), bypass)


def plan(
    observation: Observation,
    current_proxy: ProxySettings,
    requested: Allowed,
    language: str = DEFAULT_LANGUAGE,
    appraised: dict[str, Appraisal] | None = None,
) -> Plan:
    """Decides; `current_proxy` is what the WinHTTP store holds. `appraised` of the observation, where that is known."""
    return _Planner(observation, current_proxy, requested, language, appraised or appraise(observation)).plan()


class _Planner:
    def __init__(
        self,
        observation: Observation,
        current: ProxySettings,
        requested: Allowed,
        language: str,
        appraised: dict[str, Appraisal],
    ) -> None:
        self.observation, self.current, self.requested, self.language = observation, current, requested, language
        self.appraised = appraised
        self.found = ranked(self.appraised)

    def say(self, name: str, **values: object) -> str:
        return render(Message(name, values), self.language)

    def plan(self) -> Plan:
        one = not_applicable(self.found)
        required = self.requested.cloud_protection and one is not None and one.cause.id == "maps_off"
        if one is not None and required:
            return self._required(one)
        if one is not None:
            return Plan("not_applicable", one.cause.id, self._reason(one.cause, one), ())
        if self.observation.connected:
            faults = tuple(one.text for one in latent(self.observation, self.language))
            return Plan("healthy", "none", self._joined(self.say("cause_none"), *faults), ())
        lead = leading(self.observation, self.appraised)
        cause = lead.cause if lead else CAUSES["unknown"]
        stop = incurable(self.observation, self.appraised)
        if stop is not None:
            return Plan("not_repairable", stop.cause.id, self._no_way(stop.cause, stop), ())
        steps = self._steps()
        dead = self._dead_proxy()
        if not steps:
            reason = self._no_way(cause, lead) + self._missing_consent()
            return Plan("not_repairable", cause.id, reason.strip(), (), dead)
        return Plan("", cause.id, cause.explanation(self.language), steps, dead)

    def _steps(self) -> tuple[Step, ...]:
        early = (*self._firewall_step(), *self._proxy_step(), *self._own_proxy_step(), *self._root_step())
        return (*early, *self._ssl_step(after_others=bool(early)))

    def _required(self, off: Appraisal) -> Plan:
        """Cloud protection is off and must be on: a step where nobody's policy says otherwise, else for its owner."""
        owner = self.observation.owner_of("SpynetReporting")
        held_by = owner.policy_owner if owner is not None else ""
        stop = incurable(self.observation, self.appraised)
        if stop is not None:
            return Plan("not_repairable", stop.cause.id, self._no_way(stop.cause, stop), ())
        if held_by or self.observation.tamper_protection:
            store = Message({"policy_manager": "store_policy_manager"}.get(held_by, "store_policy_key"))
            why = self.say("required_by_owner", store=store) if held_by else self.say("tamper")
            return Plan("not_repairable", off.cause.id, self._joined(self._reason(off.cause, off), why), ())
        step = Step("maps_on", "windefend.maps.spynet", self.say("step_maps"), guess=False, removes=("maps_off",))
        text = off.cause.explanation(self.language)
        return Plan("", off.cause.id, text, (step, *self._steps()), self._dead_proxy())

    def _joined(self, *parts: str) -> str:
        return ("" if self.language == "ja" else " ").join(filter(None, parts))

    def _dead_proxy(self) -> str:
        stop = self._dead_candidate()
        return self.say("candidate_dead", proxy=stop) if stop else ""

    def _reason(self, cause: Cause, one: Appraisal | None) -> str:
        said = tuple(render(each.said, self.language) for each in one.supporting) if one else ()
        evidence = sentences(tuple(dict.fromkeys(said)), self.language) or self.say("unknown_code")
        return self.say("reason", explanation=cause.explanation(self.language), evidence=evidence)

    def _no_way(self, cause: Cause, one: Appraisal | None) -> str:
        ways = cause.solutions(self.language, in_place_of(self.observation))
        persons = [solution for solution in ways if not solution.module]
        if self._dead_candidate():
            persons = [*dict.fromkeys((*self._other_proxy(), *persons))]
        asks = tuple(self.say("ask", who=solution.who, text=solution.text) for solution in persons)
        return self._reason(cause, one) + (self.say("reason_ask", asks=sentences(asks, self.language)) if asks else "")

    def _other_proxy(self) -> tuple[Solution, ...]:
        """Who says which proxy is the right one."""
        return tuple(one for one in CAUSES["winhttp_proxy_dead"].solutions(self.language) if not one.module)

    def _missing_consent(self) -> str:
        hints = []
        if self.requested.proxy is None and not self.observation.machine_proxy:
            hints.append(self.say("hint_proxy"))
        if (
            self.requested.ssl_workaround == "never"
            and self.observation.revocation_check
            and self.observation.hresult in ARTICLE_CODES
        ):
            hints.append(self.say("hint_loosening"))
        return self.say("not_tried", hints=sentences(tuple(hints), self.language)) if hints else ""

    def _firewall_step(self) -> tuple[Step, ...]:
        blocked = self.appraised["firewall_default_block"]
        if not self.requested.firewall or blocked not in self.found or self.observation.rules_ignored:
            return ()
        return (
            Step(
                "firewall",
                "windefend.maps.firewall_rule",
                self.say("step_firewall", evidence=blocked.supporting[0].said),
                guess=True,
                remote_ports=_first_hops(self.observation, self.requested),
                removes=("firewall_default_block",) if blocked.asserted else (),
            ),
        )

    def _dead_candidate(self) -> str:
        """The requested proxy where it was probed from this host and does not answer; empty otherwise."""
        there, request = self.observation.candidate, self.requested.proxy
        if there is None or there.stopped is None or request is None or self.observation.probes_can_leave is False:
            return ""
        stop = there.stopped
        dead = stop.way == "proxy_dead" and stop.proxy.lower() in (request.http.lower(), request.https.lower())
        return stop.proxy if dead else ""

    def _proxy_step(self) -> tuple[Step, ...]:
        request, observation = self.requested.proxy, self.observation
        # The same proxy with another bypass list is another way for others, and none for Defender, unless the list
        # exempts what Defender needs.
        if request is None or self._dead_candidate():
            return ()
        bypassed = observation.bypassed
        if request.names_the_same(self.current) and (bypassed is None or bypassed.store != "winhttp"):
            return ()
        if all(self.appraised[name].verdict == EXCLUDED for name in PROXY_MAY_FIX):
            return ()
        why = self._why_the_proxy()
        return (
            Step(
                "winhttp_proxy",
                "windefend.maps.winhttp_proxy",
                self.say("step_proxy", why=why),
                guess=False,
                removes=tuple(one.cause.id for one in self.found if one.asserted and self._proxy_removes(one.cause)),
            ),
        )

    def _proxy_removes(self, cause: Cause) -> bool:
        """The list of Defender's own proxy is another's."""
        bypassed = self.observation.bypassed
        if cause.id == "proxy_bypassed" and bypassed is not None and bypassed.store == "defender":
            return False
        return cause.id in PROXY_REMOVES

    def _why_the_proxy(self) -> str:
        observation = self.observation
        if observation.winhttp_problem:
            return self.say("proxy_unreadable")
        if observation.bypassed is not None:
            return self.say("proxy_bypassed")
        if observation.unusable is not None:
            return self.say("proxy_not_usable", proxy=observation.unusable.text)
        if observation.shown_proxy:
            return self.say("proxy_is", proxy=observation.shown_proxy)
        return self.say("proxy_none")

    def _own_proxy_step(self) -> tuple[Step, ...]:
        """Defender's own proxy, which is a way for Defender and none for the revocation lists."""
        wanted = self.requested.defender_proxy
        if wanted is None or own_proxy.holds(self.observation.own_policy, wanted):
            return ()
        if all(self.appraised[name].verdict == EXCLUDED for name in PROXY_MAY_FIX):
            return ()
        dead = self.appraised["defender_proxy_dead"]
        return (
            Step(
                "defender_proxy",
                "windefend.maps.defender_proxy",
                self.say("step_own_proxy", proxy=wanted.get("server") or wanted.get("pac_url") or "-"),
                guess=False,
                removes=("defender_proxy_dead",) if dead in self.found and dead.asserted else (),
            ),
        )

    def _root_step(self) -> tuple[Step, ...]:
        """The article's second solution, where the root certificate is or may be missing and the URL is not stored."""
        url, roots = self.requested.root_dir_url, self.observation.roots
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
        observation = self.observation
        return (
            observation.probed is not None
            and observation.probed.stopped is not None
            and observation.is_only_route
            and observation.probes_can_leave is not False
        )

    def _ssl_step(self, after_others: bool) -> tuple[Step, ...]:
        target, observation = WORKAROUNDS[self.requested.ssl_workaround], self.observation
        if target is None or observation.ssl_options & ~target == 0:
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


def _first_hops(observation: Observation, requested: Allowed) -> tuple[str, ...]:
    request = requested.proxy or ProxySettings()
    held = (one.text for route in (observation.maps_route, observation.lists_route) for one in route.why)
    own = (requested.defender_proxy or {}).get("server", "")
    proxies = (observation.defender_proxy, *held, request.http, request.https, own)
    ports = {80, 443}.union(*(proxy_text.parse(proxy).ports for proxy in proxies))
    return tuple(map(str, sorted(ports)))
