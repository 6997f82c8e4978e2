"""A result with its report: also of a host that was not reached, or could not be read."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._ansible.reported import with_report
from ansible_collections.windefend.maps.tests.support.remediation import PromptHost, repair
from ansible_collections.windefend.maps.tests.support.simulated_host import machine

TRAFFIC = {"seconds": 1.234, "requests": 7, "bytes_sent": 100, "bytes_received": 11}


def ran(name: str, **variables: Any) -> dict[str, Any]:
    return {**repair(PromptHost(machine(name)), {"probe": "never", **variables}), "traffic": dict(TRAFFIC)}


def test_a_repair_keeps_its_report_and_says_how_it_ended() -> None:
    result = with_report(ran("no_winhttp_proxy_70006"), False, 0.0)
    assert (result["outcome"], result["reason"]) == ("repaired", result["report"]["reason"])
    assert (result["report"]["time"], result["report"]["requests"], result["report"]["bytes"]) == (1.23, 7, 111)
    assert "failed" not in result
    assert result["changed"] is True


def test_traffic_that_cannot_be_measured_is_not_known() -> None:
    result = ran("healthy")
    result["traffic"]["bytes_sent"] = None
    assert with_report(result, False, 0.0)["report"]["bytes"] is None
    assert with_report({**ran("healthy"), "traffic": None}, False, 0.0)["report"]["requests"] == 0


def test_a_failed_outcome_fails_the_task_with_its_reason() -> None:
    result = ran("healthy")
    result["report"] |= {"outcome": "failed", "reason": "a step failed"}
    found = with_report({**result, "changed": True}, False, 0.0)
    assert (found["failed"], found["msg"], found["changed"]) == (True, "a step failed", True)


@pytest.mark.parametrize("check_mode", [True, False])
def test_a_host_that_was_not_reached_has_a_report(check_mode: bool) -> None:
    found = with_report({"unreachable": True, "changed": False, "msg": "pc: gone"}, check_mode, 0.0)
    assert (found["outcome"], found["reason"], found["report"]["check_mode"]) == ("unreachable", "pc: gone", check_mode)
    assert found["unreachable"] is True
    assert "failed" not in found
    assert found["report"]["started"] == "1970-01-01T00:00:00Z"
    assert found["report"]["debt"] is None, "nobody looked"
    assert "needs_work" not in found


def test_a_host_that_could_not_be_read_failed() -> None:
    found = with_report({"failed": True, "changed": False, "msg": "pc: no reg.exe"}, False, 0.0)
    assert (found["failed"], found["outcome"], found["msg"]) == (True, "failed", "pc: no reg.exe")
    assert found["report"]["cause"] == "unknown"
    assert found["report"]["debt"] is None
