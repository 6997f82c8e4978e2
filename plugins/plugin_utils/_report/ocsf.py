"""A fleet's report as JSON Lines for SIEMs: an event a host, of the class Compliance Finding of OCSF.

The control that is checked is that MAPS answers the host. Attributes and numbers are those of the class
(ocsf/ocsf-schema, events/findings/compliance_finding.json: sure); what the class has no place for is in `unmapped`.
docs/decisions/0019-ocsf.md says why it is this schema.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from .._domain.language import visible
from .._domain.operation import Refused
from . import labels as words
from .formats import Presentation
from .moments import epoch
from .numbers import latent, reach

VERSION = "1.5.0"
"""Of OCSF; all attributes are in later versions too."""
CATEGORY, CLASS = 2, 2003
CREATE, CLOSE = 1, 3
"""Activities of a finding."""
CONTROL = "Microsoft Defender Antivirus reaches its cloud protection service (MAPS)"
STANDARD = "Microsoft: Configure and validate Microsoft Defender Antivirus network connections"
WINDOWS = 100


class Verdict(NamedTuple):
    """The result of the check, how severe it is (1 informational, 2 low, 3 medium), and the state of the finding
    (1 new, 4 resolved, 0 unknown)."""

    status_id: int
    status: str
    severity_id: int
    finding_status_id: int


VERDICTS: Mapping[str, Verdict] = {
    "connected": Verdict(1, "Pass", 1, 4),
    "not_known": Verdict(2, "Warning", 2, 1),
    "not_connected": Verdict(3, "Fail", 3, 1),
    "not_applicable": Verdict(99, "Not applicable", 1, 0),
}
WORSE = 4
"""The severity where a step failed or the host got worse: high."""


def ocsf(fleet: Mapping[str, Any], presentation: Presentation) -> str:
    """A line a host. Raises Refused for hosts without a time, which every event must have."""
    timeless = [name for name, host in fleet["hosts"].items() if epoch(host.get("finished")) is None]
    if timeless:
        raise Refused(
            f"jsonl: the report does not say when it checked {len(timeless)} of {len(fleet['hosts'])} hosts, for "
            f"example {visible(timeless[0])}; an event of OCSF must have a time; use a report of this version"
        )
    events = (_event(name, host, presentation.language) for name, host in fleet["hosts"].items())
    return "".join(f"{json.dumps(event, ensure_ascii=False)}\n" for event in events)


def _event(name: str, host: Mapping[str, Any], language: str) -> dict[str, Any]:
    name = visible(name)
    verdict = VERDICTS[reach(host, "after")]
    activity = CLOSE if host["outcome"] == "repaired" else CREATE
    finished = host["finished"]
    cause, reason = words.cause(host, language), words.reason(host, language)
    last = host["after"] or host["before"]
    return {
        "category_uid": CATEGORY,
        "class_uid": CLASS,
        "type_uid": CLASS * 100 + activity,
        "activity_id": activity,
        "time": _milliseconds(finished),
        "severity_id": WORSE if host["outcome"] == "failed" else verdict.severity_id,
        "status_id": verdict.finding_status_id,
        "message": f"{name}: {words.outcome(host['outcome'], language)}: {cause}. {reason}".strip(),
        "metadata": {
            "version": VERSION,
            "product": {"name": "windefend.maps", "vendor_name": "windefend.maps contributors"},
            "event_code": host["outcome"],
        },
        "finding_info": {
            "uid": f"windefend.maps/{name}/{finished}",
            "title": f"MAPS connection: {cause}",
            "desc": str(last.get("diagnosis") or reason),
            "types": [host["cause"]],
        },
        "compliance": {
            "control": CONTROL,
            "standards": [STANDARD],
            "status_id": verdict.status_id,
            "status": verdict.status,
            "status_details": [reason],
            **({"status_code": code} if (code := str(last.get("hresult") or "")) else {}),
        },
        "device": _device(name, last.get("state")),
        **_remediation(host.get("next"), language),
        "unmapped": {"windefend_maps": _unmapped(host)},
    }


def _milliseconds(time: str) -> int:
    return (epoch(time) or 0) * 1000


def _device(name: str, state: Any) -> dict[str, Any]:
    build = state.get("build") if isinstance(state, Mapping) else None
    system = {"name": "Windows", "type_id": WINDOWS, **({"build": str(build)} if build else {})}
    return {"type_id": 0, "name": name, "uid": name, "os": system}


def _remediation(ways: Any, language: str) -> dict[str, Any]:
    """The solutions that were not tried, the preferred first, each with who takes it."""
    found = [one for one in ways or () if isinstance(one, Mapping)]
    texts = [f"{words.who(one, language)}: {one.get('text', '')}" for one in found]
    return {"remediation": {"desc": "; ".join(texts)}} if texts else {}


def _unmapped(host: Mapping[str, Any]) -> dict[str, Any]:
    kept = ("outcome", "cause", "site", "changes", "check_mode", "debt")
    return {
        **{key: host[key] for key in kept if key in host},
        "cautions": list(latent(host)),
        "steps": [{key: step.get(key) for key in ("id", "changed", "taken_back", "helped")} for step in host["steps"]],
    }
