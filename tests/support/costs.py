"""What a pattern or a parser costs on text that was made to be costly, and whether the cost grows with the text alone.

The texts come from the pattern itself: every run of its parts is written once as it begins and then many times, with
the characters that its neighbours take too. A reader is linear when ten times the text costs about ten times the time.
Run as a program it measures what its arguments name and prints a line for each, so that whoever started it can end it.
"""

from __future__ import annotations

import gc
import itertools
import json
import re
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from re import (
    _constants as codes,  # type: ignore[attr-defined]
    _parser as parser,  # type: ignore[attr-defined]
)
from typing import Any

MOST_GROWTH = 20
"""Times that ten times the text may cost: a square would be 100."""
LEAST = 0.001
"""Seconds below which a measurement counts as that."""
SIZES = (1_000, 10_000, 100_000)
AGAIN = 2
"""Times that something is measured again which seems to cost too much: other programs use the same caches."""
CLOSER = 8
"""Of the texts of a pattern, those that cost most at the smallest size are measured at the others."""
LONGEST_RUN = 7
"""Parts of a pattern that are written over and over together."""
ENDS = ("", "\0", "x!")
PREFERRED = (" ", "a", "0", "A", "\t", "\n", '"', "(", ".", "-", "/", "\\", "\u00e9")
GENERAL = (
    " ", "\t", "\n", "\r", "\r\n", "\0", "a", "0", "F", '"', "'", "(", ")", "[", "{", "}", "<", ">", ";", ",", ":", "=",
    "|", "\\", "/", "*", "%", "#", "\u00e9", "\ufeff", '{"a":', "[[", "<a>", "<a ", "<a/>", "a=", "a:", "a b ", " :",
    "()", "(;", "\\0", "0x", '",', '""', "a;", "*a", "%a%", "1.", "    ", "REG_SZ    ", "a\n", "a\r\n", "\n\n", " \n",
    "&lt;", "]]>",
)  # fmt: skip


def samples(parts: Any, blank: str, least: bool) -> Iterator[str]:
    """One text that the parts take; with `least` what may be left out is left out."""
    yield "".join(_one(part, blank, least) for part in parts)


def _one(part: tuple[Any, Any], preferred: str, least: bool) -> str:
    op, value = part
    if op is codes.LITERAL:
        return chr(value)
    if op in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
        low, high, inner = value
        count = low if least else max(low, min(1, int(high)))
        return "".join(_one(item, preferred, least) for item in inner) * count
    if op is codes.SUBPATTERN:
        return "".join(_one(item, preferred, least) for item in value[-1])
    if op is codes.ATOMIC_GROUP:
        return "".join(_one(item, preferred, least) for item in value)
    if op is codes.BRANCH:
        branches = value[1]
        return "".join(_one(item, preferred, least) for item in branches[0 if least else -1])
    if op in (codes.IN, codes.NOT_LITERAL, codes.ANY):
        return _character(part, preferred)
    if op is codes.AT and value in (codes.AT_BEGINNING, codes.AT_END):
        return "\n"  # where lines are what is looked at, each begins after a line end
    return ""


def _character(part: tuple[Any, Any], preferred: str) -> str:
    takes = re.compile(_text(part), re.DOTALL).fullmatch
    candidates = (preferred, *PREFERRED, *map(chr, range(33, 127)))
    return next((one for one in candidates if takes(one)), "")


def _text(part: tuple[Any, Any]) -> str:
    """A class of characters as a pattern again."""
    op, value = part
    if op is codes.ANY:
        return "."
    if op is codes.NOT_LITERAL:
        return f"[^{re.escape(chr(value))}]"
    inside = ""
    for kind, item in value:
        if kind is codes.NEGATE:
            inside += "^"
        elif kind is codes.LITERAL:
            inside += re.escape(chr(item))
        elif kind is codes.RANGE:
            inside += f"{re.escape(chr(item[0]))}-{re.escape(chr(item[1]))}"
        else:
            inside += {
                codes.CATEGORY_DIGIT: r"\d", codes.CATEGORY_NOT_DIGIT: r"\D", codes.CATEGORY_SPACE: r"\s",
                codes.CATEGORY_NOT_SPACE: r"\S", codes.CATEGORY_WORD: r"\w", codes.CATEGORY_NOT_WORD: r"\W",
            }[item]  # fmt: skip
    return f"[{inside}]"


def _flat(parts: Iterable[tuple[Any, Any]]) -> Iterator[tuple[Any, Any]]:
    """The parts in order, those of groups and of what repeats too."""
    for op, value in parts:
        if op is codes.SUBPATTERN:
            yield from _flat(value[-1])
        elif op is codes.ATOMIC_GROUP:
            yield from _flat(value)
        elif op is codes.BRANCH:
            for branch in value[1]:
                yield from _flat(branch)
        elif op in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT) and len(value[2]) > 1:
            yield from _flat(value[2])
        else:
            yield op, value


def _words(parts: Iterable[tuple[Any, Any]]) -> list[list[tuple[Any, Any]]]:
    """The parts, letters that follow each other as one."""
    words: list[list[tuple[Any, Any]]] = []
    for part in parts:
        if part[0] is codes.LITERAL and words and words[-1][-1][0] is codes.LITERAL:
            words[-1].append(part)
        else:
            words.append([part])
    return words


def pumps(pattern: str, flags: int = 0) -> list[tuple[str, str, str]]:
    """What comes first, what comes over and over, and what comes last: each of them once."""
    found: dict[tuple[str, str, str], None] = {}
    parsed = parser.parse(pattern, flags)
    for parts in (list(parsed), list(_flat(parsed))):
        words = _words(parts)
        for begin, end in itertools.combinations(range(len(words) + 1), 2):
            if end - begin > LONGEST_RUN and end - begin != len(words):
                continue
            before = list(itertools.chain(*words[:begin]))
            inside = list(itertools.chain(*words[begin:end]))
            for blank, least in itertools.product((" ", "a", "0"), (False, True)):
                again = "".join(samples(inside, blank, least))
                if again:
                    first = "".join(samples(before, blank, False))
                    found.update({(first, again, last): None for last in ENDS})
    return list(found)


def general() -> list[tuple[str, str, str]]:
    """What is costly for some reader or other."""
    return [("", again, last) for again in GENERAL for last in ("", "!")]


def text_of(pump: tuple[str, str, str], size: int) -> str:
    first, again, last = pump
    return first + again * max(1, (size - len(first) - len(last)) // len(again)) + last


def seconds(run: Callable[[], object]) -> float:
    """Processor time of one run."""
    began = time.process_time()
    run()
    return time.process_time() - began


def growth(read: Callable[[str], object], given: Iterable[Callable[[int], str]]) -> tuple[float, str] | None:
    """How a reader's cost outgrows its text, as the factor and the beginning of a text; None where it does not."""
    small, middle, large = SIZES

    def cost(make: Callable[[int], str], size: int) -> float:
        text = make(size)
        return seconds(lambda: read(text))

    def factor(make: Callable[[int], str], size: int, before: float) -> tuple[float, float]:
        """Of ten times the text, and what it cost. One that is too large is measured again, both sizes side by side:
        the least counts, because other programs use the same processor and caches."""
        now = cost(make, size)
        least = now / max(before, LEAST)
        for _unused in range(AGAIN):
            if least <= MOST_GROWTH:
                break
            least = min(least, cost(make, size) / max(cost(make, size // 10), LEAST))
        return least, now

    ranked = []
    for make in given:
        grown, first = factor(make, small, LEAST)
        if grown > MOST_GROWTH:
            return grown, make(60)  # a kilobyte alone costs that
        ranked.append((first, make))
    ranked.sort(key=lambda one: -one[0])
    for first, make in ranked[:CLOSER]:
        grown, second = factor(make, middle, first)
        if grown <= MOST_GROWTH and second >= LEAST / 20:  # below that even a cube would stay below what counts
            grown, _third = factor(make, large, second)
        if grown > MOST_GROWTH:
            return grown, make(60)
    return None


def of_pattern(pattern: str | bytes, flags: int, method: str) -> tuple[float, str] | None:
    """The growth of a pattern as it is used: by search, match, sub and so on."""
    compiled: re.Pattern[Any] = re.compile(pattern, flags)
    binary = isinstance(pattern, bytes)
    whole = pattern.decode("latin-1") if isinstance(pattern, bytes) else pattern
    use = getattr(compiled, method)

    def read(text: str) -> object:
        subject = text.encode("latin-1", "replace") if binary else text
        if method == "sub":
            return use(b"" if binary else "", subject)
        found = use(subject)
        return list(found) if method == "finditer" else found

    given = dict.fromkeys(
        [*pumps(whole, flags & ~re.UNICODE), *((first, again, "") for first, again, _last in general())]
    )
    return growth(read, [lambda size, pump=pump: text_of(pump, size) for pump in given])  # type: ignore[misc]


def main() -> None:
    """Reads a list of JSON on standard input and prints what it begins and what came of it.

    `[name, pattern, flags, method, is_bytes]` is a pattern, `[name]` a reader of the catalogue. The argument: seconds
    of processor time for each, after which the process ends.
    """
    from ansible_collections.windefend.maps.tests.support import parser_runs

    enough = float(sys.argv[1])
    gc.disable()  # its passes over all that is there would count for whoever runs when they come
    for name, *pattern in json.load(sys.stdin):
        # Nothing catches this signal, so that it ends the process also where one call never comes back to Python.
        signal.setitimer(signal.ITIMER_PROF, enough)
        print(json.dumps(["begin", name]), flush=True)
        if pattern:
            text, flags, method, binary = pattern
            found = of_pattern(text.encode("latin-1") if binary else text, flags, method)
        else:
            found = parser_runs.measured(name, growth)
        print(json.dumps(["end", name, found]), flush=True)


if __name__ == "__main__":
    main()
