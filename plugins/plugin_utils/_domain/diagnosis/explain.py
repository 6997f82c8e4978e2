"""A diagnosis in words: the leading cause, what else holds or may hold, what cannot be told, and the solutions."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

from ..._windows.hresult import format_code
from ..language import DEFAULT_LANGUAGE, Message, listed, render, sentences
from .appraisal import (
    CERTAIN,
    EXCLUDED,
    HIDDEN,
    LIKELY,
    POSSIBLE,
    RANKS,
    UNKNOWN,
    Appraisal,
    Evidence,
    anything_proven,
    appraise,
    ranked,
    undecided,
)
from .causes import CAUSES, Cause, Solution
from .next_probes import CANDIDATE, ENDPOINTS, ROOTS, next_probe_text
from .observation import Observation
from .rule import Weight
from .rules_state import GIVES


@dataclass(frozen=True)
class Finding:
    """A cause that holds, may hold or is excluded, in words."""

    id: str
    title: str
    confidence: str
    """certain, likely or possible; in `excluded`: none."""
    evidence_for: tuple[str, ...]
    evidence_against: tuple[str, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Unseen:
    """A cause of which nothing can be said."""

    id: str
    title: str
    behind: tuple[str, ...]
    """Ids of the causes that hide it; empty: it was not looked at."""
    probe: str
    """What would tell."""


@dataclass(frozen=True)
class Undecided:
    """Causes of which at least one holds, and which look alike."""

    causes: tuple[str, ...]
    titles: tuple[str, ...]
    probe: str
    """What would tell them apart."""


@dataclass(frozen=True)
class Diagnosis:
    """What is wrong, as far as it can be told."""

    cause: str
    """Id of the leading cause; `none` when MAPS answered."""
    title: str
    confidence: str
    explanation: str
    summary: str
    """Two sentences for a help desk: what is wrong, and what to do."""
    evidence: tuple[str, ...]
    alternatives: tuple[str, ...]
    """Ids of other causes that the same observations allow."""
    also_possible: tuple[str, ...]
    """Their titles."""
    solutions: tuple[Solution, ...]
    causes: tuple[Finding, ...]
    """Every cause that holds or may hold."""
    excluded: tuple[Finding, ...]
    unseen: tuple[Unseen, ...]
    undecided: tuple[Undecided, ...]
    probes: tuple[str, ...]
    """What to ask next, as the roles do: `endpoint_info`, `root_update`, `candidate`."""
    cautions: tuple[str, ...]
    """What may undo or refuse a change of ours."""
    message: str
    """All of it as one readable message."""


def diagnose(o: Observation, language: str = DEFAULT_LANGUAGE) -> Diagnosis:
    """The leading cause, what else holds or may hold, what cannot be told, and the ranked solutions."""
    return _Explainer(o, language).diagnosis()


def diagnosis_result(o: Observation, language: str = DEFAULT_LANGUAGE) -> dict[str, Any]:
    """A diagnosis under the names that results have."""
    found = {**vars(diagnose(o, language))}
    found["diagnosis"] = found.pop("message")
    return found


class _Explainer:
    """Puts a diagnosis into words."""

    def __init__(self, o: Observation, language: str) -> None:
        self.o = o
        self.language = language

    @functools.cached_property
    def appraised(self) -> dict[str, Appraisal]:
        return appraise(self.o)

    def say(self, name: str, **values: object) -> str:
        return render(Message(name, values), self.language)

    def diagnosis(self) -> Diagnosis:
        if self.o.connected:
            return self._connected()
        found = ranked(self.appraised)
        groups = undecided(self.o, self.appraised)
        if not found:
            return self._nothing_found()
        lead, *rest = found
        certain = lead.verdict == CERTAIN
        others = [one for one in rest if one.verdict == CERTAIN or not certain or _counts(one)]
        solutions = tuple(dict.fromkeys(s for one in (lead, *others) for s in one.cause.solutions(self.language)))
        evidence = (*self._said(lead.strongest), *(self._said(one.strongest)[0] for one in others if one.named))
        return self._diagnosis(lead.cause, lead.verdict, self._with_code(evidence), others, solutions, groups)

    def _with_code(self, evidence: tuple[str, ...]) -> tuple[str, ...]:
        """Each once, and the code that people look for, where none names it."""
        code = format_code(self.o.hresult) if self.o.hresult is not None else ""
        named = not code or any(code in one for one in evidence)
        return tuple(dict.fromkeys(evidence if named else (*evidence, self.say("code", code=code))))

    def _connected(self) -> Diagnosis:
        """MAPS answered. Not certain where somebody's own proxy may be the reason, or the state says otherwise."""
        doubts = []
        if self.o.caller_differs and self.o.run_as != "system":
            doubts.append(self.say("callers_proxy"))
        for one in self.appraised.values() if anything_proven(self.o) else ():
            if one.verdict == CERTAIN:
                doubts.append(self.say("though", evidence=one.speaks_for[0].said))
        title = render(Message("cause_none_title"), self.language)
        text = render(Message("cause_none"), self.language)
        message = self.say("answered") if not doubts else self._joined(text, *doubts)
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
            cautions=(),
            message=message,
        )

    def _nothing_found(self) -> Diagnosis:
        cause = CAUSES["unknown"]
        if not self.o.validated:
            text = self.say("not_validated")
            empty = self._diagnosis(cause, "none", (), [], (), ())
            return Diagnosis(**{**vars(empty), "explanation": text, "summary": text, "message": text})
        code = format_code(self.o.hresult) if self.o.hresult is not None else ""
        evidence = self.say("code", code=code) if code else self.say("unreadable")
        return self._diagnosis(cause, "none", (evidence,), [], cause.solutions(self.language), ())

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
            Undecided(causes, self._titles(causes), next_probe_text(name, self.language, self.o))
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
        sure = tuple(one.cause.title(self.language) for one in others if one.named and one.cause.id not in alike)
        maybe = tuple(one.cause.title(self.language) for one in others if not one.named and one.cause.id not in alike)
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
        sources = tuple(dict.fromkeys(each.source for each in (*one.speaks_for, *one.against)))
        confidence = one.verdict if one.verdict in RANKS else "none"
        title = one.cause.title(self.language)
        return Finding(one.cause.id, title, confidence, self._said(one.speaks_for), self._said(one.against), sources)

    def _unseen(self, one: Appraisal) -> Unseen:
        return Unseen(one.cause.id, one.cause.title(self.language), one.hidden_by, self._probe_for(one))

    def _probe_for(self, one: Appraisal) -> str:
        if one.hidden_by:
            return self.say("first_cure", titles=listed(self._titles(one.hidden_by), self.language))
        return next_probe_text(one.cause.id, self.language, self.o)

    def _probes(self, groups: tuple[tuple[tuple[str, ...], str], ...]) -> tuple[str, ...]:
        """Only what can be asked and was not, where it would tell something that is open. Where a cause is certain that
        gives this code, more can wait until it is cured."""
        certain = [one.cause for one in self.appraised.values() if one.verdict == CERTAIN]
        if any(not cause.applicable or self.o.hresult in GIVES[cause.id] for cause in certain):
            return ()
        open_ = {one.cause.id for one in self.appraised.values() if one.verdict in (POSSIBLE, LIKELY, UNKNOWN)}
        untrusted = self.o.probed is not None and self.o.probed.tls == "untrusted_root"
        wanted = {
            "endpoint_info": self.o.probed is None and open_ & ENDPOINTS,
            "root_update": self.o.roots is None and (untrusted or open_ & ROOTS),
            "candidate": self.o.candidate is None and any(name == CANDIDATE for _unused, name in groups),
        }
        return tuple(name for name, tells in wanted.items() if tells)

    def _cautions(self, solutions: tuple[Solution, ...]) -> tuple[str, ...]:
        modules = {one.module for one in solutions}
        found = []
        if self.o.tamper_protection and "windefend.maps.spynet" in modules:
            found.append(self.say("tamper"))
        stored = tuple(name for name in self.o.policy_values if name in ("SSLOptions", "DisableRootAutoUpdate"))
        if stored and modules & {"windefend.maps.spynet", "windefend.maps.root_update"}:
            found.append(self.say("policy_values", names=listed(stored, self.language)))
        return tuple(found)


def _counts(one: Appraisal) -> bool:
    """Beside a certain cause only others that were seen, not what the code alone would allow."""
    return one.named or any(each.weight is not Weight.ALLOWS for each in one.speaks_for)
