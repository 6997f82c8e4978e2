"""docs/monitoring.md names every metric and its labels, groups of the inventory plugin, and all keys of findings."""

from __future__ import annotations

import re
from pathlib import Path

from ansible_collections.windefend.maps.plugins.plugin_utils._report import groups, ocsf
from ansible_collections.windefend.maps.plugins.plugin_utils._report.formats import FORMATS, Presentation
from ansible_collections.windefend.maps.tests.support import report_fleet

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "monitoring.md").read_text(encoding="utf-8")
PLUGIN = (ROOT / "plugins" / "inventory" / "report.py").read_text(encoding="utf-8")


def test_the_tables_have_every_metric_with_its_labels() -> None:
    document = report_fleet.generated(400)
    next(iter(document["hosts"].values()))["after"]["latent"] = [{"id": "roots_frozen"}]
    text = FORMATS["prometheus"](report_fleet.read(document), Presentation("", metrics_of_hosts=True))
    written = {
        (line.partition("{")[0].partition(" ")[0], frozenset(re.findall(r'(\w+)="', line)))
        for line in text.splitlines()
        if not line.startswith("#")
    }
    rows = re.findall(r"^\| `(windefend_maps_\w+)` \| (.*?) \|", PAGE, re.MULTILINE)
    told = {(name, frozenset(re.findall(r"`(\w+)`", re.sub(r"\(.*?\)", "", labels)))) for name, labels in rows}
    assert told == written


def test_the_results_of_a_check_are_told() -> None:
    for verdict in ocsf.VERDICTS.values():
        row = next(line for line in PAGE.splitlines() if f"| {verdict.status} |" in line)
        cells = [cell.strip() for cell in row.split("|")]
        assert cells[3].startswith(f"{verdict.severity_id} (")
        assert cells[4].startswith(f"{verdict.finding_status_id} (")


def test_the_keys_of_a_finding_are_told() -> None:
    host = next(iter(report_fleet.read(report_fleet.generated(1))["hosts"].values()))
    for key in groups.finding(host, 0.0):
        assert f"`{key}`" in PAGE, key
        assert f"C({key})" in PLUGIN, key


def test_the_groups_of_a_host_are_told() -> None:
    for host in report_fleet.read(report_fleet.generated(400))["hosts"].values():
        for name in groups.groups(host, 0.0):
            kind = re.match(r"maps_(?:age|cause|caution|needs|outcome)_|maps_\w+", name)
            assert kind
            assert f"`{kind[0]}" in PAGE, name
