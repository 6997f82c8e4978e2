"""The self-check: each fact holds on winsim, those that rest on an altered answer fail, a preview sends nothing."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.windefend.maps.plugins.plugin_utils._domain import self_check
from ansible_collections.windefend.maps.plugins.plugin_utils._windows import registry
from ansible_collections.windefend.maps.tests.integration.test_replay import altered, recorded
from ansible_collections.windefend.maps.tests.support.fleet import ROOT, SimulatedFleet

StartFleet = Callable[[Mapping[str, Any]], SimulatedFleet]
COMMAND = "ansible-playbook windefend.maps.selfcheck"
PLAYBOOK = pathlib.Path(COMMAND.split()[1])
TASK = "Test the facts"
NEED_ERRORLEVEL = [name for name, one in self_check.CHECKS.items() if one.needs == "errorlevel_later"]
NOT_SHOWN = dict.fromkeys(
    (
        *(
            "discovery",
            "dns_domain",
            "hardening_rules",
            "events",
            "last_success",
            "last_failure",
            "last_failure_as_text",
        ),
        *("maps_events", "cached_proxy", "own_proxy", "core_service", "onboarding_state", "onboarding_package"),
        *("sensor_proxy", "update_server", "capi2_events", "fetched_list", "product_name"),
    ),
    "not_asked",
)
"""What a host shows that has such a setting, or such an event, and this one has none."""


def states(result: Mapping[str, Any]) -> dict[str, str]:
    return {row["name"]: row["state"] for row in result["facts"]}


def test_every_fact_is_one_of_the_ledger() -> None:
    page = (ROOT / "docs" / "evidence.md").read_text(encoding="utf-8")
    assert [name for name, one in self_check.CHECKS.items() if f"| {one.row}" not in page] == []


def test_every_key_that_must_be_there_is_asked_for() -> None:
    """Two of them end in the same name."""
    commands = " ".join(one.command.text for one in self_check.CHECKS.values())
    assert [key for key in registry.ALWAYS_THERE if f'reg query "{key}" ' not in commands] == []


def test_every_fact_holds_on_winsim_and_those_of_an_altered_answer_do_not(
    start_fleet: StartFleet, tmp_path: pathlib.Path
) -> None:
    hosts = {"hosts": [{"name": "pc", "scenario": "healthy_behind_proxy"}]}
    found = start_fleet(hosts).playbook(PLAYBOOK, variables={"maps_record": str(tmp_path / "rec")}).of(TASK)
    assert {name: state for name, state in states(found).items() if state != "held"} == NOT_SHOWN, json.dumps(
        found["facts"], indent=1
    )
    number = len(self_check.CHECKS)
    held = number - len(NOT_SHOWN)
    assert held > 60
    assert found["score"] == {"held": held, "not_held": 0, "not_asked": len(NOT_SHOWN), "asked": held}
    path = recorded(tmp_path / "rec")
    whole = path.read_text(encoding="utf-8")
    for number, (command, wrong) in enumerate(
        (
            ("find /c /v", {"lines_counted": "not_held", "root_folder": "not_held"}),
            ("cmd /c exit 5& call", {"errorlevel_later": "not_held", **dict.fromkeys(NEED_ERRORLEVEL, "not_asked")}),
            ("/v WinHttpSettings /reg:64", {"winhttp_blob": "not_held"}),
            ("FirewallRules", {"firewall_rules": "not_held"}),
            ("sc query WinDefend", {"service_state": "not_held"}),
        )
    ):  # fmt: skip
        path.write_text(whole, encoding="utf-8")
        assert altered(path, command, lambda one: one.update(text="nonsense\r\n"))
        replayed = start_fleet({"network": f"127.44.{number}.0/24", "hosts": [{"name": "pc", "recording": str(path)}]})
        again = states(replayed.playbook(PLAYBOOK).of(TASK))
        assert {name: state for name, state in again.items() if state != "held"} == NOT_SHOWN | wrong


def test_a_preview_shows_what_would_be_written_and_writes_nothing(
    start_fleet: StartFleet, tmp_path: pathlib.Path
) -> None:
    fleet = start_fleet(
        {"hosts": [{"name": "pc-secret", "account": {"user": "nobody-knows", "password": "Winsim-1!"}}]}
    )
    folder = tmp_path / "rec"
    variables = {"maps_record": str(folder), "selfcheck_preview": True}
    run = fleet.playbook(PLAYBOOK, variables=variables)
    found = run.of(TASK)
    assert not folder.exists()
    head, *lines = found["recording"]
    assert head["format"] == "windefend.maps.recording/1"
    asked = [answer["asked"] for line in lines for answer in line["answers"]]
    fleet.playbook(PLAYBOOK, variables={"maps_record": str(folder)})
    written = [json.loads(line) for line in recorded(folder).read_text(encoding="utf-8").splitlines()]
    assert asked == [answer["asked"] for line in written[1:] for answer in line["answers"]]
    assert len(asked) >= len(self_check.CHECKS)
    assert "secret" not in json.dumps(found["recording"]).lower()
    assert "nobody" not in json.dumps(found["recording"]).lower()
