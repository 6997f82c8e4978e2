"""From what a remediation did to a host to its outcome, and from hosts to a fleet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from ..language import DEFAULT_LANGUAGE, Message, render, sentences
from .plan import LOOSENING_MAY_FIX, PROXY_MAY_FIX

OUTCOMES = ("healthy", "repaired", "not_repairable", "not_applicable", "unreachable", "failed")
"""`failed`: a step of ours failed or the host got worse, so it is in no state that the plan foresaw. Check mode adds
`planned`: there are steps, and only taking them can tell whether they help."""

PROXY_MODULE = "windefend.maps.winhttp_proxy"

NO_TRAFFIC: Mapping[str, Any] = {"time": 0.0, "requests": 0, "bytes": 0}
"""What whoever drives the operation fills in: seconds, requests and bytes."""
KEPT = (
    "connected", "hresult", "httpcore", "cause", "title", "confidence", "summary", "alternatives", "also_possible",
    "evidence", "causes", "undecided", "unseen", "solutions", "cautions", "latent", "run_as", "diagnosis",
)  # fmt: skip
"""What the report keeps of a validation."""
MAY_FIX: Final[Mapping[str, tuple[str, ...]]] = {
    "firewall": ("firewall_default_block",),
    "winhttp_proxy": PROXY_MAY_FIX,
    "defender_proxy": PROXY_MAY_FIX,
    "root_update": ("root_missing",),
    "ssl_options": LOOSENING_MAY_FIX,
    "maps_on": ("maps_off",),
}
"""Step -> the causes that it can remove."""


def host_report(
    *,
    before: Mapping[str, Any],
    plan: Mapping[str, Any],
    steps: Iterable[Mapping[str, Any]],
    after: Mapping[str, Any] | None,
    failure: str = "",
    check_mode: bool = False,
    detection: Mapping[str, Any] | None = None,
    started: str = "",
    finished: str = "",
    notes: Iterable[str] = (),
    debt: Iterable[Mapping[str, Any]] | None = (),
    language: str = DEFAULT_LANGUAGE,
) -> dict[str, Any]:
    """One host's part of the report.

    `started` and `finished` are times of the controller as RFC 3339 writes them, empty where they are not known.
    `failure` is what a failed step said, empty when none failed.
    `before` and `after` are results of maps_connection_info, `steps` what the repair noted of each step,
    `detection` the result of detection_test where one was made, `notes` what was left out and why, `debt` that of
    remediation_history (None: not known). `plan` has outcome, cause, reason, and dead_proxy as `plan.Plan` has them.
    """
    taken = [dict(step) for step in steps]
    last = after or before
    kept = _kept(taken)
    proof = detection or {}
    trouble = failure or _worse(before, last)
    reason = trouble or _reason(plan, last, taken, kept, check_mode, language)
    dead = str(plan.get("dead_proxy", ""))
    # The user gave that proxy, so it comes first where it is why the host is not repaired.
    first, then = ("", dead) if trouble or last.get("connected") else (dead, "")
    outcome = _outcome(plan, last, taken, trouble, check_mode)
    cause = str(plan.get("cause") or before.get("cause") or "unknown")
    return {
        "outcome": outcome,
        "cause": cause_of(cause, before, kept) if outcome == "repaired" else cause,
        "reason": " ".join(filter(None, (first, reason, then, *notes, proof.get("message", "")))),
        "before": validation_summary(before),
        "steps": [_step(step) for step in taken],
        "after": validation_summary(last),
        "changes": len(kept),
        "check_mode": check_mode,
        "debt": None if debt is None else [dict(one) for one in debt],
        **({"detection": _proof(proof)} if proof else {}),
        "next": [] if last.get("connected") else _left(last, [] if check_mode else taken, dead),
        **_when(started, finished),
        **NO_TRAFFIC,
    }


def cause_of(named: str, before: Mapping[str, Any], kept: Sequence[Mapping[str, Any]]) -> str:
    """The cause of a host that `kept` steps repaired, as the report says it: `named` where it was more than possible
    and one of them removes it; else that no proxy was set where one was set; else the first of the possible ones that
    they remove; `unknown` where there is none. The diagnosis before the steps may name a cause that is no more than
    possible where facts could not be read; what helped says more. `before` is a result of maps_connection_info."""
    found = {one["id"]: one["confidence"] for one in before.get("causes", ())}
    removable = {cause for step in kept for cause in MAY_FIX.get(step["id"], (named,))}
    if named in removable and found.get(named) in ("certain", "likely"):
        return named
    if any(step["id"] == "winhttp_proxy" and _was_direct(step) for step in kept):
        return "winhttp_proxy_missing"
    return next((name for name in (named, *found) if name in removable), "unknown")


def _was_direct(step: Mapping[str, Any]) -> bool:
    """Whether the WinHTTP store was read before the step, and named no proxy."""
    winhttp = ((step.get("result") or {}).get("before") or {}).get("winhttp") or {}
    return bool(winhttp.get("direct")) and not winhttp.get("problem")


def _kept(taken: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The steps that changed something and stay."""
    return [step for step in taken if step.get("changed") and not step.get("taken_back")]


def _proof(detection: Mapping[str, Any]) -> dict[str, Any]:
    """What the report keeps of a detection test."""
    threat, event, action = (detection.get(key) or {} for key in ("threat", "detection", "action"))
    return {
        "outcome": detection["outcome"],
        "proven": detection.get("proven"),
        "message": detection.get("message", ""),
        "threat": threat.get("name", ""),
        "time": event.get("time", ""),
        "action": action.get("action") or "",
        "quarantined": detection.get("quarantined"),
    }


def _left(last: Mapping[str, Any], taken: list[dict[str, Any]], dead_proxy: str = "") -> list[dict[str, Any]]:
    """The solutions that were not tried, in the order of the article."""
    tried = {step["module"] for step in taken} | ({PROXY_MODULE} if dead_proxy else set())
    return [dict(one) for one in last.get("solutions", ()) if one["module"] not in tried]


def _outcome(
    plan: Mapping[str, Any],
    last: Mapping[str, Any],
    taken: list[dict[str, Any]],
    trouble: str,
    check_mode: bool,
) -> str:
    if trouble:
        return "failed"
    if plan["outcome"]:
        return str(plan["outcome"])
    if last.get("connected"):
        return "repaired" if _kept(taken) else "healthy"
    return "planned" if check_mode and taken else "not_repairable"


def _worse(before: Mapping[str, Any], last: Mapping[str, Any]) -> str:
    if before.get("connected") and not last.get("connected"):
        return f"MAPS was reachable before this run and no longer is: {last.get('diagnosis', '')}"
    return ""


def _reason(
    plan: Mapping[str, Any],
    last: Mapping[str, Any],
    taken: list[dict[str, Any]],
    kept: list[dict[str, Any]],
    check_mode: bool,
    language: str,
) -> str:
    if plan["outcome"]:
        return str(plan["reason"])
    if last.get("connected"):
        since = Message("since", {"steps": ", ".join(step["id"] for step in kept)}) if kept else Message("answers")
        return render(since, language)
    if check_mode:
        return str(plan["reason"])
    dead = str(plan.get("dead_proxy", ""))
    return _not_repaired(last, taken, language, dead) if taken else str(last.get("diagnosis", plan["reason"]))


def _not_repaired(last: Mapping[str, Any], taken: list[dict[str, Any]], language: str, dead_proxy: str) -> str:
    """What is left to do: nothing that was just tried."""
    left = _left(last, taken, dead_proxy)

    def say(name: str, **values: object) -> str:
        return render(Message(name, values), language)

    evidence = sentences(tuple(last.get("evidence", ())), language)
    text = say("reason", explanation=last.get("explanation", ""), evidence=evidence)
    text += say("tried", steps=", ".join(step["id"] for step in taken))
    if left:
        ways = tuple(
            say("way_by_module", text=one["text"], module=one["module"])
            if one["module"]
            else say("way_by_person", text=one["text"], who=one["who"])
            for one in left
        )
        text += say("what_else", ways=sentences(ways, language))
    return text.strip()


def validation_summary(result: Mapping[str, Any]) -> dict[str, Any]:
    """What the report keeps of a validation, with the state it was made in."""
    summary = {key: result.get(key) for key in KEPT}
    host = result.get("host") or {}
    if host:
        summary["state"] = {
            "winhttp": host["proxy"]["winhttp"],
            "advanced": host["proxy"]["advanced"],
            "ssl_options": host["spynet"]["ssl_options"],
            "firewall": host["firewall"]["maps"]["verdict"],
            "service_running": host["defender"]["running"],
            "platform_version": host["defender"]["platform_version"],
            "build": host["system"]["build"],
            "signatures_age_hours": (result.get("standing") or {}).get("signatures_age_hours"),
        }
        summary["routes"] = host["proxy"]["routes"]
    return summary


def _step(step: Mapping[str, Any]) -> dict[str, Any]:
    result = step.get("result") or {}
    validation = step.get("validation") or {}
    return {
        "id": step["id"],
        "module": step["module"],
        "reason": step["reason"],
        "conditional": bool(step.get("conditional")),
        "changed": bool(step.get("changed")),
        "taken_back": bool(step.get("taken_back")),
        "helped": validation.get("connected"),
        "before": _state(result, "before"),
        "after": _state(result, "after"),
        "hresult_after": validation.get("hresult"),
        "diagnosis_after": validation.get("diagnosis"),
        "time": round(step.get("seconds", 0.0), 2),
    }


def _state(result: Mapping[str, Any], key: str) -> Any:
    """The module's own state, or for a looped task that of each item."""
    if "results" in result:
        return [item.get(key) for item in result["results"]]
    return result.get(key)


def _when(started: str, finished: str) -> dict[str, str]:
    return {name: time for name, time in (("started", started), ("finished", finished)) if time}


def traffic_summary(traffic: Mapping[str, Any]) -> dict[str, Any]:
    """What the report keeps of the traffic of a task: seconds, requests and bytes both ways; None where not counted."""
    sent, received = traffic.get("bytes_sent", 0), traffic.get("bytes_received", 0)
    return {
        "time": round(traffic.get("seconds", 0.0), 2),
        "requests": traffic.get("requests", 0),
        "bytes": None if sent is None or received is None else sent + received,
    }


def unreachable_report(message: str, started: str = "", finished: str = "", check_mode: bool = False) -> dict[str, Any]:
    """The part of a host that could not be reached."""
    return _empty_report("unreachable", "unreachable", message, started, finished, check_mode)


def failed_report(message: str, started: str = "", finished: str = "", check_mode: bool = False) -> dict[str, Any]:
    """The part of a host that could not be assessed, although it was reached."""
    return _empty_report("failed", "unknown", message, started, finished, check_mode)


def not_started_report() -> dict[str, Any]:
    """The part of a host of the run that has none: a wave failed or was stopped before it."""
    return _empty_report("not_started", "", "", "", "", check_mode=False)


def _empty_report(
    outcome: str, cause: str, message: str, started: str, finished: str, check_mode: bool
) -> dict[str, Any]:
    return {
        "outcome": outcome,
        "cause": cause,
        "reason": message,
        "before": {},
        "steps": [],
        "after": {},
        "changes": 0,
        "check_mode": check_mode,
        **_when(started, finished),
        "debt": None,
        **NO_TRAFFIC,
    }
