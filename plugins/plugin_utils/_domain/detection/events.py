"""Defender's events of a detection: which are of one test, and what they tell.

1116 malware was found, 1117 an action was taken, 1118 it failed (captures and the provider's templates: sure); 1160 an
unwanted application was found (one capture: likely), 1119 an action failed (recalled). Names of data are English
everywhere (sure, captures).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..._windows.eventlog import Event

DETECTIONS = (1116, 1160)
ACTED = 1117
ACTIONS = (ACTED, 1118, 1119)
ALL = DETECTIONS + ACTIONS
QUARANTINE = 2
ACTION_WORDS = {
    0: "unknown", 1: "clean", 2: "quarantine", 3: "remove", 6: "allow", 8: "user_defined", 9: "no_action", 10: "block"
}  # fmt: skip
"""Microsoft, MPTHREAT_ACTION enumeration (sure)."""


@dataclass(frozen=True)
class Found:
    """The events of one test; None: not there."""

    detection: Event | None = None
    action: Event | None = None

    def threat(self) -> dict[str, Any] | None:
        """What was found; names of severity and category are in the host's language."""
        if self.detection is None:
            return None
        data = self.detection.data
        return {
            "name": data.get("Threat Name", ""),
            "id": _number(data.get("Threat ID", "")),
            "severity_id": _number(data.get("Severity ID", "")),
            "severity": data.get("Severity Name", ""),
            "category_id": _number(data.get("Category ID", "")),
            "category": data.get("Category Name", ""),
        }

    def seen(self) -> dict[str, Any] | None:
        """When and where it was found."""
        if self.detection is None:
            return None
        data = self.detection.data
        return {
            "event_id": self.detection.id,
            "id": data.get("Detection ID", ""),
            "time": data.get("Detection Time", "") or self.detection.time,
            "path": data.get("Path", ""),
            "user": data.get("Detection User", ""),
            "source": data.get("Source Name", ""),
            "signatures": data.get("Security intelligence Version", "") or data.get("Signature Version", ""),
        }

    def done(self) -> dict[str, Any] | None:
        """What Defender did about it."""
        if self.action is None:
            return None
        data = self.action.data
        number = _number(data.get("Action ID", ""))
        return {
            "event_id": self.action.id,
            "id": number,
            "action": ACTION_WORDS.get(number, "unknown") if number is not None else "unknown",
            "name": data.get("Action Name", ""),
            "succeeded": self._succeeded(),
            "error_code": data.get("Error Code", ""),
            "time": self.action.time,
        }

    def quarantined(self) -> bool | None:
        """Whether the action was a quarantine that succeeded; None where no action is told."""
        done = self.done()
        return None if done is None else done["id"] == QUARANTINE and bool(done["succeeded"])

    def _succeeded(self) -> bool:
        action = self.action
        return action is not None and action.id == ACTED and _number(action.data.get("Error Code", "0")) == 0


def find(events: Sequence[Event], name: str) -> Found:
    """The detection whose path holds `name`, and the action on that detection; 1117 goes before its failures."""
    ours = [event for event in events if name.lower() in event.data.get("Path", "").lower()]
    detection = next((event for event in ours if event.id in DETECTIONS), None)
    if detection is None:
        return Found()
    number = detection.data.get("Detection ID", "").lower()
    actions = [
        event
        for event in events
        if event.id in ACTIONS and number and event.data.get("Detection ID", "").lower() == number
    ]
    return Found(detection, next((event for event in actions if event.id == ACTED), None) or next(iter(actions), None))


def _number(text: str) -> int | None:
    """Decimal, or hexadecimal after `0x`; None for anything else."""
    try:
        return int(text, 16) if text.lower().startswith("0x") else int(text)
    except ValueError:
        return None
