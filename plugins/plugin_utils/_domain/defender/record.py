"""What Windows has already written of the connection to MAPS: when it succeeded and failed last, and the events.

Nothing is run for it. The values lie in the product's key Spynet: `LastMAPSSuccessTime` and `LastMAPSFailureTime`
(published scripts that read them, strings of the engine: likely; as REG_BINARY in one capture, as a number in one
script, so either is read), and `LastMAPSFailureTimeString` (`2026-04-29T06:14:57Z`; three public readers of 2026:
likely), which Defender writes again about every minute while it fails, with an event 5007 each time (one of them).

Events, by Microsoft's page of event IDs (2026-05-11: sure): 2010 the cloud gave a signature, 2012 it could not be used,
2001 an update failed, 1151 a health report, 5007 a setting changed. An event query knows no comparison with a part of a
text, so those 5007 that are no failure of MAPS are left out here, and what their limit cut off is said.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ..._windows import eventlog, filetime, hresult
from ..._windows.cmdline import Outcome, why_unread
from ..._windows.identity_cache import IdentityCache
from ..language import Message
from ..operation import Ask, Fact, Operation, plain, values
from .spynet import SPYNET

CLOUD_USED, CLOUD_FAILED, UPDATE_FAILED, HEALTH_REPORT, SETTING_CHANGED = 2010, 2012, 2001, 1151, 5007
WINDOW: Final = 7 * 86400.0
"""Seconds back that events are asked for."""
MOST: Final = 50
"""Events of one question."""
MOST_BYTES: Final = 256 * 1024
"""Of one answer; an event of Defender has some thousand bytes (captures: likely)."""
FRESH: Final = 86400.0
"""Seconds: a success that is older says nothing of today. How often Defender connects is published nowhere (guess)."""
FIRST_YEAR: Final = 2012
"""Of the first Windows whose Defender has MAPS in its engine (Windows 8); an earlier time is none."""
FAILURE_VALUE: Final = "\\spynet\\lastmapsfailuretimestring"

_COMMAND: Final = "spynet.reporting"
SUCCESS, FAILURE, FAILURE_TEXT = "LastMAPSSuccessTime", "LastMAPSFailureTime", "LastMAPSFailureTimeString"
_CODE = re.compile(r"0[xX][0-9A-Fa-f]{8}")


@dataclass(frozen=True)
class Times:
    """When MAPS was reached and not reached last, UTC, as ISO 8601; empty: not written, or not known."""

    last_success: str = ""
    last_failure: str = ""


def moment(text: str) -> dt.datetime:
    """The moment of a text of this module's."""
    return dt.datetime.fromisoformat(text)


def is_time(text: str) -> bool:
    """Whether a text is one of this module's times."""
    try:
        return len(text) <= MOST and moment(text).tzinfo is not None
    except ValueError:
        return False


def _iso(at: dt.datetime | None) -> str:
    return filetime.iso(at) if at else ""


def _utc(at: dt.datetime) -> dt.datetime:
    """A moment without a zone counts as one in UTC."""
    return at if at.tzinfo else at.replace(tzinfo=dt.UTC)


def _time(outcome: Outcome, name: str) -> dt.datetime | None:
    stored = values.stored(outcome, name)
    if stored is None:
        return None
    data = stored.data
    if isinstance(data, int) and 0 <= data < 1 << 64:
        data = data.to_bytes(8, "little")
    if isinstance(data, bytes) and len(data) == 8 and not stored.problem:
        found = filetime.decode(data)
        if not any(data) or (found is not None and found.year >= FIRST_YEAR):
            return found
    values.reject(outcome, name, stored.problem or "it is no time of eight bytes")
    return None


def _written_time(outcome: Outcome, name: str) -> dt.datetime | None:
    text = values.text(outcome, name)
    if not text:
        return None
    try:
        return _utc(dt.datetime.fromisoformat(text))
    except ValueError:
        values.reject(outcome, name, f"its text {text[:40]!a} is no time")
        return None


def read_times(outcome: Outcome) -> Times:
    """From the product's key Spynet."""
    failed = [one for one in (_time(outcome, FAILURE), _written_time(outcome, FAILURE_TEXT)) if one]
    return Times(_iso(_time(outcome, SUCCESS)), _iso(max(failed, default=None)))


TIMES: Final = Fact.of(_COMMAND, SPYNET.commands[_COMMAND], read_times)
"""When MAPS was reached and not reached last: in a key that is read anyway."""
TIMES_DECIDE: Final = {SUCCESS: "last_success", FAILURE: "last_failure", FAILURE_TEXT: "last_failure"}
"""What each value decides."""


@dataclass(frozen=True)
class Kind:
    """What is known of events of one kind. Times as in `Times`, of the oldest and the newest that were read."""

    count: int = 0
    complete: bool = True
    """Whether all of the window were read; False: there are at least so many."""
    first: str = ""
    last: str = ""
    code: str = ""
    """The error code of the newest that has one, as `0x80072EE7`."""
    code_meaning: str = ""


@dataclass(frozen=True)
class Noted:
    """The events of the last `window_hours` hours."""

    cloud_used: Kind
    cloud_failed: Kind
    update_failed: Kind
    health_report: Kind
    failures: Kind
    """Events 5007 of a new LastMAPSFailureTimeString."""
    unknown: str = ""
    """Why the events are not known; empty where they are."""
    window_hours: int = int(WINDOW / 3600)


KINDS: Final = ("cloud_used", "cloud_failed", "update_failed", "health_report", "failures")
REASONS: Final = (
    *("nothing_recorded", "recorded_long_ago", "recorded_in_the_future"),
    *("recorded_success", "recorded_failure"),
)
"""Names of sentences: why MAPS is, or is not, likely in reach by the record."""
_OTHERS = (CLOUD_USED, CLOUD_FAILED, UPDATE_FAILED, HEALTH_REPORT)


def _noted(outcomes: Mapping[str, Outcome]) -> Noted:
    unknown = ""
    read: dict[str, tuple[list[eventlog.Event], bool]] = {}
    for name in EVENT_COMMANDS:
        outcome = outcomes[name]
        why = why_unread(outcome) or ("" if outcome.ok else f"wevtutil ended with {outcome.exit_code}")
        unknown = unknown or why
        events = eventlog.parse(b"" if why else outcome.output)
        read[name] = list(events.events), not why and len(events.events) + events.unreadable < MOST
    others, all_others = read["events.maps"]
    changes, all_changes = read["events.changes"]
    failures = [one for one in changes if FAILURE_VALUE in one.data.get("New Value", "").lower()]
    used, refused, updates, health = (
        _kind((one for one in others if one.id == number), all_others) for number in _OTHERS
    )
    return Noted(used, refused, updates, health, _kind(failures, all_changes), unknown)


def _kind(events: Iterable[eventlog.Event], complete: bool) -> Kind:
    found = list(events)
    times = sorted(filter(None, map(_event_time, found)))
    codes = (_CODE.search(one.data.get("Error Code", "")) for one in found)
    code = next((one.group() for one in codes if one and int(one.group(), 16)), "")
    return Kind(
        len(found),
        complete,
        _iso(times[0]) if times else "",
        _iso(times[-1]) if times else "",
        hresult.format_code(int(code, 16)) if code else "",
        hresult.explain(code).text if code else "",
    )


def _event_time(event: eventlog.Event) -> dt.datetime | None:
    try:  # up to nine digits follow the second
        return _utc(dt.datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", event.time)))
    except ValueError:
        return None


EVENT_COMMANDS: Final = {
    "events.maps": eventlog.query(eventlog.DEFENDER, _OTHERS, WINDOW, MOST).up_to(MOST_BYTES),
    "events.changes": eventlog.query(eventlog.DEFENDER, (SETTING_CHANGED,), WINDOW, MOST).up_to(MOST_BYTES),
}
EVENTS: Final = Fact(EVENT_COMMANDS, _noted)
"""The events; only administrators may read them over the network."""


def read_events() -> Operation[Noted]:
    """Asks for the events; where they cannot be read, they are not known, and the rest goes on."""
    answer = yield Ask(EVENT_COMMANDS, reads=True)
    return answer[EVENTS]


@dataclass(frozen=True)
class Record:
    """All that is written of the connection."""

    times: Times
    noted: Noted | None = None
    """None: the events were not asked for."""

    @property
    def last_success(self) -> str:
        """The last connection: by the value, or by an event that the cloud gave a signature."""
        used = self.noted.cloud_used.last if self.noted else ""
        return max(self.times.last_success, used, key=_rank)

    @property
    def last_failure(self) -> str:
        """The last failure: by the values, or by an event that the cloud could not be used, or noted a failure."""
        noted = self.noted
        return max(
            self.times.last_failure, *((noted.cloud_failed.last, noted.failures.last) if noted else ("", "")), key=_rank
        )

    @property
    def failing(self) -> bool | None:
        """Whether the last thing that was written is a failure; None: nothing is written of either."""
        if not self.last_success and not self.last_failure:
            return None
        return _rank(self.last_failure) > _rank(self.last_success)

    @property
    def first_failure(self) -> str:
        """The oldest failure since the last success that is known; empty: none. It may have begun before."""
        noted = self.noted
        kinds = (noted.failures, noted.cloud_failed) if noted else ()
        found = [one for kind in kinds for one in (kind.first, kind.last)] + [self.times.last_failure]
        since = [one for one in found if one and _rank(one) > _rank(self.last_success)]
        return min(since, key=_rank, default="")

    def reached(self, now: float) -> tuple[bool | None, str]:
        """Whether MAPS is likely in reach at `now` (POSIX time by the host's clock), and the name of the reason.

        None: not known. What was written is no proof: the network may have changed since.
        """
        if self.failing is None:
            return None, "nothing_recorded"
        last = self.last_failure if self.failing else self.last_success
        age = now - moment(last).timestamp()
        if age > FRESH:
            return None, "recorded_long_ago"
        if age < -FRESH:
            return None, "recorded_in_the_future"
        return (False, "recorded_failure") if self.failing else (True, "recorded_success")

    def said(self) -> tuple[Message, ...]:
        """Since when, and how often."""
        when = {
            "success": _said(self.last_success),
            "first": _said(self.first_failure),
            "failure": _said(self.last_failure),
        }
        if self.failing is None:
            return ()
        if not self.failing:
            return (Message("recorded_success_at", when),)
        found = [Message("recorded_failing" if self.last_success else "recorded_only_failures", when)]
        if self.noted and self.noted.failures.count:
            name = "recorded_count" if self.noted.failures.complete else "recorded_count_at_least"
            days = self.noted.window_hours // 24
            found.append(Message(name, {"days": days, "count": self.noted.failures.count}))
        updates = self.noted.update_failed if self.noted else Kind()
        if updates.code:
            values = {"count": updates.count, "code": updates.code, "meaning": updates.code_meaning}
            found.append(Message("recorded_updates", values))
        return tuple(found)

    def shown(self, now: float) -> dict[str, Any]:
        """As results show it, of plain values that are not to be changed; `now` is POSIX time by the host's clock."""
        reached, reason = self.reached(now)
        return _shown.get(lambda: self._shown(reached, reason), (self.times, self.noted), reached, reason)

    def _shown(self, reached: bool | None, reason: str) -> dict[str, Any]:
        found: dict[str, Any] = plain(
            {
                "last_success": self.last_success,
                "last_failure": self.last_failure,
                "failing": self.failing,
                "failing_since": {"after": self.last_success, "seen": self.first_failure} if self.failing else None,
                "reached": reached,
                "reason": reason,
                "events": self.noted,
            }
        )
        return found


_shown: Final[IdentityCache[dict[str, Any]]] = IdentityCache()


def _said(text: str) -> str:
    """`2026-04-29 06:14`: seconds help nobody."""
    return text[:16].replace("T", " ")


def _rank(text: str) -> float:
    return moment(text).timestamp() if text else float("-inf")
