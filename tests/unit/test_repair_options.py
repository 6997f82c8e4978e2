"""The options of a repair and of an assessment stand in one table; pages, roles and the sweep say the same."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.windefend.maps.plugins.action import maps_connection, maps_connection_info, sweep
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.remediation.request import (
    ASSESS_OPTIONS,
    OPTIONS,
    RULES,
)

ROOT = Path(__file__).resolve().parents[2]
TABLES = {"assess": ASSESS_OPTIONS, "remediate": OPTIONS}
OF_THE_ROLE = {
    "assess": {"fail_on", "ignore_unreachable"},
    "remediate": {"fail_on", "fail_on_error"},
}
"""Options of a role that the module does not have."""
MODULES = {"assess": "windefend.maps.maps_connection_info", "remediate": "windefend.maps.maps_connection"}
COMPARED = ("type", "elements", "choices", "default")
OTHER_DEFAULTS: dict[str, dict[str, Any]] = {
    # The module alone reads as little as it can; the role finds the cause.
    "maps_connection_info": {"run_as": "current", "probe": "never"},
}
"""Module -> options whose default differs from that of the table, and that default."""


def of_role(role: str, part: str) -> Any:
    return yaml.safe_load((ROOT / "roles" / role / part / "main.yml").read_text(encoding="utf-8"))


def role_options(role: str) -> dict[str, Any]:
    """The options of the role's argument spec, without its prefix."""
    path = ROOT / "roles" / role / "meta" / "argument_specs.yml"
    options = yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"]["main"]["options"]
    assert all(name.startswith(f"{role}_") for name in options)
    return {name.removeprefix(f"{role}_"): option for name, option in options.items()}


def page_options(module: str) -> dict[str, Any]:
    page = yaml.safe_load((ROOT / "plugins" / "modules" / f"{module}.yml").read_text(encoding="utf-8"))
    return dict(page["DOCUMENTATION"]["options"])


def compared(option: Mapping[str, Any], without: str = "") -> dict[str, Any]:
    return {key: option.get(key) for key in COMPARED if key != without}


def disagreements(table: Mapping[str, Any], other: Mapping[str, Any], without: str = "") -> list[str]:
    """What a table and the options of another place say differently, one line each."""
    found = [f"{name} is missing" for name in table.keys() - other.keys()]
    for name in sorted(table.keys() & other.keys()):
        ours, theirs = compared(table[name], without), compared(other[name], without)
        found += [f"{name}: {key} is {ours[key]!r}, there {theirs[key]!r}" for key in ours if ours[key] != theirs[key]]
    return found


@pytest.mark.parametrize("role", TABLES)
def test_the_argument_spec_of_a_role(role: str) -> None:
    options = role_options(role)
    assert disagreements(TABLES[role], options) == []
    assert options.keys() - TABLES[role].keys() == OF_THE_ROLE[role]


@pytest.mark.parametrize("role", TABLES)
def test_the_defaults_of_a_role(role: str) -> None:
    """An option without a default stays undefined, so that the module's own rule applies."""
    defaults = {name.removeprefix(f"{role}_"): value for name, value in of_role(role, "defaults").items()}
    expected = {name: option["default"] for name, option in role_options(role).items() if "default" in option}
    # The report's language holds for the diagnoses in it, unless they have one of their own.
    assert defaults.pop("language") == f"{{{{ report_language | default('{expected.pop('language')}') }}}}"
    assert defaults == expected


@pytest.mark.parametrize("role", TABLES)
def test_a_role_passes_every_option_on(role: str) -> None:
    (task,) = [task for task in of_role(role, "tasks") if MODULES[role] in task]
    assert task[MODULES[role]] == {
        name: f"{{{{ {role}_{name}{'' if 'default' in option else ' | default(omit)'} }}}}"
        for name, option in TABLES[role].items()
    }


def test_the_page_of_maps_connection() -> None:
    assert disagreements(OPTIONS, page_options("maps_connection")) == []
    assert disagreements(OPTIONS, maps_connection.ActionModule.SPEC.options) == []


def test_the_page_of_maps_connection_info() -> None:
    table: dict[str, Any] = copy.deepcopy(dict(ASSESS_OPTIONS))
    for name, default in OTHER_DEFAULTS["maps_connection_info"].items():
        table[name]["default"] = default
    assert disagreements(table, page_options("maps_connection_info")) == []
    assert disagreements(table, maps_connection_info.ActionModule.SPEC.options) == []


def test_the_page_of_a_sweep() -> None:
    """Without defaults: what a task does not give comes from the variables of each host."""
    options = page_options("sweep")
    for table in TABLES.values():
        assert disagreements(table, options, without="default") == []
        assert disagreements(table, sweep.ActionModule.SPEC.options, without="default") == []
        assert [name for name in table if "default" in options[name]] == []


def test_the_rules_of_the_role_firewall_are_the_same() -> None:
    assert of_role("firewall", "defaults")["firewall_rules"] == list(RULES)


@pytest.mark.parametrize(
    ("key", "value"), [("type", "int"), ("choices", ["bypass"]), ("default", "refuse"), ("elements", "str")]
)
def test_a_difference_is_found(key: str, value: Any) -> None:
    other: dict[str, Any] = copy.deepcopy(dict(OPTIONS))
    other["internal_update_sources"][key] = value
    assert len(disagreements(OPTIONS, other)) == 1
    del other["internal_update_sources"]
    assert disagreements(OPTIONS, other) == ["internal_update_sources is missing"]


def test_the_page_on_the_architecture_lists_the_files_of_a_repair() -> None:
    rows = re.findall(r"(?m)^\| `(\w+)\.py` \|", (ROOT / "docs" / "architecture.md").read_text("utf-8"))
    folder = ROOT / "plugins" / "plugin_utils" / "_domain" / "remediation"
    assert sorted(rows) == sorted({path.stem for path in folder.glob("*.py")} - {"__init__"})
