"""What the answers of commands that read prove: found, absent, or neither.

An answer that proves neither becomes `Unread` with the reason, in which the tool's own words stand, so no one can take
it for an absent key or service. The table of the tools is in `reading`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from . import key_groups, registry, services
from .cmdline import Command
from .credentials import last_words
from .environment import VERSION
from .identity_cache import IdentityCache
from .outcome import NO_SUCH_PROGRAM, Outcome, Unread, is_worth_keeping, why_unread
from .reading import TOOLS, Reading
from .text import decode

CONTROL: Final = VERSION
"""A key that every Windows has and every account may read (*sure*)."""
ABSENT: Final = Outcome(1)
"""Proven to be absent."""
MOST_ERRORS: Final = 4096
"""Bytes of what a line said as errors that are kept."""
MOST_WORDS: Final = 300
_SERVICES: Final = r"HKLM\SYSTEM\CurrentControlSet\Services" + "\\"
_UNNUMBERED: Final = re.compile(rb"(?m)^\?[ \t]*\r?(?:\n|\Z)")


def judged(commands: Mapping[str, Command], outcomes: Mapping[str, Outcome], errors: bytes = b"") -> dict[str, Outcome]:
    """The outcomes of one Ask; what proves nothing is Unread. `errors`: standard error of its lines."""
    readings, said = tuple([one.reads for one in commands.values()]), errors[:MOST_ERRORS]
    if not is_worth_keeping(outcomes.values()):
        return _judged(commands, outcomes, said)
    objects, names = (*readings, *outcomes.values()), (*commands, *outcomes)
    return _found.get(lambda: _judged(commands, outcomes, said), objects, names, said).copy()


_found: Final[IdentityCache[dict[str, Outcome]]] = IdentityCache()


def _judged(commands: Mapping[str, Command], outcomes: Mapping[str, Outcome], errors: bytes) -> dict[str, Outcome]:
    reading = [(name, one.reads) for name, one in commands.items() if one.reads is not None]
    found = dict(outcomes)
    readings = {
        name: one for name, one in reading if not isinstance(found[name], Unread) and found[name].exit_code is not None
    }
    reg_prints = any(reads.tool == "reg" and b"HKEY_" in outcomes[name].output for name, reads in readings.items())
    for name, reads in readings.items():
        found[name] = _judge(reads, outcomes[name], errors, reg_prints)
    listings = _compare_keys(readings, found, errors)
    _compare_parents(readings, outcomes, found, errors, listings)
    _compare_services(readings, outcomes, found, errors)
    return found


def why_nothing_was_read(
    commands: Mapping[str, Command], outcomes: Mapping[str, Outcome], found: Mapping[str, Outcome]
) -> str:
    """Why reg can read nothing at all on a host; empty where it can, or where the control key was not asked for.

    `found`: the outcomes as judged.
    """
    asked = {
        name: one.reads.places for name, one in commands.items() if one.reads is not None and one.reads.tool == "reg"
    }
    control = next((name for name, places in asked.items() if places[:1] == (CONTROL,)), None)
    if control is None or isinstance(outcomes[control], Unread) or outcomes[control].exit_code is None:
        return ""
    return why_unread(found[control]) if all(isinstance(found[name], Unread) for name in asked) else ""


def _judge(reads: Reading, outcome: Outcome, errors: bytes, reg_prints: bool) -> Outcome:
    """`reg_prints`: reg has printed something in this Ask, so an empty listing is one of an empty key."""
    tool = TOOLS[reads.tool]
    if outcome.exit_code in tool.absent:
        return outcome
    if outcome.exit_code not in tool.found:
        ended = f"{tool.program} ended with {outcome.exit_code}"
        if outcome.exit_code == NO_SUCH_PROGRAM:
            ended += ", so the program does not exist or is not in PATH"
        return _unread(reads, ended, outcome.output, errors)
    if reads.tool == "filter" or (reads.tool == "keys" and b"HKEY_" in outcome.output):
        return outcome
    level, listing = _level(outcome.output) if reads.tool in ("reg", "dir") else (0, "")
    if level < 0:
        return _unread(reads, f"{tool.program} printed a part of it and failed", b"", errors)
    if level == 0:
        holds = reads.silent or _holds_an_answer(reads, outcome)
        why = f"{tool.program} ended with {outcome.exit_code}, but did not print it"
        return outcome if holds else _unread(reads, why, outcome.output, errors)
    place, listed = _listed(reads, level, listing)
    if listed is reads.denied_is_absent and (listing.strip() or reg_prints or place not in registry.ALWAYS_THERE):
        return ABSENT
    why = (
        f"{tool.program} could not read it, although {place} lists it"
        if listed
        else f"{tool.program} could not read it"
    )
    return _unread(reads, why, b"", errors)


def _holds_an_answer(reads: Reading, outcome: Outcome) -> bool:
    """Whether a tool that says that it succeeded has printed what it always prints then."""
    if reads.tool == "sc":
        return services.parse_state(outcome.output) is not None
    if reads.tool == "reg":
        if reads.name:
            return registry.lists_value(outcome.text, reads.name)
        return reads.places[0] != CONTROL or bool(outcome.output.strip())  # another key may hold nothing
    if reads.tool == "netsh":
        return any(part in outcome.output for part in (b"{", b"advproxy"))
    if reads.tool == "wfp":
        return b"netEvents" in outcome.output
    return reads.tool != "keys"


def _level(output: bytes) -> tuple[int, str]:
    """How many commands failed before the one that answered, and its answer; -1 where one of them printed a part of
    what it was to list. What else they print are words: Wine's reg says so on standard output that it finds nothing.
    reg prints empty lines where it finds a key and not the value (captures: likely)."""
    if b"?" not in output:
        return 0, ""
    *failed, answer = _UNNUMBERED.split(output)
    return (-1 if any(b"HKEY_" in one for one in failed) else len(failed)), decode(answer)


def _listed(reads: Reading, level: int, listing: str) -> tuple[str, bool]:
    """The place that answered in the end, and whether it lists what was asked for."""
    asked = reads.places[0]
    place = reads.places[min(level - 1 if reads.name else level, len(reads.places) - 1)]
    if place == asked:
        return place, registry.lists_value(listing, reads.name)
    child = asked[len(place) + 1 :].partition("\\")[0]
    if reads.tool == "dir":
        return place, child.lower() in {line.strip().lower() for line in listing.splitlines()}
    return place, registry.long_path(f"{place}\\{child}") in registry.listed_keys(listing)


@dataclass
class _Keys:
    """What commands of several keys show: those that could not be read, and what the others list."""

    failed: set[str] = field(default_factory=set)
    listings: dict[str, frozenset[str]] = field(default_factory=dict)
    """What the command of a key that could be read has listed, see `registry.listed_keys`."""

    def add(self, reads: Reading, output: bytes) -> None:
        failed = key_groups.failed(reads.places, output)
        self.failed |= failed
        if reads.tool == "keys":  # what a filter lets through is no listing
            self.listings |= dict.fromkeys(set(reads.places) - failed, registry.listed_keys(decode(output)))

    def unproven(self, places: Iterable[str]) -> str:
        """The first of these keys that could not be read and need not be absent; empty: none."""
        return next((place for place in places if place in self.failed and not self._is_absent(place)), "")

    def _is_absent(self, place: str) -> bool:
        """Whether the nearest key above that could be read does not list what leads to this one."""
        while place in self.failed:
            place, below = place.rpartition("\\")[0], place
            if place in self.listings:
                return registry.long_path(below) not in self.listings[place]
        return False


def _compare_keys(
    readings: Mapping[str, Reading], found: dict[str, Outcome], errors: bytes
) -> Mapping[str, frozenset[str]]:
    """Keys that are asked for together, or through filters: the listing of one proves that another is absent. Returns
    what each key lists."""
    keys = _Keys()
    read = {name: reads for name, reads in readings.items() if not isinstance(found[name], Unread)}
    for name, reads in read.items():
        if reads.tool in ("keys", "filter"):
            keys.add(reads, found[name].output)
    findstr = next((why_unread(found[name]) for name, reads in readings.items() if reads.tool == "findstr"), "")
    for name, reads in read.items():
        if reads.tool not in ("keys", "filter"):
            continue
        if place := keys.unproven(reads.places):
            why = f"reg query could not read {place}, and nothing proves that it is absent"
            found[name] = _unread(reads, why, b"", errors)
        elif reads.tool == "filter" and findstr:
            found[name] = Unread(f"{name}: {findstr}")
        else:
            rest = key_groups.unmarked(found[name].output)
            found[name] = Outcome(0, rest) if reads.tool == "keys" or rest.strip() else ABSENT
    return keys.listings


def _compare_parents(
    readings: Mapping[str, Reading],
    outcomes: Mapping[str, Outcome],
    found: dict[str, Outcome],
    errors: bytes,
    listings: Mapping[str, frozenset[str]],
) -> None:
    """Keys whose command asks for nothing above them (`registry.query_below`): another command reads the parent."""
    alone = {name: reads for name, reads in readings.items() if reads.by_parent}
    if not any(isinstance(found[name], Unread) for name in alone):
        return
    lists = dict(listings)
    for name, reads in readings.items():
        if reads.whole_key and not isinstance(found[name], Unread):
            there = found[name] is not ABSENT and outcomes[name].exit_code == 0
            lists[reads.places[0]] = registry.listed_keys(decode(outcomes[name].output)) if there else frozenset()
    for name, reads in alone.items():
        parent = reads.places[0].rpartition("\\")[0]
        if not isinstance(found[name], Unread) or parent not in lists or outcomes[name].exit_code != 1:
            continue
        if registry.long_path(reads.places[0]) in lists[parent]:
            why = f"{TOOLS['reg'].program} could not read it, although {parent} lists it"
            found[name] = _unread(reads, why, outcomes[name].output, errors)
        else:
            found[name] = ABSENT


def _compare_services(
    readings: Mapping[str, Reading], outcomes: Mapping[str, Outcome], found: dict[str, Outcome], errors: bytes
) -> None:
    """The service manager proves that a service's key is absent; where the two contradict each other, neither holds."""
    states = {reads.places[0].lower(): name for name, reads in readings.items() if reads.tool == "sc"}
    reg_works = any(reads.tool == "reg" and outcomes[name].exit_code == 0 for name, reads in readings.items())
    for name, reads in readings.items():
        service = reads.places[0].removeprefix(_SERVICES) if reads.tool == "reg" else ""
        state = states.get(service.lower())
        if state is None or isinstance(found[state], Unread):
            continue
        exists, key = outcomes[state].exit_code == 0, not isinstance(found[name], Unread)
        if not exists and not key and reg_works:
            found[name] = ABSENT
        elif exists is not key:
            text = (
                f"service manager and registry contradict each other: sc says that the service {service} "
                f"{'exists' if exists else 'does not exist'}, but its key {'exists' if key else 'cannot be read'}"
            )
            found[name] = Unread(text + ("" if key else f". {_said(b'', errors)}"))
            if key:
                found[state] = Unread(text)


def _unread(reads: Reading, why: str, output: bytes, errors: bytes) -> Unread:
    return Unread(f"{reads.what} could not be read: {why}. {_said(output, errors)}")


def _said(output: bytes, errors: bytes) -> str:
    """What a tool said: its own output, or else the errors of its line, which nothing tells apart, each once."""
    if own := decode(_UNNUMBERED.sub(b"", key_groups.unmarked(output))).strip():
        return f"Output: {last_words(own, MOST_WORDS)}"
    lines = dict.fromkeys(line.strip() for line in decode(errors).splitlines())
    return f"Errors of the command line: {last_words(' | '.join(line for line in lines if line), MOST_WORDS)}"
