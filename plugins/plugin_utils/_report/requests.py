"""What is left to do, by who must act and what they must do, for which hosts: for the block at the end and the report.

Of a host's ways out the first counts, which the article prefers. Reports come from other versions and other programs
too, so nothing in them is taken for granted.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .._domain.language import shown, solutions as language_solutions
from . import closing_words as words
from .columns import ELLIPSIS, cut, named
from .numbers import OPEN, latent

REASON = 84
"""Columns that a reason takes at most."""
MOST_REASONS = 4
"""Reasons of one outcome that are requests of their own."""
CONNECTION = re.compile(r"(?: \([0-9A-Fa-f:.%]+\))?(?:, port \d{1,5}, as [^:]{1,256})?: ")
"""What a message of a connection adds to the name of a host: address, port, account."""
Ask = tuple[str, str, str]
"""An identifier, who must act, and what they must do."""


@dataclass(frozen=True)
class Request:
    """Who must do what, for which hosts. `id` is the same in every report and every language."""

    id: str
    who: str
    text: str
    hosts: tuple[str, ...]


def text_of(report: Mapping[str, Any], key: str) -> str:
    """A text of a report; empty where there is none."""
    value = report.get(key)
    return value if isinstance(value, str) else ""


def entries(report: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """The mappings of a list of a report."""
    value = report.get(key)
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, (list, tuple)) else []


@functools.cache
def _solutions() -> dict[str, tuple[str, language_solutions.SolutionText]]:
    """The text of each solution in each language -> its identifier and all its texts."""
    known = language_solutions.SOLUTIONS
    return {text: (name, one) for name, one in known.items() for text in one.text}


class LeftToDo:
    """The requests of one fleet. `kind` is what the run did: one of `closing_words.KINDS`."""

    def __init__(self, kind: str, reports: Mapping[str, Mapping[str, Any]], language: str, cautions: bool) -> None:
        self.kind, self.reports, self.language, self._cautions = kind, reports, language, cautions
        self._reasons: dict[str, dict[str, str]] = {}

    def say(self, entry: words.Text, /, **values: object) -> str:
        """A text in the language of the fleet."""
        return entry.get(self.language).format(**values)

    @functools.cached_property
    def check_mode(self) -> bool:
        """Whether all hosts ran in check mode."""
        return bool(self.reports) and all(one.get("check_mode") is True for one in self.reports.values())

    def requests(self) -> list[Request]:
        """Everything that is left: the most hosts first. No host that is not well is left out."""
        found: dict[Ask, list[str]] = {}
        for name, one in self.reports.items():
            for ask in dict.fromkeys(self._asks(name, one)):
                found.setdefault(ask, []).append(name)
        order = sorted(found.items(), key=lambda item: (-len(item[1]), item[0][1:]))
        return [Request(*ask, tuple(names)) for ask, names in order]

    def _asks(self, name: str, one: Mapping[str, Any]) -> Iterable[Ask]:
        outcome = text_of(one, "outcome")
        if outcome in OPEN:
            ask = self._next(outcome, one)
            if ask is not None:
                yield ask
        if outcome == "failed":
            yield self._varied("failed", words.AUTOMATION, words.FAILED, reason=self._reason(outcome, name))
        elif outcome == "unreachable":
            yield self._varied("reach", words.OWNER, words.REACH, reason=self._reason(outcome, name))
        elif outcome == "unknown_run":
            yield self._ask("name_a_run", words.YOU, words.NAME_A_RUN, runs=self.known_runs or self.say(words.NO_RUNS))
        if entries(one, "debt"):
            yield self._ask("restore", words.SECURITY_TEAM, words.RESTORE)
        if self._cautions:
            for caution in latent(one):
                # What we relaxed ourselves is in the request to restore it.
                if caution in words.CAUTIONS and not (caution == "checks_loosened" and entries(one, "debt")):
                    yield self._ask(f"caution_{caution}", *words.CAUTIONS[caution])

    def _ask(self, name: str, who: words.Text, text: words.Text, **values: object) -> Ask:
        return name, self.say(who), self.say(text, **values)

    def _varied(self, name: str, who: words.Text, text: words.Text, reason: str) -> Ask:
        return f"{name}_{_digest(reason)}", self.say(who), self.say(text, reason=reason)

    def _next(self, outcome: str, one: Mapping[str, Any]) -> Ask | None:
        """The first of what is left to do for a host, in the order of the article."""
        if outcome == "planned":
            again = words.RUN_AGAIN if self.check_mode else words.BEGIN_AGAIN
            return self._ask("repair", words.YOU, again if self.kind == "remediate" else words.REPAIR)
        ways = entries(one, "next")
        if not ways:
            if outcome == "failed":
                return None
            if outcome == "not_started":
                return self._ask("begin_again", words.YOU, words.BEGIN_AGAIN)
            return self._ask("look", words.YOU, words.ASSESS if self.kind == "validate" else words.LOOK)
        who, text, module = (text_of(ways[0], key) for key in ("who", "text", "module"))
        name = _digest(who, text, module)
        if text in _solutions():
            name, solution = _solutions()[text]
            # A module acts where nobody is named; else it is whom the data names, in the language of the report.
            who, text = self.say(solution.who) if who else "", self.say(solution.text)
        if who:
            teams = language_solutions.teams()
            return name, self.say(teams[who]) if who in teams else who, text
        return name, self.say(words.YOU), self.say(words.WITH_MODULE, text=text, module=module) if module else text

    def _reason(self, outcome: str, name: str) -> str:
        """Why a host ended so, in the words that others of the fleet share: a host is never given another's reason."""
        if outcome not in self._reasons:
            parts = {
                of: _common_part(text_of(one, "reason"), of)
                for of, one in self.reports.items()
                if text_of(one, "outcome") == outcome
            }
            counts = Counter(parts.values())
            frequent = sorted(counts, key=lambda reason: (-counts[reason], reason))[:MOST_REASONS]
            other = self.say(words.OTHER_REASONS)
            self._reasons[outcome] = {of: part if part in frequent else other for of, part in parts.items()}
        return self._reasons[outcome][name]

    @functools.cached_property
    def known_runs(self) -> str:
        """The runs that the journals of the hosts have, as reports of a rollback name them."""
        runs = {
            str(run): None
            for one in self.reports.values()
            if isinstance(one.get("known_runs"), (list, tuple))
            for run in one["known_runs"]
        }
        more = self.say(words.MORE, number="{number}")
        return named(sorted(runs, reverse=True), len(runs), REASON, more) if runs else ""


def _common_part(reason: str, name: str) -> str:
    """The first sentence of a reason, without what is different for each host and what Ansible puts before it."""
    reason = reason.removeprefix("Task failed: ")
    for before, instead in (("", ""), ("cannot connect to ", "cannot connect: ")):
        rest = reason.removeprefix(f"{before}{name}")
        head = CONNECTION.match(rest) if name and rest != reason else None
        if head is not None:
            reason = f"{instead}{rest[head.end() :]}"
    first = reason.partition(". ")[0]
    part = cut(first, REASON)
    # A cut word would look like another word.
    return part if part == shown(first) else f"{part.rpartition(' ')[0] or part.rstrip(ELLIPSIS)}{ELLIPSIS}"


def _digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode(errors="replace")).hexdigest()[:8]
