"""What the report says about a host that is not repaired: nothing that was just tried is advised again."""

from __future__ import annotations

from typing import Any

from ansible_collections.windefend.maps.plugins.plugin_utils._domain.remediation.outcome import (
    host_report,
    unreachable_report,
)

PROXY = {"text": "set the proxy", "module": "windefend.maps.winhttp_proxy", "who": ""}
ASK = {"text": "say which proxy to use", "module": "", "who": "the proxy team"}
PLAN = {"outcome": "", "cause": "winhttp_proxy_dead", "reason": "planned"}
STEP = {"id": "winhttp_proxy", "module": "windefend.maps.winhttp_proxy", "reason": "r", "changed": True}


def failing(*solutions: dict[str, str]) -> dict[str, Any]:
    return {
        "connected": False,
        "explanation": "The proxy does not answer.",
        "evidence": ["MpCmdRun answered 0x80070006"],
        "solutions": list(solutions),
        "diagnosis": "The diagnosis. Next step: set the proxy.",
    }


def test_what_was_tried_is_not_advised_again() -> None:
    report = host_report(before=failing(PROXY), plan=PLAN, steps=[STEP], after=failing(PROXY, ASK))
    assert report["outcome"] == "not_repairable"
    assert report["reason"] == (
        "The proxy does not answer. Evidence: MpCmdRun answered 0x80070006. Tried without success: winhttp_proxy. "
        "Other solutions: say which proxy to use (ask the proxy team)."
    )


def test_where_nothing_is_left_nothing_is_advised() -> None:
    report = host_report(before=failing(PROXY), plan=PLAN, steps=[STEP], after=failing(PROXY))
    assert report["reason"].endswith("Tried without success: winhttp_proxy.")


def test_where_nothing_was_tried_the_diagnosis_stands() -> None:
    report = host_report(before=failing(PROXY), plan=PLAN, steps=[], after=None)
    assert report["reason"] == "The diagnosis. Next step: set the proxy."


def test_a_proof_is_kept_and_told() -> None:
    proof = {
        "outcome": "detected",
        "proven": True,
        "message": "Detected.",
        "threat": {"name": "Trojan:X"},
        "detection": {"time": "2026-11-24T10:00:00Z"},
        "action": {"action": "quarantine"},
        "quarantined": True,
    }
    healthy = {"connected": True}
    plan = {"outcome": "healthy", "cause": "none", "reason": "MAPS answered."}
    report = host_report(before=healthy, plan=plan, steps=[], after=healthy, detection=proof)
    assert report["reason"] == "MAPS answered. Detected."
    assert report["detection"] == {
        "outcome": "detected",
        "proven": True,
        "message": "Detected.",
        "threat": "Trojan:X",
        "time": "2026-11-24T10:00:00Z",
        "action": "quarantine",
        "quarantined": True,
    }


def test_a_proof_that_failed_has_nothing_but_its_message() -> None:
    plan = {"outcome": "healthy", "cause": "none", "reason": "MAPS answered."}
    failed = {"outcome": "failed", "proven": None, "message": "no shell"}
    report = host_report(before={"connected": True}, plan=plan, steps=[], after=None, detection=failed)
    assert report["outcome"] == "healthy"
    assert report["detection"]["threat"] == ""
    assert "detection" not in host_report(before={"connected": True}, plan=plan, steps=[], after=None)


def test_what_was_not_tried_is_next_and_in_check_mode_nothing_was_tried() -> None:
    report = host_report(before=failing(PROXY), plan=PLAN, steps=[STEP], after=failing(PROXY, ASK))
    assert report["next"] == [ASK]
    predicted = host_report(before=failing(PROXY, ASK), plan=PLAN, steps=[STEP], after=None, check_mode=True)
    assert predicted["next"] == [PROXY, ASK]
    assert host_report(before={"connected": True}, plan=PLAN, steps=[], after=None)["next"] == []


def test_times_stand_there_where_they_are_known() -> None:
    known = host_report(before=failing(), plan=PLAN, steps=[], after=None, started="2026-10-05T09:00:00Z")
    assert known["started"] == "2026-10-05T09:00:00Z"
    assert "finished" not in known
    assert unreachable_report("gone", finished="2026-10-05T09:00:09Z", check_mode=True) == {
        **unreachable_report("gone"),
        "finished": "2026-10-05T09:00:09Z",
        "check_mode": True,
    }


def test_a_step_says_how_long_it_took_and_what_was_found_after_it() -> None:
    step = {**STEP, "seconds": 0.5, "result": {}, "validation": failing(ASK)}
    (taken,) = host_report(before=failing(PROXY), plan=PLAN, steps=[step], after=failing(ASK))["steps"]
    assert taken["time"] == 0.5
    assert taken["diagnosis_after"] == failing()["diagnosis"]
