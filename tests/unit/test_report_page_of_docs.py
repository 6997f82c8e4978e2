"""docs/report.md names every format, every outcome and every number that the playbook hands on."""

from __future__ import annotations

import re
from pathlib import Path

import yaml
from ansible_collections.windefend.maps.plugins.plugin_utils._report import (
    formats as report_formats,
    junit as report_junit,
    labels,
)

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "report.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[list[str]]:
    """The names in each cell of the table whose head begins so."""
    table = PAGE[PAGE.index(f"| {heading} |") :].split("\n\n")[0].splitlines()[2:]
    return [re.findall(r"`([^`]+)`", line) for line in table]


def test_every_format_is_explained() -> None:
    assert [names[0] for names in rows("format")] == list(report_formats.FORMATS)


def test_every_outcome_has_its_test_result() -> None:
    said = {
        name: line
        for line in PAGE.splitlines()
        for name in re.findall(r"`(\w+)`", line.split("|")[1:2][0] if "|" in line else "")
    }
    kinds = {"passed": report_junit.PASSED, "failure": report_junit.FAILURES, "skipped": report_junit.SKIPPED}
    for kind, outcomes in kinds.items():
        for outcome in outcomes:
            assert said[outcome].endswith(f"| {kind} |")
    told = {name for names in rows("outcome") for name in names}
    assert told == set(labels.OUTCOMES)


def test_every_number_of_a_workflow_is_named() -> None:
    (play,) = yaml.safe_load((ROOT / "playbooks" / "report.yml").read_text(encoding="utf-8"))
    (stats,) = [
        task["ansible.builtin.set_stats"]["data"] for task in play["tasks"] if "ansible.builtin.set_stats" in task
    ]
    assert [name for name in stats if f"`{name}`" not in PAGE] == []
