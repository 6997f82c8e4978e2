"""The quick reference names what there is: playbooks, variables with their defaults, outcomes."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import yaml
from ansible_collections.windefend.maps.docs.site import outcomes
from ansible_collections.windefend.maps.docs.site.pages import ROOT
from ansible_collections.windefend.maps.plugins.action import begin_run, sweep
from ansible_collections.windefend.maps.plugins.plugin_utils._ansible.known_variables import MAPS_VARIABLES
from ansible_collections.windefend.maps.plugins.plugin_utils._report.closing_words import OUTCOMES

PAGE = (ROOT / "docs" / "quick-reference.md").read_text(encoding="utf-8")
NOT_FOR_USERS = {name for name in MAPS_VARIABLES if name.startswith("maps_report_")} - {"maps_report_path"}
NOT_FOR_USERS |= {"maps_artifacts", "maps_shared"}
"""What set-ups and playbooks hand on to themselves."""
NOT_PLAYED = {"awx_setup", "winsim_start", "winsim_stop"}
"""Playbooks that are no work on a fleet of Windows hosts."""
OF_THE_CHECK = ("maps_allow_no_hosts", "maps_known_variables")
"""Variables that the lookup reads which checks a request."""
PASSED_ON = {(name, variable) for name in ("assess", "sweep") for variable in ("maps_run", "maps_journal")}
PASSED_ON |= {(name, "maps_use_sweep") for name in ("sweep", "fetched_lists", "remediate_by_roles")}
"""What a playbook only hands to its first task, and changes nothing that a user sees."""


def table(section: str) -> list[list[str]]:
    """The rows of the table of a section, as cells."""
    text = re.split(r"^## ", PAGE.partition(f"## {section}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]
    lines = [line for line in text.splitlines() if line.startswith("| `")]
    assert lines
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def names(cell: str) -> list[str]:
    return re.findall(r"`(\w+)`", cell)


def source(playbook: str) -> str:
    """A playbook with the tasks that it imports."""
    text = (ROOT / "playbooks" / f"{playbook}.yml").read_text(encoding="utf-8")
    for name in re.findall(r"import_tasks: (\S+)", text):
        text += (ROOT / "playbooks" / name).read_text(encoding="utf-8")
    return text


def test_every_playbook_is_there() -> None:
    shown = [names(row[0])[0] for row in table("Playbooks")]
    assert sorted(shown) == sorted({path.stem for path in (ROOT / "playbooks").glob("*.yml")} - NOT_PLAYED)


def test_every_variable_of_the_playbooks_is_there() -> None:
    shown = [names(row[0])[0] for row in table("Variables of the playbooks")]
    assert sorted(shown) == sorted(MAPS_VARIABLES - NOT_FOR_USERS)


@pytest.mark.parametrize("row", table("Variables of the playbooks"), ids=lambda row: row[0])
def test_a_variable_is_one_of_the_playbooks_that_are_named(row: list[str]) -> None:
    (variable,) = names(row[0])
    every = [names(cells[0])[0] for cells in table("Playbooks")]
    searched = r"windefend\.maps\.checked_hosts" if variable in OF_THE_CHECK else rf"\b{variable}\b"
    found = {name for name in every if re.search(searched, source(name)) and (name, variable) not in PASSED_ON}
    assert found == set(names(row[2]))


def shown_default(option: dict[str, Any]) -> str:
    if "default" not in option:
        return "none"
    default = option["default"]
    if isinstance(default, list) and default:
        return f"{('', 'one', 'two')[len(default)]} rules"
    return f"`{default if isinstance(default, str) and default else json.dumps(default)}`"


@pytest.mark.parametrize("role", ["assess", "remediate"])
def test_every_variable_of_a_role_is_there_with_its_default(role: str) -> None:
    path = ROOT / "roles" / role / "meta" / "argument_specs.yml"
    options = yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"]["main"]["options"]
    shown = {names(row[0])[0]: row[1] for row in table(f"Variables of {role}")}
    assert shown == {name: shown_default(option) for name, option in options.items()}


def test_every_outcome_has_its_runs() -> None:
    assert {name for ends in outcomes.RUNS.values() for name in ends} == set(OUTCOMES)


@pytest.mark.parametrize(("role", "runs"), [("assess", "assess, validate, sweep"), ("remediate", "remediate")])
def test_a_run_may_fail_on_each_of_its_outcomes(role: str, runs: str) -> None:
    path = ROOT / "roles" / role / "meta" / "argument_specs.yml"
    options = yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"]["main"]["options"]
    assert sorted(options[f"{role}_fail_on"]["choices"]) == sorted(outcomes.RUNS[runs])


def test_the_numbers_are_those_of_the_code() -> None:
    fleets = (ROOT / "docs" / "large-fleets.md").read_text(encoding="utf-8")
    module = (ROOT / "plugins" / "modules" / "sweep.yml").read_text(encoding="utf-8")
    waiting = {
        name: int(sweep._host_timeout({"host_timeout": None, "timeout": None, "action": name}))
        for name in sweep.ACTIONS
    }
    assert waiting.pop("remediate") == 780
    assert set(waiting.values()) == {300}
    assert "300 seconds; 780 for a repair" in PAGE
    assert "300 seconds, for a repair 780" in fleets
    assert "780 seconds and 300 seconds" in module
    for text in (PAGE, fleets, (ROOT / "plugins" / "modules" / "begin_run.yml").read_text(encoding="utf-8")):
        assert f"more than {begin_run.MOST_HOST_BY_HOST} hosts" in text
    assert f"and {sweep.MOST_AT_ONCE} at most" in fleets
    default = sweep.ActionModule.SPEC.options["concurrency"]["default"]
    assert f"`{default}`" in {row[1] for row in table("Variables of the playbooks")}
