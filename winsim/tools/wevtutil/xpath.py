"""The part of the event log's query language that winsim understands.

`*` or `*[...]`; inside, `and`, `or`, brackets, and paths below an event: `System`, `EventData`, `UserData`, their
children and attributes, with predicates of their own, compared with numbers or quoted texts; `timediff(@SystemTime)`
in milliseconds between the event and the machine's clock; `position()` and `band` are not there. Source: Microsoft,
"Consuming Events (Windows Event Log)", XPath 1.0 limitations (sure).
"""

from __future__ import annotations

import datetime as dt
import functools
import operator
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from xml.etree import ElementTree


class SyntaxNotSimulated(Exception):
    """A query that is wrong, or beyond the subset."""


@dataclass(frozen=True)
class Event:
    """One parsed record."""

    root: ElementTree.Element

    @staticmethod
    @functools.lru_cache(maxsize=4096)
    def parse(record: str) -> Event:
        """Reads a record of the machine's own, and takes its namespace off."""
        root = ElementTree.fromstring(record)  # noqa: S314 - a record of the simulated machine, not of a client
        for element in root.iter():
            element.tag = element.tag.rpartition("}")[2]
        return Event(root)

    @property
    def system(self) -> dict[str, str]:
        """Text of each child of System by its name."""
        return {child.tag: child.text or "" for child in self.root.findall("System/*")}

    @property
    def channel(self) -> str:
        return self.root.findtext("System/Channel") or ""

    @property
    def provider(self) -> str:
        return self._attribute("Provider", "Name")

    @property
    def user(self) -> str:
        return self._attribute("Security", "UserID") or "N/A"

    @property
    def time_text(self) -> str:
        return self._attribute("TimeCreated", "SystemTime")

    def _attribute(self, name: str, attribute: str) -> str:
        found = self.root.find(f"System/{name}")
        return "" if found is None else found.get(attribute, "")


Condition = Callable[[Event, dt.datetime], bool]
Test = Callable[[ElementTree.Element, dt.datetime], bool]
Values = Callable[[ElementTree.Element, dt.datetime], Iterable[str | float]]

TOKEN = re.compile(
    r"\s*(?:(?P<name>[A-Za-z_][\w.-]*)|(?P<number>-?\d+(?:\.\d+)?)|(?P<text>'[^']*'|\"[^\"]*\")"
    r"|(?P<sign><=|>=|!=|[=<>*/@()\[\]]))"
)
COMPARISONS: dict[str, Callable[[object, object], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,  # type: ignore[dict-item]
    "<=": operator.le,  # type: ignore[dict-item]
    ">": operator.gt,  # type: ignore[dict-item]
    ">=": operator.ge,  # type: ignore[dict-item]
}


def parse(query: str) -> Condition:
    """The condition that a query puts on an event; raises SyntaxNotSimulated."""
    parser = _Parser(query)
    if parser.peek() in ("*", "Event"):
        parser.take()
    else:
        raise SyntaxNotSimulated(query)
    tests = []
    while parser.peek() == "[":
        tests.append(parser.predicate())
    if parser.peek():
        raise SyntaxNotSimulated(query)
    return lambda event, now: all(test(event.root, now) for test in tests)


class _Parser:
    """Recursive descent over the tokens of one query."""

    def __init__(self, query: str) -> None:
        self._query = query
        self._tokens: list[str] = []
        position = 0
        text = query.rstrip()
        while position < len(text):
            match = TOKEN.match(text, position)
            if match is None:
                raise SyntaxNotSimulated(query)
            self._tokens.append(match.group().strip())
            position = match.end()

    def peek(self, ahead: int = 0) -> str:
        return self._tokens[ahead] if len(self._tokens) > ahead else ""

    def take(self, expected: str = "") -> str:
        token = self.peek()
        if not token or (expected and token != expected):
            raise SyntaxNotSimulated(self._query)
        del self._tokens[0]
        return token

    def predicate(self) -> Test:
        self.take("[")
        test = self._or()
        self.take("]")
        return test

    def _or(self) -> Test:
        tests = [self._and()]
        while self.peek() == "or":
            self.take()
            tests.append(self._and())
        return tests[0] if len(tests) == 1 else lambda node, now: any(test(node, now) for test in tests)

    def _and(self) -> Test:
        tests = [self._comparison()]
        while self.peek() == "and":
            self.take()
            tests.append(self._comparison())
        return tests[0] if len(tests) == 1 else lambda node, now: all(test(node, now) for test in tests)

    def _comparison(self) -> Test:
        if self.peek() == "(":
            self.take()
            test = self._or()
            self.take(")")
            return test
        values = self._operand()
        if self.peek() not in COMPARISONS:
            return lambda node, now: any(True for _unused in values(node, now))
        compare = COMPARISONS[self.take()]
        literal = self._literal()
        return lambda node, now: any(_compare(compare, value, literal) for value in values(node, now))

    def _literal(self) -> str | float:
        token = self.take()
        if token[0] in "'\"":
            return token[1:-1]
        try:
            return float(token)
        except ValueError:
            raise SyntaxNotSimulated(self._query) from None

    def _operand(self) -> Values:
        if self.peek() == "timediff" and self.peek(1) == "(":
            self.take()
            self.take("(")
            self.take("@")
            attribute = self.take()
            self.take(")")
            return lambda node, now: _timediff(node.get(attribute), now)
        return self._path()

    def _path(self) -> Values:
        """`Name[...]/Name/@attribute`, or `@attribute`."""
        steps: list[tuple[str, list[Test]]] = []
        attribute = ""
        while True:
            if self.peek() == "@":
                self.take()
                attribute = self.take()
                break
            name = self.take()
            if name != "*" and not re.fullmatch(r"[A-Za-z_][\w.-]*", name):
                raise SyntaxNotSimulated(self._query)
            if self.peek() == "(":
                raise SyntaxNotSimulated(self._query)
            tests = []
            while self.peek() == "[":
                tests.append(self.predicate())
            steps.append((name, tests))
            if self.peek() != "/":
                break
            self.take()

        def values(node: ElementTree.Element, now: dt.datetime) -> Iterable[str | float]:
            nodes = [node]
            for name, tests in steps:
                children = [child for parent in nodes for child in parent if name in ("*", child.tag)]
                nodes = [child for child in children if all(test(child, now) for test in tests)]
            if attribute:
                return [found for found in (one.get(attribute) for one in nodes) if found is not None]
            return [one.text or "" for one in nodes]

        return values


def _compare(compare: Callable[[object, object], bool], value: str | float, literal: str | float) -> bool:
    if isinstance(literal, float):
        try:
            return compare(float(value), literal)
        except ValueError:
            return False
    if isinstance(value, str) and (time := _time(value)) and (other := _time(literal)):
        return compare(time, other)
    return compare(str(value), literal)


def _time(text: str) -> dt.datetime | None:
    """A time of an event, None for any other text. Up to nine digits follow the second; Python keeps six."""
    match = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?Z?", text)
    if match is None:
        return None
    fraction = (match.group(2) or "0")[:6].ljust(6, "0")
    try:
        return dt.datetime.fromisoformat(f"{match.group(1)}.{fraction}+00:00")
    except ValueError:
        return None


def _timediff(text: str | None, now: dt.datetime) -> list[str | float]:
    time = _time(text or "")
    return [] if time is None else [(now - time).total_seconds() * 1000]
