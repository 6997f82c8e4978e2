"""From hosts' reports to the rows of the block that ends a playbook. A row never takes more than the width.

Reports come from other versions and other programs too, so nothing in them is taken for granted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from . import closing_words as words
from .columns import cut, named, width_of
from .numbers import WITHOUT_CAUSE as NO_CAUSE, latent
from .requests import LeftToDo, Request, entries, text_of

WITHOUT_CAUSE = (*NO_CAUSE, "restored", "restorable", "unchanged", "unknown_run")
"""Outcomes of hosts for which no cause is counted."""
LABEL, TEAM, TITLE = 32, 44, 60
"""Columns that an outcome, a team and a title of a cause take at most."""
FIRST = 3
"""Hosts that a row names at most."""


def kept_steps(report: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The steps that changed the host, or would in check mode, and were not undone."""
    return [step for step in entries(report, "steps") if step.get("changed") and not step.get("taken_back")]


class Rows:
    """The rows of one fleet. Each method takes the number of rows that it may return, at least one."""

    def __init__(self, kind: str, reports: Mapping[str, Mapping[str, Any]], language: str, width: int) -> None:
        self.kind, self.language, self.width = kind, language, width
        self.reports = {str(name): one if isinstance(one, Mapping) else {} for name, one in reports.items()}
        self._left = LeftToDo(kind, self.reports, language, cautions=False)

    def say(self, entry: words.Text, /, **values: object) -> str:
        """A text in the language of the block."""
        return entry.get(self.language).format(**values)

    def hosts(self, number: int) -> str:
        """A number of hosts."""
        return self.say(words.HOST) if number == 1 else self.say(words.HOSTS, number=f"{number:,}")

    @property
    def check_mode(self) -> bool:
        """Whether all of them ran in check mode."""
        return self._left.check_mode

    # Outcomes

    def outcomes(self, most: int) -> list[str]:
        """How many hosts ended how; each host is in one row."""
        counts = Counter(text_of(one, "outcome") or "unknown" for one in self.reports.values())
        order = [name for name in words.OUTCOMES if name in counts]
        order += sorted((name for name in counts if name not in words.OUTCOMES), key=lambda name: (-counts[name], name))
        shown = order if len(order) <= most else order[: most - 1]
        rest = order[len(shown) :]
        labels = {name: cut(words.outcome(name, self.language), LABEL) for name in shown}
        column = max((width_of(label) for label in labels.values()), default=0)
        rows = []
        for name in shown:
            meaning = words.OUTCOMES[name][1].get(self.language) if name in words.OUTCOMES else ""
            if name == "healthy" and (number := self._with_cautions):
                meaning = " ".join((meaning, self.say(words.WITH_CAUTIONS, number=f"{number:,}")))
            rows.append((counts[name], f"{labels[name]}{' ' * (column - width_of(labels[name]))}  {meaning}".rstrip()))
        if rest:
            names = ", ".join(cut(words.outcome(name, self.language), LABEL) for name in rest[:20])
            rows.append((sum(counts[name] for name in rest), self.say(words.OTHER_OUTCOMES, names=names)))
        return self._counted(rows)

    @property
    def _with_cautions(self) -> int:
        """Healthy hosts with a fault that may break the connection later."""
        return sum(bool(latent(one)) for one in self.reports.values() if text_of(one, "outcome") == "healthy")

    def _counted(self, rows: Iterable[tuple[int, str]]) -> list[str]:
        """Rows behind their numbers."""
        every = list(rows)
        column = max((len(f"{number:,}") for number, _row in every), default=0)
        return [cut(f"  {number:>{column},}  {row}", self.width) for number, row in every]

    # Causes

    def causes(self, most: int) -> list[str]:
        """How many hosts have, or had, which cause, with one of them."""
        found: dict[str, list[str]] = {}
        for name, one in self.reports.items():
            cause = text_of(one, "cause")
            if cause not in ("", "none", "unreachable") and text_of(one, "outcome") not in WITHOUT_CAUSE:
                found.setdefault(cause, []).append(name)
        order = sorted(found, key=lambda cause: (-len(found[cause]), cause))
        shown = order if len(order) <= most else order[: most - 1]
        rest = order[len(shown) :]
        rows = [(len(found[cause]), self._cause_row(cause, found[cause])) for cause in shown]
        if rest:
            names = ", ".join(cut(self._title(cause, found[cause][0]), TITLE) for cause in rest[:20])
            rows.append((sum(len(found[cause]) for cause in rest), self.say(words.OTHER_CAUSES, names=names)))
        return self._counted(rows)

    def _cause_row(self, cause: str, names: list[str]) -> str:
        ended = {name: text_of(self.reports[name], "outcome") for name in names}
        repaired = sum(outcome == "repaired" for outcome in ended.values())
        example = next((name for name in names if ended[name] != "repaired"), names[0])
        more = f" ({self.say(words.REPAIRED, number=f'{repaired:,}')})" if repaired else ""
        title = f"{cut(self._title(cause, names[0]), TITLE)}{more}"
        return self.say(words.FOR_EXAMPLE, cause=title, name=cut(example, 60))

    def _title(self, cause: str, name: str) -> str:
        """What a cause is called: in our words, and where we do not know it, in those of the data."""
        if cause in words.CAUSES:
            return words.CAUSES[cause].title.get(self.language)
        report = self.reports[name]
        before = report.get("before")
        title = text_of(report, "cause_title")
        if isinstance(before, Mapping) and text_of(before, "cause") == cause:
            title = title or text_of(before, "title")
        return title or cause.replace("_", " ")

    # Who must do what

    def todos(self) -> list[Request]:
        """Everything that is left: the most hosts first. No host that is not well is left out."""
        return self._left.requests()

    def todo_rows(self, most: int) -> list[str]:
        """Who must do what: each request with its hosts, as long as there is room, and always every team."""
        todos = self.todos()
        full = [self._todo_lines(todo) for todo in todos]
        if sum(map(len, full)) <= most:
            return [line for lines in full for line in lines]
        if len(todos) <= most:
            return [self._todo_line(todo) for todo in todos]
        teams: dict[str, list[Request]] = {}
        for todo in todos:
            teams.setdefault(todo.who, []).append(todo)
        rows = [self._todo_line(self._together(who, theirs)) for who, theirs in teams.items()]
        if len(rows) <= most:
            return rows
        also = list(teams)[most - 1 :]
        text = named(also, len(also), self.width - 12, self.say(words.MORE, number="{number}"))
        return [*rows[: most - 1], cut(f"  {self.say(words.ALSO, names=text)}", self.width)]

    def _together(self, who: str, todos: list[Request]) -> Request:
        if len(todos) == 1:
            return todos[0]
        names = tuple(dict.fromkeys(name for todo in todos for name in todo.hosts))
        return Request("", who, self.say(words.REQUESTS, number=f"{len(todos):,}"), names)

    def _todo_lines(self, todo: Request) -> list[str]:
        """A request in one line, or in two where it is longer."""
        head = f"  {cut(todo.who, TEAM)}: {cut(todo.text, 4 * self.width)}"
        names = self.named(todo.hosts, 60)
        line = f"{head} ({names})"
        if width_of(line) <= self.width:
            return [line]
        return [cut(head, self.width), cut(f"      {self.named(todo.hosts, self.width - 20)}", self.width)]

    def _todo_line(self, todo: Request) -> str:
        names = self.named(todo.hosts, 40)
        head = f"  {cut(todo.who, TEAM)}: "
        room = self.width - width_of(head) - width_of(names) - 3
        return cut(f"{head}{cut(todo.text, max(room, 8))} ({names})", self.width)

    def named(self, names: Iterable[str], width: int) -> str:
        every = list(names)
        more = self.say(words.MORE, number="{number}")
        some = named((cut(name, 40) for name in every[:FIRST]), len(every), width, more)
        return f"{self.hosts(len(every))}: {some}"

    # What was changed

    def changes(self, most: int) -> list[str]:
        """How many hosts keep which step."""
        found: dict[str, list[str]] = {}
        for name, one in self.reports.items():
            for step in kept_steps(one) if self.check_mode or not one.get("check_mode") else ():
                names = found.setdefault(text_of(step, "id") or "unknown", [])
                if names[-1:] != [name]:
                    names.append(name)
        order = sorted(found, key=lambda step_id: (-len(found[step_id]), step_id))
        shown = order if len(order) <= most else order[: most - 1]
        rest = order[len(shown) :]
        rows = []
        for step_id in shown:
            more = self.say(words.MORE, number="{number}")
            some = named((cut(one, 40) for one in found[step_id][:FIRST]), len(found[step_id]), 90, more)
            rows.append((len(found[step_id]), f"{cut(words.step(step_id, self.language), TITLE)}: {some}"))
        if rest:
            others = ", ".join(cut(words.step(step_id, self.language), TITLE) for step_id in rest[:20])
            hosts = {name for step_id in rest for name in found[step_id]}
            rows.append((len(hosts), self.say(words.OTHER_STEPS, names=others)))
        return self._counted(rows)
