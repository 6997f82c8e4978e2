"""The CAPI2 log: who fetched which revocation list, by which address, and what came of it.

Windows writes it only where somebody switched it on (Microsoft Learn, CAPI2 diagnostics: sure), so switching it on is a
change that is asked for, is written down in a journal and can be taken back. Event 53 is a fetch, 41 a verification of
revocation, 11 a chain that was built (Microsoft Learn, OCSP responder: sure); the names of their data: one published
event 53 (Microsoft Q&A 63671: likely), for the others recalled.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from ..._windows import eventlog, hresult
from ..._windows.cmdline import Outcome
from ..._windows.credentials import last_words
from ..operation import (
    Ask,
    Change,
    EventLog,
    Fact,
    HostError,
    LogIntent,
    Operation,
    Refused,
    reason,
    values,
)

FETCHED, VERIFIED, BUILT = 53, 41, 11
EVENTS: Final = (FETCHED, VERIFIED, BUILT)
PLACE: Final = EventLog(eventlog.CAPI2)
LONGEST_WITHIN: Final = 7 * 24 * 60
MOST_COUNT: Final = 200
MOST_BYTES: Final = 1024 * 1024
"""Of an answer: an event has some thousand bytes, more where it holds a chain (guess)."""
_WIN32: Final = 0x80070000


def _is_on(outcome: Outcome) -> bool:
    return values.number(outcome, "Enabled") == 1


ENABLED: Final = Fact.of("capi2.enabled", eventlog.enabled_of(eventlog.CAPI2), _is_on)
"""A channel without the value is off (likely)."""


@dataclass(frozen=True)
class LogRequest:
    """What is asked for: whether the log shall be on (None: it stays as it is), and which of its events to read."""

    enabled: bool | None = None
    within: int = 60
    """Minutes; 0: no events are read."""
    count: int = 50

    def validated(self) -> LogRequest:
        """The request itself. Raises Refused."""
        if not 0 <= self.within <= LONGEST_WITHIN:
            raise Refused(f"within must be 0 to {LONGEST_WITHIN} minutes, not {self.within}")
        if not 1 <= self.count <= MOST_COUNT:
            raise Refused(f"count must be 1 to {MOST_COUNT}, not {self.count}")
        return self


@dataclass(frozen=True)
class Fetch:
    """One event."""

    event_id: int
    time: str
    url: str
    """Of a fetch; empty for the others."""
    process: str
    code: str
    """0x and eight digits; empty where it succeeded."""
    meaning: str
    proxy_cache: bool | None = field(default=None)
    """Whether a fetch was of the kind that goes through a proxy; None where the event does not say."""

    @classmethod
    def of(cls, event: eventlog.Event) -> Fetch:
        told = event.user
        code = _code(told.get("Result.value", "") or told.get("Error.value", ""))
        flag = told.get("Flags.CRYPT_PROXY_CACHE_RETRIEVAL", "")
        return cls(
            event.id,
            event.time,
            told.get("URL", ""),
            told.get("EventAuxInfo.ProcessName", ""),
            hresult.format_code(code) if code else "",
            hresult.explain(code).text if code else "",
            None if event.id != FETCHED else flag.lower() == "true",
        )


def _code(digits: str) -> int:
    """`2EE7` is a Win32 error, `80092013` an HRESULT; 0 for anything else."""
    try:
        number = int(digits, 16)
    except ValueError:
        return 0
    return _WIN32 | number if 0 < number <= 0xFFFF else number & 0xFFFFFFFF


def configure(request: LogRequest, check_mode: bool) -> Operation[dict[str, Any]]:
    """Switches the log as asked for, proves it by reading again, and reads its events. Raises Refused, HostError."""
    request.validated()
    commands = dict(ENABLED.commands)
    if request.within:
        query = eventlog.query(eventlog.CAPI2, EVENTS, request.within * 60.0, request.count)
        commands["events"] = query.up_to(MOST_BYTES)
    answer = yield Ask(commands, may_change=(PLACE,), reads=True)
    if why := reason(answer["capi2.enabled"]):
        raise HostError(f"{why}. So it is not known whether the CAPI2 log is on, and nothing was changed")
    before = after = answer[ENABLED]
    wanted = before if request.enabled is None else request.enabled
    fetches, unread = _events(answer["events"]) if request.within else ((), "")
    if wanted != before and not check_mode:
        command = eventlog.switch(eventlog.CAPI2, wanted).with_errors()
        answer = yield Ask(
            {"write": command, **ENABLED.commands},
            changes={"write": (Change(PLACE, LogIntent(wanted)),)},
            before={"enabled": before},
        )
        after = answer[ENABLED]
        if after != wanted:
            said = " ".join(answer["write"].text.split())
            raise HostError(
                f"the CAPI2 log should be {_word(wanted)} but is {_word(after)} (exit code {answer['write'].exit_code}"
                + (f", output of wevtutil: {last_words(said)}" if said else "")
                + "). Check that the account is elevated",
                before={"enabled": before},
                after={"enabled": after},
            )
    return {
        "changed": wanted != before,
        "before": {"enabled": before},
        "after": {"enabled": wanted},
        "fetches": [vars(one) for one in fetches],
        "processes": list(dict.fromkeys(one.process for one in fetches if one.process and one.event_id == FETCHED)),
        "failed_urls": list(dict.fromkeys(one.url for one in fetches if one.url and one.code)),
        "unread": unread,
    }


def _word(enabled: bool) -> str:
    return "on" if enabled else "off"


def _events(outcome: Outcome) -> tuple[tuple[Fetch, ...], str]:
    """The events, or why there are none."""
    if why := reason(outcome):
        return (), why
    if not outcome.ok:
        return (), f"wevtutil ended with {outcome.exit_code}: {last_words(outcome.text)}"
    return tuple(map(Fetch.of, eventlog.parse(outcome.output).events)), ""
