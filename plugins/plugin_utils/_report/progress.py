"""How a run over a fleet is going: which hosts are through, which fail and why, and how long the rest may take.

Told what happens, host by host; knows neither the clock nor the terminal. An event costs the same whatever the fleet's
size, because there are several a host.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from .._domain.diagnosis import CAUSES
from .._domain.language import visible

FAILING = ("failed", "failing", "not_repairable")
"""States of a host that was reached and is not well. `failing`: MAPS does not answer, and no outcome is known (yet)."""

HEALTHY = ("healthy", "repaired")

LABELS = {"not_repairable": "not repairable", "not_applicable": "not applicable"}
SHOWN = 3
"""So many host names stand in a row of the table."""

FAILURES = 20
"""So many failed hosts are named; Ansible's recap has them all."""

MIN_SECONDS = 2.0
"""Before that the start of Ansible itself would decide the estimate."""


@dataclass(frozen=True)
class _Host:
    """What is known of a host."""

    reached: bool | None = None
    connected: bool | None = None
    cause: str = ""
    outcome: str = ""
    failure: str = ""
    """The task that failed."""
    to_repair: bool = False
    """A remediation began here: only its outcome ends the host."""
    chosen_in: str = ""
    """The play that chose it for a later one, which is still to come; empty: none did."""
    play_ended: bool = False
    """Its part of the play is over."""

    @property
    def state(self) -> str:
        if self.failure:
            return "failed"
        if self.outcome:
            return self.outcome
        if self.reached is False:
            return "unreachable"
        if self.connected is None:
            return "through" if self.play_ended else "open"
        if self.connected:
            return "healthy"
        return "failing" if _applicable(self.cause) else "not_applicable"

    @property
    def diagnosed(self) -> bool:
        return self.state not in ("open", "through")

    @property
    def done(self) -> bool:
        return bool(self.play_ended or self.failure or self.outcome or (self.diagnosed and not self.pending))

    @property
    def pending(self) -> bool:
        """Its diagnosis is not the end of it."""
        return self.to_repair or bool(self.chosen_in)

    @property
    def work(self) -> float:
        """The share of the host's work that is done; of a host to repair, its diagnosis counts for half."""
        return 1.0 if self.done else 0.5 if self.diagnosed else 0.0

    @property
    def label(self) -> str:
        """The row of the table that it belongs to; empty for hosts that were and are well, or nothing is known of."""
        if self.failure and not self.cause:
            return f"failed: {self.failure}"
        if self.cause and self.cause != "none" and self.state != "healthy":
            return self.cause
        return self.state if self.state in ("unreachable", *FAILING) else ""


def _applicable(cause: str) -> bool:
    return cause not in CAUSES or CAUSES[cause].applicable


class FleetProgress:
    """The state of the run. Times are seconds of any clock that does not go back."""

    def __init__(self, forks: int) -> None:
        self._forks = forks
        self._hosts: dict[str, _Host] = {}
        self._play = ""
        self._batch: frozenset[str] = frozenset()
        self._later = 0
        self._work = 0.0
        self._began: float | None = None
        self._batch_began = 0.0
        self._states: Counter[str] = Counter()
        self._causes: Counter[str] = Counter()
        self._diagnosed = self._done = self._to_come = 0

    # What happens

    def start_batch(self, play: str, fleet: Iterable[str], batch: Iterable[str], now: float) -> None:
        """A play, or the next of its waves, begins on `batch`; `fleet` are all hosts of the play.

        `play` tells the waves of one play from other plays: with a new one all hosts are to come again, but for what is
        known of them.
        """
        self._end_batch()
        names = list(fleet)
        if play != self._play:
            self._play = play
            for name in self._hosts:
                self._change(name, play_ended=False)
        self._batch = frozenset(batch)
        for name in (*names, *self._batch):
            if name not in self._hosts:
                self._hosts[name] = _Host()
                self._count(self._hosts[name], 1)
        self._work = sum(self._hosts[name].work for name in self._batch)
        self._later = sum(1 for name in names if name not in self._batch and not self._hosts[name].done)
        self._began = now if self._began is None else self._began
        self._batch_began = now

    def repairing(self, name: str) -> None:
        """A remediation of the host began."""
        self._change(
            name, reached=True, to_repair=True, play_ended=False, outcome="", failure="", cause="", connected=None
        )

    def diagnosed(self, name: str, connected: bool, cause: str) -> None:
        """A validation of the host ended. In a remediation, its cause counts only where none is known yet."""
        known = self._hosts.get(name, _Host())
        counts = not connected and not known.to_repair
        cause = cause if counts else known.cause or ("" if connected else cause)
        # An outcome that no longer holds must not hide what came after it.
        outcome = known.outcome if connected == (known.outcome in HEALTHY) else ""
        chosen_in = self._still_to_come(known)
        self._change(
            name,
            reached=True,
            connected=connected,
            cause=cause,
            outcome=outcome,
            chosen_in=chosen_in,
        )

    def ended(self, name: str, outcome: str, cause: str) -> None:
        """The outcome of the host's remediation is known; a failure that was rescued on the way is part of it."""
        reached = outcome != "unreachable"
        self._change(name, reached=reached, outcome=outcome, cause="" if cause == "none" else cause, failure="")

    def chosen(self, name: str) -> None:
        """A later play looks at the host again, so nothing that is known of it by now ends it."""
        self._change(name, chosen_in=self._play)

    def unreachable(self, name: str) -> None:
        """The host could not be reached."""
        chosen_in = self._still_to_come(self._hosts.get(name, _Host()))
        self._change(name, reached=False, outcome="", chosen_in=chosen_in)

    def failed(self, name: str, task: str) -> None:
        """A task failed on the host, and the play does not say that this may be ignored."""
        self._change(name, failure=task)

    def finish(self, failed: Iterable[str]) -> None:
        """The run is over; `failed` are the hosts whose failures were not rescued, as Ansible counts them."""
        self._end_batch()
        kept = set(failed)
        for name, host in list(self._hosts.items()):
            if host.failure and name not in kept:
                self._change(name, failure="")
        self._batch, self._later = frozenset(), 0

    def _end_batch(self) -> None:
        for name in self._batch:
            self._change(name, play_ended=True, chosen_in=self._still_to_come(self._hosts[name]))

    def _still_to_come(self, host: _Host) -> str:
        """`chosen_in`, until the play for which the host was chosen has looked at it."""
        return host.chosen_in if host.chosen_in == self._play else ""

    def _change(self, name: str, **changes: str | bool | None) -> None:
        before = self._hosts.get(name)
        after = replace(before or _Host(), **changes)  # type: ignore[arg-type]
        self._hosts[name] = after
        if before:
            self._count(before, -1)
        self._count(after, 1)
        if name in self._batch:
            self._work += after.work - (before.work if before else 0.0)

    def _count(self, host: _Host, sign: int) -> None:
        self._states[host.state] += sign
        self._diagnosed += sign * host.diagnosed
        self._done += sign * host.done
        self._to_come += sign * host.pending
        if host.label:
            self._causes[host.label] += sign

    # What is shown

    def seconds_left(self, now: float) -> float | None:
        """An estimate; None where nothing supports one.

        It takes the speed of the present wave for the speed of the rest. A wave that is smaller than the forks says
        nothing about hosts side by side, so there is none while hosts wait behind such a wave.
        """
        size, elapsed = len(self._batch), now - self._batch_began
        if not size or elapsed < MIN_SECONDS or self._work <= 0 or (self._later and size < self._forks):
            return None
        return elapsed * (size - self._work + self._later) / self._work

    def line(self, now: float, width: int) -> str:
        """The progress in one line of at most `width` characters: the failures first, causes as far as they fit."""
        unreachable = self._states["unreachable"]
        head = f"{_clock(now - (self._began or 0.0))}  {_hosts(len(self._hosts))}: " + ", ".join(
            [
                *([f"{self._diagnosed} diagnosed"] if self._to_come else []),
                f"{self._done} done",
                f"{sum(self._states[state] for state in FAILING)} failing",
                *([f"{unreachable} unreachable"] if unreachable else []),
            ]
        )
        left = self.seconds_left(now)
        tail = f" | about {_clock(left)} left" if left and self._done < len(self._hosts) else ""
        causes = [(label, n) for label, n in self._causes.most_common() if n > 0 and label != "unreachable"]
        for shown in range(len(causes), 0, -1):
            more = f", {len(causes) - shown} more" if shown < len(causes) else ""
            listed = ", ".join(f"{visible(label)} {n}" for label, n in causes[:shown])
            if len(line := f"{head} | {listed}{more}{tail}") <= width:
                return line
        return (head + tail if len(head + tail) <= width else head)[:width]

    def table(self) -> list[str]:
        """The causes with how many hosts have them and what became of those, then the failed hosts, then the sum.

        Empty where the run had nothing to do with MAPS and nothing failed.
        """
        rows: dict[str, list[tuple[str, _Host]]] = {}
        for name, host in self._hosts.items():
            if host.label:
                rows.setdefault(host.label, []).append((name, host))
        if not rows and not self._diagnosed:
            return []
        lines = _aligned(sorted((_row(label, members) for label, members in rows.items()), key=_order))
        failed = [(name, host.failure) for name, host in self._hosts.items() if host.failure]
        lines += [f"failed: {visible(name)}: {visible(task)}" for name, task in failed[:FAILURES]]
        if len(failed) > FAILURES:
            lines.append(f"failed: {len(failed) - FAILURES} more, see the play recap")
        return [*lines, self.summary()]

    def summary(self) -> str:
        """How many hosts are in which state."""
        states = {**self._states, "open": self._states["open"] + self._states["through"]}
        states.pop("through", None)
        labels = {**LABELS, "open": "without a diagnosis"}
        told = [f"{n} {labels.get(state, state)}" for state, n in sorted(states.items()) if n]
        return f"{_hosts(len(self._hosts))}: {', '.join(told) or 'none'}"

    @property
    def anything_known(self) -> bool:
        return bool(self._diagnosed)


HEAD = ("cause", "hosts", "repaired", "not applicable", "left", "hosts left")


def _row(label: str, members: list[tuple[str, _Host]]) -> tuple[str, ...]:
    settled = Counter(host.state for _name, host in members)
    left = sorted(name for name, host in members if host.state not in ("repaired", "not_applicable"))
    more = f" and {len(left) - SHOWN} more" if len(left) > SHOWN else ""
    numbers = (len(members), settled["repaired"], settled["not_applicable"], len(left))
    return (visible(label), *map(str, numbers), ", ".join(map(visible, left[:SHOWN])) + more)


def _order(row: tuple[str, ...]) -> tuple[int, int, str]:
    """What is left most comes first."""
    return -int(row[4]), -int(row[1]), row[0]


def _aligned(rows: list[tuple[str, ...]]) -> list[str]:
    """The table without the columns in which nothing stands."""
    if not rows:
        return []
    kept = [column for column in range(len(HEAD)) if column < 2 or any(row[column] not in ("0", "") for row in rows)]
    cells = [[row[column] for column in kept] for row in (HEAD, *rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(kept))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells]
    return [lines[0], "  ".join("-" * width for width in widths), *lines[1:]]


def _hosts(number: int) -> str:
    return f"{number} host" if number == 1 else f"{number} hosts"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(max(seconds, 0.0)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
