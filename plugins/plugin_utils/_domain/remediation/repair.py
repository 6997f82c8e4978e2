"""Repairs the connection of one host to MAPS: assess, take the least steps that can work, validate after each.

Rules that hold in this file
- A step that did not help is taken back, unless the user asked for it by value.
- Once a line that changes the host was sent, every ending says so: what was there, and what may have changed.
- What fails ends the steps, never the taking back, and is reported as the outcome `failed`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from ..._windows import filetime
from ..detection import run as detection_run
from ..diagnosis import Validated, validate as diagnosis_validate
from ..host import HOST, READING, interpret
from ..operation import Answer, Operation, is_lost_connection, plain, prefetched
from ..proxy import ProxySettings
from ..update_sources import UPDATE_SOURCES, UpdateSources
from . import loosening, proxy_step
from .assessment import Assessment, probed, with_candidate
from .outcome import host_report
from .plan import Plan, Step, plan
from .request import RemediationRequest
from .steps import KINDS, Journal, NoJournal, Parts, read_ahead
from .work import StepFailed, Taken, Work

SETTLING = 10.0
"""Seconds after which a validation is repeated where Defender keeps a proxy that worked before (guess: no source says
for how long it tries that one)."""


def remediate(request: RemediationRequest, journal: Journal | None = None) -> Operation[dict[str, Any]]:
    """Repairs a host, or in check mode says what it would do.

    Returns changed, report (see `outcome.host_report`), needs_work. A host that cannot be repaired is an outcome, and
    so is a step that fails; what fails while the host is assessed is raised.
    """
    return _Repair(request, journal or NoJournal()).run()


class _Repair:
    def __init__(self, request: RemediationRequest, journal: Journal) -> None:
        self.request = request
        self.journal = journal
        self.began = self._now()
        self.detection: dict[str, Any] = {}
        self.sources = UpdateSources()
        self.ahead: Answer | None = None
        self.asked_ahead = read_ahead(request)

    def run(self) -> Operation[dict[str, Any]]:
        before = yield from self._assess()
        self.plan = self._plan(before)
        if any(step.id == "winhttp_proxy" for step in self.plan.steps):
            asked = yield from with_candidate(before, self.request.assessment)
            if asked is not before:
                before, self.ahead, self.plan = asked, None, self._plan(asked)
        self.work = Work(self.request, self.journal, before)
        self.ended = before
        if self._has_work():
            try:
                yield from self._repair()
                yield from self._diagnose_again()
            except Exception as error:
                first = error.__cause__ if isinstance(error, StepFailed) else error
                if isinstance(first, Exception) and is_lost_connection(first) and not self.work.sent.places:
                    raise first from None
                yield from self.work.take_back_guesses()
                self.work.fail(str(error))
                yield from loosening.recall_after_failure(self.work)
        return self._result()

    def _assess(self) -> Operation[Assessment]:
        reading = READING
        if self.request.allowed.proxy is not None:
            reading = replace(READING, commands={**HOST.commands, **UPDATE_SOURCES.commands})
        answer = yield reading
        if reading is not READING:
            self.sources = answer[UPDATE_SOURCES]
            answer = replace(answer, outcomes={name: answer.outcomes[name] for name in HOST.commands})
        beside = None if self.request.check_mode else self.asked_ahead
        asking = diagnosis_validate.validated_on(interpret(answer), self.request.how, beside)
        validated, self.ahead = yield from self.journal.around("", asking)
        first = Assessment(validated, language=self.request.language)
        whole = yield from probed(first, self.request.assessment)
        if whole is not first:
            self.ahead = None  # what was read before the probes is read again before it is changed
        return whole

    def _plan(self, assessment: Assessment) -> Plan:
        winhttp = assessment.validated.host.proxy.winhttp
        current = ProxySettings(winhttp.http, winhttp.https, winhttp.bypass_list)
        return plan(assessment.observation, current, self.request.allowed, self.request.language, assessment.appraised)

    def _has_work(self) -> bool:
        return bool(self.plan.steps) or self.work.is_loosened or self.request.detection_test

    def _repair(self) -> Operation[None]:
        work = self.work
        if work.is_loosened or any(step.guess for step in self.plan.steps):
            yield from work.recall()
        if not self.request.check_mode:
            yield from self._take_back_unproven()
        for step in self.plan.steps:
            if work.last.connected and step.id != "maps_on":
                break
            yield from self._step(step)
        if self.request.check_mode:
            return
        yield from work.take_back_guesses()
        for taken in work.taken:
            if taken.taken_back and taken.step.guess:
                yield from work.remember(taken.step.id, taken.depends)
        yield from loosening.tighten(work)
        yield from loosening.note_proven(work)
        if work.last.connected and self.request.detection_test:
            yield from self._prove()

    def _take_back_unproven(self) -> Operation[None]:
        """The steps are those for the host without that loosening: with consent it is tried again, and judged."""
        yield from loosening.take_back_unproven(self.work)
        if self.work.taken:
            self.ahead = None  # it was read before the change
            self.plan = self._plan(replace(self.work.before, validated=self.work.last))

    def _step(self, step: Step) -> Operation[None]:
        self._demand_time(step)
        if step.id == "ssl_options":
            if not (yield from loosening.may_loosen(self.work, step)):
                return
            self._demand_time(step)  # the look for an inspection may have taken long
        taken = Taken(step, self._depends(step) if step.guess else "")
        since = self.work.failed_before(step.id, taken.depends) if step.guess else ""
        if since:
            self.work.notes.append(
                f"Not tried again: {step.id} did not help on {since}, and nothing on this host that it depends on has "
                "changed since."
            )
        elif self.request.check_mode and self.work.taken:
            self.work.taken.append(replace(taken, conditional=True))
        elif step.id == "winhttp_proxy":
            yield from self._set_proxy(taken)
        elif step.id == "defender_proxy" and self.work.last.host.spynet.tamper_protection:
            self.work.notes.append(
                "Defender's own proxy was not set, because tamper protection is on, which blocks changes to Defender's "
                "settings in the registry: set it in the management tool of the host."
            )
        else:
            yield from self._carry_out(taken, self.request)

    def _demand_time(self, step: Step) -> None:
        """No step begins that could not be validated, and taken back, in time. Raises StepFailed."""
        if not self.request.check_mode and not self.work.has_time():
            left = max(0.0, self.request.time_left())
            raise StepFailed(
                f"the step {step.id} was not taken: {left:.0f} seconds are left for this host, and its "
                f"validation may take {self.request.how.timeout:g} (host_timeout, timeout)"
            )

    def _depends(self, step: Step) -> str:
        request: Any = self.request.allowed.ssl_workaround
        if step.id == "firewall":
            request = [list(step.remote_ports), plain(self.request.rules)]
        return self.work.fingerprint(step.id, request)

    def _set_proxy(self, taken: Taken) -> Operation[None]:
        """Sets the proxy, unless that would cut the host off from an internal source; then it is taken back."""
        work = self.work
        change = yield from proxy_step.prepared(self.request, work.last.host.proxy, self.sources)
        work.notes += change.notes
        if change.refusal:
            work.notes.append(f"The WinHTTP proxy was not set: {change.refusal}.")
            return
        if change.before:
            self._demand_time(taken.step)  # the sources may have answered late
        allowed = replace(self.request.allowed, proxy=change.settings)
        try:
            yield from self._carry_out(taken, replace(self.request, allowed=allowed))
        except StepFailed as error:
            yield from self._keep_sources_after(taken, change, error)
        stores = work.last.host.proxy
        try:
            lost = yield from proxy_step.lost_sources(change, self.sources, stores)
        except Exception as error:
            yield from work.take_back(taken)
            raise StepFailed(
                "whether the internal update sources of this host still answer after the step winhttp_proxy is not "
                f"known, so it is not kept: {error}"
            ) from error
        if lost:
            yield from self._restore_sources(taken, lost)

    def _keep_sources_after(self, taken: Taken, change: proxy_step.ProxyChange, error: StepFailed) -> Operation[None]:
        """A proxy that nobody could judge is not kept where internal sources answered without it. Raises StepFailed."""
        if change.before and taken.changed:
            yield from self.work.take_back(taken)
            if taken.taken_back:
                raise StepFailed(f"{error}. The proxy was taken back, because internal update sources are used here")
        raise error

    def _restore_sources(self, taken: Taken, lost: tuple[str, ...]) -> Operation[None]:
        """Takes the proxy back, and validates, so that the report shows the host as it is left. Raises StepFailed."""
        work = self.work
        yield from work.take_back(taken)
        back = "It was taken back" if taken.taken_back else "It could not be taken back"
        failed = StepFailed(
            f"the step winhttp_proxy cut the host off from internal update sources: {', '.join(lost)}. {back}. Let the "
            "proxy reach them, or let this host reach them without a proxy and add them to "
            "remediate_winhttp_proxy_bypass_list"
        )
        try:
            work.last = yield from work.look()
        except Exception as error:
            raise StepFailed(f"{failed}. The validation after that gave no answer: {error}") from error
        raise failed

    def _carry_out(self, taken: Taken, request: RemediationRequest) -> Operation[None]:
        self.work.taken.append(taken)
        kind = KINDS[taken.step.id]
        yield from self.work.carry_out(taken, kind.module, self._with_ahead(kind.carry_out(taken.step, request)))
        if not request.check_mode:
            yield from self._judge(taken)

    def _with_ahead(self, parts: Parts) -> Parts:
        """The parts of a step; the first is answered by what was read ahead."""
        for part in parts:
            ahead, self.ahead = self.ahead, None
            yield part if ahead is None else prefetched(part, self.asked_ahead.commands, ahead)

    def _judge(self, taken: Taken) -> Operation[None]:
        """Validates, and takes a loosening back that did not help, or that nothing shows to help."""
        work = self.work
        try:
            work.last = taken.validation = yield from self._settled_look(taken)
        except Exception as error:
            if taken.step.id == "ssl_options":
                yield from work.take_back(taken)
            back = " (the loosening was taken back)" if taken.taken_back else ""
            raise StepFailed(
                f"the validation after the step {taken.step.id} gave no answer{back}, so nothing shows whether it "
                f"helped: {error}"
            ) from error
        if taken.step.id == "ssl_options" and not work.last.connected:
            yield from work.take_back(taken)

    def _settled_look(self, taken: Taken) -> Operation[Validated]:
        """A validation when the effect of the step can be seen: Defender may still try the proxy that it kept."""
        seen = yield from self.work.look()
        product = seen.host.defender
        keeps = product.cached_proxy or product.last_known_good_proxy
        if taken.step.id == "winhttp_proxy" and not seen.connected and keeps:
            self.work.notes.append(
                f"Defender keeps a proxy that worked before ({keeps}), so the validation was repeated after "
                f"{SETTLING:g} seconds."
            )
            self.work.last = seen
            seen = yield from self.work.look(SETTLING)
        return seen

    def _diagnose_again(self) -> Operation[None]:
        """A host that is not repaired is probed as it is now, so that no weaker diagnosis replaces what was proven."""
        work = self.work
        if work.last is self.ended.validated or work.last.connected:
            self.ended = self._unprobed() if work.last is not self.ended.validated else self.ended
        elif any(one.is_kept for one in work.taken):
            self.ended = yield from probed(self._unprobed(), replace(self.request.assessment, how=work.how()))
        else:
            self.ended = replace(self.ended, validated=work.last)

    def _prove(self) -> Operation[None]:
        """A proof that cannot be made leaves what was repaired as it is."""
        identity = self.request.how.identity.part("f")
        try:
            self.detection = yield from detection_run.run(detection_run.DetectionRequest(identity=identity))
        except Exception as error:
            self.detection = {"outcome": "failed", "proven": None, "message": str(error)}

    def _result(self) -> dict[str, Any]:
        work, language = self.work, self.request.language
        if work.last is not self.ended.validated:  # it ended by a failure
            self.ended = self._unprobed()
        report = host_report(
            before=work.before.shown,
            plan={name: getattr(self.plan, name) for name in ("outcome", "cause", "reason", "dead_proxy")},
            steps=[self._shown(one) for one in work.taken],
            after=self.ended.shown if self.ended is not work.before else None,
            failure=work.failure,
            check_mode=self.request.check_mode,
            detection=plain(self.detection),
            started=filetime.iso(self.began),
            finished=filetime.iso(self._now()),
            notes=work.notes,
            debt=work.memory["debt"],
            language=language,
        )
        return {"changed": any(one.is_kept for one in work.taken), "report": report, "needs_work": self._has_work()}

    def _now(self) -> dt.datetime:
        return dt.datetime.fromtimestamp(self.request.clock(), dt.UTC)

    def _unprobed(self) -> Assessment:
        return Assessment(self.work.last, language=self.request.language)

    def _shown(self, taken: Taken) -> dict[str, Any]:
        step, validation = taken.step, taken.validation
        shown: dict[str, Any] = {}
        if validation is self.ended.validated:
            shown = self.ended.shown
        elif validation is not None:
            shown = Assessment(validation, language=self.request.language).shown
        return {
            "id": step.id,
            "module": step.module,
            "reason": step.reason,
            "conditional": taken.conditional,
            "changed": taken.changed,
            "taken_back": taken.taken_back,
            "seconds": taken.seconds,
            "result": plain(taken.result),
            "validation": shown,
        }
