"""What Defender's service writes of its own connections to MAPS, on a machine whose `defender.keeps_record` is on.

The service tries once a minute (one public reader saw the failure written so often, 2026: likely; a guess for success).
Nothing runs between two commands here, so what would have been written since the last one is written before a command
that could read it. Values: `LastMAPSSuccessTime` and `LastMAPSFailureTime`, FILETIMEs as REG_BINARY (one capture:
likely); `LastMAPSFailureTimeString`, ISO 8601 (two public readers: likely). Events: 5007 for each new failure text (a
capture: likely), 2012 for each failure with its code (Microsoft's page of event IDs: sure; how often: guess).
"""

from __future__ import annotations

import datetime as dt

from .. import physics, routing
from ..machine.accounts import SYSTEM
from ..machine.builder import filetime
from ..machine.defender import STATE_KEY
from ..machine.model import Machine
from ..machine.registry import ValueType
from .realtime import event

KEY = STATE_KEY + r"\Spynet"
INTERVAL = dt.timedelta(minutes=1)
CLOUD_FAILED, SETTING_CHANGED = 2012, 5007
SUCCESS, FAILURE, FAILURE_TEXT = "LastMAPSSuccessTime", "LastMAPSFailureTime", "LastMAPSFailureTimeString"


def catch_up(machine: Machine) -> None:
    """Writes what the service would have written by now."""
    if not machine.defender.keeps_record or not machine.services.is_running("WinDefend"):
        return
    now = machine.now()
    answer = physics.validate(machine, SYSTEM)
    if routing.Condition.MAPS_OFF in answer.broken:
        return
    if answer.connected:
        machine.registry.set(KEY, SUCCESS, ValueType.BINARY, filetime(now))
        return
    before = machine.registry.text(KEY, FAILURE_TEXT)
    if before and now - dt.datetime.fromisoformat(before) < INTERVAL:
        return
    write_failure(machine, now, answer.hresult)


def write_failure(machine: Machine, moment: dt.datetime, hresult: int | None = None) -> None:
    """A failure at a moment: the values and the events."""
    before = machine.registry.text(KEY, FAILURE_TEXT)
    text = f"{moment:%Y-%m-%dT%H:%M:%SZ}"
    machine.registry.set(KEY, FAILURE, ValueType.BINARY, filetime(moment))
    machine.registry.set_text(KEY, FAILURE_TEXT, text)
    name = rf"HKLM\SOFTWARE\Microsoft\Windows Defender\SpyNet\{FAILURE_TEXT}"
    old = f"{name} = {before}" if before else rf"N/A\SpyNet\{FAILURE_TEXT} = "
    values = (("Old Value", old), ("New Value", f"{name} = {text}"))
    machine.events.append(event(machine, SETTING_CHANGED, moment, values))
    if hresult is not None:
        machine.events.append(event(machine, CLOUD_FAILED, moment, (("Error Code", f"0x{hresult:08x}"),), level=2))
