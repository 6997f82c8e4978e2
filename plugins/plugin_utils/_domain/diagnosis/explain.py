"""A diagnosis in words: the leading cause, what else holds or may hold, what cannot be decided, and the solutions."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import Any

from ..._windows.hresult import format_code
from ..language import DEFAULT_LANGUAGE, Message, listed, render, sentences
from ..operation import plain
from ..ownership import UNKNOWN as STORE_UNKNOWN, Hardening, Ownership, names_of
from .appraisal import (
    CANDIDATE,
    CERTAIN,
    ENDPOINTS,
    EXCLUDED,
    HIDDEN,
    LIKELY,
    POSSIBLE,
    RANKS,
    ROOTS,
    UNKNOWN,
    Appraisal,
    Evidence,
    anything_proven,
    appraise,
    assumed,
    incurable,
    leading,
    next_probe_text,
    not_applicable,
    ranked,
    undecided,
)
from .causes import (
    CAUSES,
    Assumed,
    Cause,
    Diagnosis,
    Finding,
    Solution,
    Undecided,
    Unseen,
    described_at,
    in_place_of,
    latent,
    met_condition,
)
from .observation import Observation
from .rule import Weight
from .rules_state import ARTICLE_CODES, GIVES

_CHECKED = ARTICLE_CODES | GIVES["tls_inspection"]
"""Codes of a connection whose checks are on."""


def diagnose(
    observation: Observation, language: str = DEFAULT_LANGUAGE, appraised: dict[str, Appraisal] | None = None
) -> Diagnosis:
    """The leading cause, what else holds or may hold, what cannot be decided, and the ranked solutions.

    `appraised`: what `appraise` says of the observation, where that is known.
    """
    explainer = _Explainer(observation, language)
    if appraised is not None:
        explainer.appraised = appraised
    return explainer.with_record(explainer.diagnosis())


def diagnosis_result(observation: Observation, language: str = DEFAULT_LANGUAGE) -> dict[str, Any]:
    """A diagnosis under the names that results have."""
    return shown(diagnose(observation, language))


def shown(diagnosis: Diagnosis) -> dict[str, Any]:
    """A diagnosis under the names that results have, as plain values."""
    found: dict[str, Any] = plain(diagnosis)
    found["diagnosis"] = found.pop("message")
    return found


class _Explainer:
    """Puts a diagnosis into words."""

    def __init__(self, observation: Observation, language: str) -> None:
        self.observation = observation
        self.language = language

    @functools.cached_property
    def appraised(self) -> dict[str, Appraisal]:
        return appraise(self.observation)

    def say(self, name: str, **values: object) -> str:
        return render(Message(name, values), self.language)

    def diagnosis(self) -> Diagnosis:
        if self.observation.connected:
            return self._connected()
        found = ranked(self.appraised)
        groups = undecided(self.observation, self.appraised)
        nothing_to_reach = not_applicable(found)
        first = leading(self.observation, self.appraised)
        lead = nothing_to_reach or incurable(self.observation, self.appraised) or first
        if lead is None:
            return self._nothing_found(list(found))
        rest = [one for one in found if one is not lead]
        certain = lead.verdict == CERTAIN
        others = [one for one in rest if one.verdict == CERTAIN or not certain or _counts(one)]
        instead = in_place_of(self.observation)
        cured = (lead,) if nothing_to_reach else (lead, *others)
        groups = () if nothing_to_reach else groups
        ways = (way for one in cured for way in one.cause.solutions(self.language, instead))
        solutions = tuple(dict.fromkeys(ways))
        evidence = (*self._said(lead.strongest), *(self._said(one.strongest)[0] for one in others if one.asserted))
        return self._diagnosis(lead.cause, lead.verdict, self._with_code(evidence), others, solutions, groups)

    def with_record(self, found: Diagnosis) -> Diagnosis:
        """With what Windows has written of the connection, and where nothing was run, what follows from it."""
        record, passive = self.observation.record, self.observation.nothing_run
        recorded = self._joined(*(render(one, self.language) for one in (record.said() if record else ())))
        if not recorded and not passive:
            return found
        if not passive:
            message = found.message if self.observation.connected else self._joined(found.message, recorded)
            return replace(found, recorded=recorded, message=message)
        known = assumed(self.observation, self.appraised)
        title = known.because.values.get("title")
        values = {"title": CAUSES[str(title)].title(self.language)} if title else {}
        because = self.say(known.because.name, **values)
        if known.connected:
            found = replace(
                self._connected(), confidence=known.confidence, explanation=because, summary=because,
                evidence=(recorded,), message="",
            )  # fmt: skip
        return replace(
            found,
            recorded=recorded,
            assumed=Assumed(known.connected, known.confidence, because),
            message=self._joined(self.say("nothing_run"), because, recorded, found.message),
        )

    def _with_code(self, evidence: tuple[str, ...]) -> tuple[str, ...]:
        """Each once, and the code that people look for, where none names it."""
        code = format_code(self.observation.hresult) if self.observation.hresult is not None else ""
        named = not code or any(code in one for one in evidence)
        return tuple(dict.fromkeys(evidence if named else (*evidence, self.say("code", code=code))))

    def _connected(self) -> Diagnosis:
        """MAPS answered. Not certain where somebody's own proxy may be the reason, or the state says otherwise."""
        doubts = []
        if self.observation.caller_proxy_differs and self.observation.run_as != "system":
            doubts.append(self.say("callers_proxy"))
        for one in self.appraised.values() if anything_proven(self.observation) else ():
            if one.verdict == CERTAIN:
                doubts.append(self.say("though", evidence=one.supporting[0].said))
        title = render(Message("cause_none_title"), self.language)
        text = render(Message("cause_none"), self.language)
        faults = tuple(one.text for one in latent(self.observation, self.language))
        message = self._joined(text, *doubts, *faults) if doubts or faults else self.say("answered")
        return Diagnosis(
            cause="none",
            title=title,
            confidence=LIKELY if doubts else CERTAIN,
            explanation=text,
            summary=text,
            evidence=tuple(doubts),
            alternatives=(),
            also_possible=(),
            solutions=(),
            causes=(),
            excluded=(),
            unseen=(),
            undecided=(),
            probes=(),
            cautions=self._cautions(()),
            latent=latent(self.observation, self.language),
            owners=self.observation.all_owners,
            message=message,
        )

    def _nothing_found(self, others: list[Appraisal]) -> Diagnosis:
        cause = CAUSES["unknown"]
        if not self.observation.validated:
            text = self.say("not_validated")
            empty = self._diagnosis(cause, "none", (), [], (), ())
            return Diagnosis(**{**vars(empty), "explanation": text, "summary": text, "message": text})
        code = format_code(self.observation.hresult) if self.observation.hresult is not None else ""
        evidence = self.say("code", code=code) if code else self.say("unreadable")
        return self._diagnosis(cause, "none", (evidence,), others, cause.solutions(self.language), ())

    def _diagnosis(
        self,
        cause: Cause,
        confidence: str,
        evidence: tuple[str, ...],
        others: list[Appraisal],
        solutions: tuple[Solution, ...],
        groups: tuple[tuple[tuple[str, ...], str], ...],
    ) -> Diagnosis:
        shown = tuple(
            Undecided(causes, self._titles(causes), next_probe_text(name, self.language, self.observation))
            for causes, name in groups
        )
        titles = tuple(one.cause.title(self.language) for one in others)
        cautions = self._cautions(solutions)
        explanation = cause.explanation(self.language)
        appraised = self.appraised.values()
        return Diagnosis(
            cause=cause.id,
            title=cause.title(self.language),
            confidence=confidence,
            explanation=explanation,
            summary=self._joined(explanation, self._next(solutions)),
            evidence=evidence,
            alternatives=tuple(one.cause.id for one in others),
            also_possible=titles,
            solutions=solutions,
            causes=tuple(self._finding(one) for one in ranked(self.appraised)),
            excluded=tuple(self._finding(one) for one in appraised if one.verdict == EXCLUDED),
            unseen=tuple(self._unseen(one) for one in appraised if one.verdict in (HIDDEN, UNKNOWN)),
            undecided=shown,
            probes=self._probes(groups),
            cautions=cautions,
            latent=latent(self.observation, self.language),
            owners=self.observation.all_owners,
            message=self._message(explanation, confidence, evidence, others, shown, solutions, cautions),
        )

    def _message(
        self,
        explanation: str,
        confidence: str,
        evidence: tuple[str, ...],
        others: list[Appraisal],
        groups: tuple[Undecided, ...],
        solutions: tuple[Solution, ...],
        cautions: tuple[str, ...],
    ) -> str:
        parts = [explanation, self.say("confidence", confidence=Message(f"confidence_{confidence}"))]
        if evidence:
            parts.append(self.say("evidence", evidence=sentences(evidence, self.language)))
        alike = {name for one in groups for name in one.causes}
        sure = tuple(one.cause.title(self.language) for one in others if one.asserted and one.cause.id not in alike)
        maybe = tuple(
            one.cause.title(self.language) for one in others if not one.asserted and one.cause.id not in alike
        )
        if sure:
            parts.append(self.say("also", titles=listed(sure, self.language)))
        if maybe:
            parts.append(self.say("also_possible", titles=listed(maybe, self.language, alternatives=True)))
        parts += [
            self.say("one_of", titles=listed(one.titles, self.language, alternatives=True), probe=one.probe)
            for one in groups
        ]
        parts.append(self._next(solutions))
        parts += cautions
        return self._joined(*parts)

    def _titles(self, causes: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(CAUSES[name].title(self.language) for name in causes)

    def _joined(self, *parts: str) -> str:
        return ("" if self.language == "ja" else " ").join(part for part in parts if part)

    def _next(self, solutions: tuple[Solution, ...]) -> str:
        if not solutions:
            return ""
        first = solutions[0]
        if first.module:
            return self.say("next_by_module", text=first.text, module=first.module)
        return self.say("next_by_person", text=first.text, who=first.who)

    def _said(self, evidence: tuple[Evidence, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(render(one.said, self.language) for one in evidence))

    def _finding(self, one: Appraisal) -> Finding:
        sources = tuple(dict.fromkeys(each.source for each in (*one.supporting, *one.against)))
        confidence = one.verdict if one.verdict in RANKS else "none"
        title = one.cause.title(self.language)
        return Finding(
            one.cause.id,
            title,
            confidence,
            self._said(one.supporting),
            self._said(one.against),
            sources,
            self._hardening(one),
        )

    def _unseen(self, one: Appraisal) -> Unseen:
        title, against = one.cause.title(self.language), self._said(one.against)
        return Unseen(one.cause.id, title, one.hidden_by, self._probe_for(one), against)

    def _probe_for(self, one: Appraisal) -> str:
        if one.hidden_by:
            return self.say("first_cure", titles=listed(self._titles(one.hidden_by), self.language))
        return next_probe_text(one.cause.id, self.language, self.observation)

    def _probes(self, groups: tuple[tuple[tuple[str, ...], str], ...]) -> tuple[str, ...]:
        """Only what can be asked and was not, where it would tell something that is open. Where a cause is certain that
        gives this code, more can wait until it is cured."""
        certain = [one.cause for one in self.appraised.values() if one.verdict == CERTAIN]
        if any(not cause.applicable or self.observation.hresult in GIVES[cause.id] for cause in certain):
            return ()
        open_ = {one.cause.id for one in self.appraised.values() if one.verdict in (POSSIBLE, LIKELY, UNKNOWN)}
        untrusted = self.observation.probed is not None and self.observation.probed.tls == "untrusted_root"
        wanted = {
            "endpoint_info": self.observation.probed is None and open_ & ENDPOINTS,
            "root_update": self.observation.roots is None and (untrusted or open_ & ROOTS),
            "candidate": self.observation.candidate is None and any(name == CANDIDATE for _unused, name in groups),
        }
        return tuple(name for name, tells in wanted.items() if tells)

    def _cautions(self, solutions: tuple[Solution, ...]) -> tuple[str, ...]:
        modules = {one.module for one in solutions}
        observation = self.observation
        found = [self.say("cached_proxy", proxy=self.observation.cached_proxy)] if self.observation.cached_proxy else []
        if self.observation.credentials:
            stores = listed(tuple(self.say(f"proxies_{one}") for one in self.observation.credentials), self.language)
            found.append(self.say("proxy_credentials", stores=stores))
        found += [self.say("hardening_asks", controls=names) for names in self._demanding()]
        reporting = observation.owner_of("SpynetReporting")
        if reporting is not None and reporting.in_force == STORE_UNKNOWN:
            found.append(self.say("owner_conflict", setting=reporting.setting, stores=self._stores(reporting)))
        if observation.policy_may_be_ignored and "windefend.maps.spynet" in modules:
            found.append(self.say("controlled"))
        ignored = observation.policy_may_be_ignored and observation.ssl_options & 3 != 3
        if ignored and observation.connected is False and observation.hresult in _CHECKED:
            found.append(self.say("write_ignored", options=observation.ssl_options))
        if self.observation.unclear_stores:
            stores = listed(tuple(self.say(f"own_{one}") for one in self.observation.unclear_stores), self.language)
            found.append(self.say("own_proxy_unclear", stores=stores))
        if self.observation.tamper_protection and "windefend.maps.spynet" in modules:
            found.append(self.say("tamper"))
        stored = tuple(
            name for name in self.observation.policy_values if name in ("SSLOptions", "DisableRootAutoUpdate")
        )
        if stored and modules & {"windefend.maps.spynet", "windefend.maps.root_update"}:
            found.append(self.say("policy_values", names=listed(stored, self.language)))
        found += [one.text for one in latent(self.observation, self.language)]
        return tuple(found)

    def _stores(self, one: Ownership) -> str:
        names = {"policy": "store_policy_key", "policy_manager": "store_policy_manager", "own": "store_own"}
        held = ((name, one.stores[store]) for store, name in names.items() if one.stores[store] is not None)
        return listed(tuple(self.say("held", store=Message(name), value=value) for name, value in held), self.language)

    def _hardening(self, one: Appraisal) -> Hardening | None:
        condition = met_condition(one.cause.id, self.observation) if one.verdict in RANKS else None
        return described_at(condition, self.observation, self.language) if condition is not None else None

    def _demanding(self) -> tuple[str, ...]:
        """The controls that ask for what brings a cause about here."""
        if self.observation.connected:
            return ()
        met = (met_condition(one.cause.id, self.observation) for one in self.appraised.values() if one.asserted)
        named = (names_of(one, self.observation.build, self.observation.server, self.language) for one in met if one)
        return tuple(name for name in named if name)


def _counts(one: Appraisal) -> bool:
    """Beside a certain cause only others that were seen, not what the code alone would allow."""
    return one.asserted or any(each.weight is not Weight.COMPATIBLE for each in one.supporting)
