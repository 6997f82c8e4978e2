"""What is known while a host is repaired, and what each part of it does: change, validate, take back, remember."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from ..diagnosis import Validated, Validation, validate as diagnosis_validate
from ..operation import HostError, Operation, Sent, plain, watched
from ..probes import probe as probes_probe
from . import history
from .assessment import Assessment, known_of, probe_request
from .plan import Step
from .request import RemediationRequest
from .steps import KINDS, Journal, Result

T = TypeVar("T")
ATTEMPTS = 2
"""To take back: a time limit that ended the first one, or a connection that broke, gives the second one time."""
TO_TAKE_BACK = 60.0
"""Seconds that are kept for taking a step back, which is two command lines."""
SECURE_VALUES = (None, 3)
"""Values of SSLOptions that switch no check off: not set, or both checks on."""


@dataclass
class Taken:
    """A step of this run."""

    step: Step
    depends: str = ""
    """Digest of what a guess depends on."""
    conditional: bool = False
    """Check mode: it comes only where the steps before it do not help."""
    result: Result = field(default_factory=dict)
    validation: Validated | None = None
    taken_back: bool = False
    seconds: float = 0.0
    """What it took, without its validation."""

    @property
    def changed(self) -> bool:
        return bool(self.result.get("changed"))

    @property
    def is_kept(self) -> bool:
        """It changed the host, and was not taken back."""
        return self.changed and not self.taken_back


class StepFailed(HostError):
    """A step did not end as it should."""


class Work:
    """A repair under way on one host."""

    def __init__(self, request: RemediationRequest, journal: Journal, before: Assessment) -> None:
        self.request = request
        self.journal = journal
        self.before = before
        self.last = before.validated
        """The validation that counts now."""
        self.sent = Sent()
        self.taken: list[Taken] = []
        self.notes: list[str] = []
        self.failure = ""
        self.memory: dict[str, Any] = {"after": [], "debt": []}
        """Of `history.remember`."""
        self._looks = 0

    @property
    def is_loosened(self) -> bool:
        """Checks are switched off by SSLOptions, or may be, because it could not be read."""
        host = self.before.validated.host
        return "spynet.ssl_options" in host.unknown or host.spynet.ssl_options not in SECURE_VALUES

    def has_time(self, validations: int = 1) -> bool:
        """Whether what begins now can be validated so many times, and taken back, in time."""
        return self.request.time_left() >= validations * self.request.how.timeout + TO_TAKE_BACK

    def changing(self, module: str, operation: Operation[T], sent: Sent) -> Operation[T]:
        """With the journal, and a note of what is sent that changes the host."""
        try:
            return (yield from watched(self.journal.around(module, operation), sent))
        finally:
            self.sent.places += sent.places

    def carry_out(self, taken: Taken, module: str, parts: Iterable[Operation[Result]]) -> Operation[None]:
        """Carries a step out. Raises StepFailed, which says what may have changed; the step has it in its result."""
        results: list[Result] = []
        changed, began = Sent(), self.request.clock()
        for part in parts:
            sent = Sent()
            try:
                results.append((yield from self.changing(module, part, sent)))
            except Exception as error:
                may = sent.may_have_changed(error)
                results.append({"before": sent.before, **getattr(error, "details", {}), "changed": may})
                changed.places += sent.places if may else []
                taken.result = _whole(results)
                if taken.step.id == "ssl_options":
                    yield from self.take_back(taken)
                raise StepFailed(self._failed(taken, changed, error)) from error
            changed.places += sent.places if results[-1]["changed"] else []
        taken.result, taken.seconds = _whole(results), self.request.clock() - began

    def _failed(self, taken: Taken, changed: Sent, error: Exception) -> str:
        text = f"the step {taken.step.id} failed: {error}"
        if not changed.places:
            return text
        run = f"; the journal's run {self.journal.run} has what was there" if self.journal.run else ""
        back = " It was taken back." if taken.taken_back else ""
        return f"{text}. It may have changed {changed.labels}{run}.{back}"

    def look(self, pause: float = 0.0) -> Operation[Validated]:
        """Validates and reads the host again, after a pause in seconds."""
        return (yield from diagnosis_validate.looked_again(self.last.host, self.how(), pause))

    def how(self) -> Validation:
        """How to validate, or to probe, the next time: as SYSTEM where it was done so, so that the answers compare."""
        self._looks += 1
        how = self.request.how
        by_system = how.run_as == "auto" and self.last.run_as == "system"
        return replace(
            how, identity=how.identity.part(f"{self._looks:x}"), run_as="system" if by_system else how.run_as
        )

    def take_back(self, taken: Taken) -> Operation[None]:
        """Takes a step back. Where that fails the host's failure says so, and the step counts as changed."""
        kind = KINDS[taken.step.id]
        if not taken.changed:
            return
        why = ""
        for _attempt in range(ATTEMPTS):
            try:
                yield from self.changing(kind.module, kind.take_back(taken.result, self.request), Sent())
                taken.taken_back = True
                return
            except Exception as error:
                why = str(error)
        failed = f"the step {taken.step.id} could not be taken back: {why}"
        self.failure = ". ".join(filter(None, (self.failure, failed)))

    def fail(self, why: str) -> None:
        """Notes why the repair ended; where a change stays, also what brings back what was there."""
        kept = ", ".join(one.step.id for one in self.taken if one.is_kept)
        parts = [why, self.failure]
        if kept and self.journal.run and self.journal.run not in f"{why}{self.failure}":
            parts.append(f"What {kept} changed stays; the journal's run {self.journal.run} has what was there")
        self.failure = ". ".join(filter(None, parts))

    def take_back_guesses(self) -> Operation[None]:
        """Takes back the guesses that stand, where MAPS does not answer."""
        for taken in self.taken:
            if taken.step.guess and taken.step.id in KINDS and not taken.taken_back and not self.last.connected:
                yield from self.take_back(taken)

    def remember(self, step: str | None = None, depends: str = "") -> Operation[dict[str, Any]]:
        """Notes on the host that a step did not help; without a step it reads what is noted."""
        return history.remember(
            step=step, depends_on=depends, present=True, now=self.request.clock(), check_mode=self.request.check_mode,
            keys=self.request.keys,
        )  # fmt: skip

    def recall(self) -> Operation[None]:
        """Reads what was tried on the host, and which checks are switched off there by an earlier run."""
        self.memory = yield from self.remember()

    def fingerprint(self, step: str, request: Any) -> str:
        """The digest of what a step depends on."""
        return history.fingerprint(step, {"host": self.last.host.shown, "hresult": self.last.code}, request)

    def failed_before(self, step: str, depends: str) -> str:
        """When it was tried under the same circumstances; empty: it was not."""
        tried = self.memory["after"] or ()
        return next((one.since for one in tried if (one.step, one.depends) == (step, depends)), "")

    def endpoints(self) -> Operation[Mapping[str, Any]]:
        """Defender and CryptSvc see the network as SYSTEM, so it is SYSTEM's answer that counts."""
        asking = replace(probe_request(self.last, self.how(), proxy="winhttp"), run_as="system")
        examined = yield from probes_probe.examine(asking, known_of(self.last))
        return dict(plain(examined.endpoints.shown()))


def _whole(results: list[Result]) -> Result:
    """Of a step with the results of its parts."""
    if len(results) == 1:
        return results[0]
    return {"changed": any(one["changed"] for one in results), "results": results}
