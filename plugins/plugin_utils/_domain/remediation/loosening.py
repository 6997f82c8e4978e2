"""Checks that SSLOptions switches off: when that may be, and how they come back.

Rules that hold in this file
- A loosening that no validation showed to help does not stay, whatever the run is allowed to do.
- One that helped goes as soon as nothing says that the connection would fail without it.
- What a record says that the key does not prove only ever tightens.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..operation import Operation, Sent, Warn
from . import history
from .plan import Step
from .steps import write_ssl_options
from .work import Taken, Work

MODULE = "spynet"


def may_loosen(work: Work, step: Step) -> Operation[bool]:
    """Whether the last code is one that a loosening can mend, and no inspection of TLS forbids it."""
    if work.last.code not in step.only_for:
        return False
    if work.request.allowed.ssl_workaround != "no_revocation_no_pinning":
        return True
    refusal = history.pinning_blocker((yield from work.endpoints()))
    if refusal:
        work.notes.append(f"Certificate pinning was not given up: {refusal}.")
    return not refusal


def take_back_unproven(work: Work) -> Operation[None]:
    """Takes back, before anything else, what no validation showed to help."""
    debt = work.memory["debt"]
    if not debt or work.last.connected or history.is_proven(debt[0], work.memory["after"] or ()):
        return
    taken = Taken(_tightening(debt[0], "no validation showed that it helps"))
    work.taken.append(taken)
    yield from work.carry_out(taken, MODULE, (write_ssl_options(debt[0]["before"]),))
    work.last = taken.validation = yield from work.look()
    yield from work.recall()


def tighten(work: Work) -> Operation[None]:
    """Takes a loosening back where nothing says that the connection would fail again without it."""
    # What this run loosened was needed a moment ago, and its record is not among the debts yet.
    just_loosened = any(one.step.id == "ssl_options" and one.is_kept for one in work.taken)
    if not work.last.connected or not work.memory["debt"] or just_loosened:
        return
    if not work.has_time(validations=2):
        work.notes.append("SSLOptions was left as it is: too little time is left for this host to try without that.")
        return
    owed = work.memory["debt"][0]
    lists = (yield from work.endpoints())["revocation"]["crl_out_of_reach"]
    taken = Taken(_tightening(owed, "MAPS may answer without that now"), work.fingerprint("tighten", lists))
    if lists == "proven" or work.failed_before("tighten", taken.depends):
        return
    work.taken.append(taken)
    yield from work.carry_out(taken, MODULE, (write_ssl_options(owed["before"]),))
    work.last = taken.validation = yield from work.look()
    if not work.last.connected:
        yield from _loosen_again(work, taken, owed)


def _loosen_again(work: Work, taken: Taken, owed: Mapping[str, Any]) -> Operation[None]:
    if not owed["verified"]:
        work.notes.append(
            "SSLOptions is not loosened again, because the record of the loosening cannot be verified with the key "
            "here; consent to it with remediate_ssl_options_workaround, or give the key that signed it."
        )
        return
    yield from work.changing(MODULE, write_ssl_options(owed["loosened_to"]), Sent())
    taken.taken_back = True
    yield from work.remember("tighten", taken.depends)
    work.last = yield from work.look()


def note_proven(work: Work) -> Operation[None]:
    """Reads what the host owes where that changed, and notes that it connects with a loosening that stays."""
    if any(one.step.id in ("ssl_options", "tighten") and one.changed for one in work.taken):
        yield from work.recall()
    debt = work.memory["debt"]
    if work.last.connected and debt and not history.is_proven(debt[0], work.memory["after"] or ()):
        yield from work.remember(history.HELPED, history.helped(debt[0]))


def recall_after_failure(work: Work) -> Operation[None]:
    """What the host owes is read again; where it cannot be read it is not known."""
    if not work.is_loosened and not any(one.step.id in ("ssl_options", "tighten") for one in work.taken):
        return
    try:
        yield from work.recall()
    except Exception as error:
        work.memory["debt"] = None
        yield Warn(f"whether checks are switched off on this host is not known: {error}")


def _tightening(debt: Mapping[str, Any], why: str) -> Step:
    return Step(
        "tighten", "windefend.maps.spynet", f"SSLOptions was loosened by the run {debt['run']} and {why}", guess=True
    )
