"""Reports in Japanese, with requests to send, groups and a history, through real ansible-playbook runs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from ansible_collections.windefend.maps.tests.support.english import english
from ansible_collections.windefend.maps.tests.support.fleet import ROOT, SimulatedFleet

StartFleet = Callable[[Mapping[str, Any]], SimulatedFleet]
SCHEMA = json.loads((ROOT / "docs" / "report.schema.json").read_text(encoding="utf-8"))
FLEET = {
    "hosts": [
        {"name": "fine"},
        {"name": "broken", "scenario": "no_winhttp_proxy_72f8f"},
        {"name": "inspected", "scenario": "tls_inspection"},
    ]
}


@pytest.mark.parametrize("by_sweep", [True, False])
def test_a_fleet_over_time_in_japanese(start_fleet: StartFleet, tmp_path: Path, by_sweep: bool) -> None:
    fleet = start_fleet(FLEET)
    inventory = yaml.safe_load(fleet.inventory.read_text(encoding="utf-8"))
    inventory["os_server"] = {"hosts": {"fine": {}, "broken": {}}}
    inventory["everything"] = {"hosts": {"fine": {"floor": 3}, "broken": {}, "inspected": {}}}
    fleet.inventory.write_text(yaml.safe_dump(inventory), encoding="utf-8")
    variables = {
        "maps_use_sweep": by_sweep,
        "maps_report_path": "page.html,data.json",
        "report_language": "ja",
        "report_history": "history.jsonl",
        "report_group_by": ["os_*", "floor", "everything"],
    }
    look = fleet.playbook(ROOT / "playbooks" / "assess.yml", variables=variables)
    assert look.status == 0, look.output
    assert "診断: 3 台" in look.output
    data = json.loads((tmp_path / "data.json").read_text(encoding="utf-8"))
    jsonschema.validate(data, SCHEMA)
    assert data["hosts"]["broken"]["groups"] == {"os_*": "server", "floor": "", "everything": "everything"}
    assert data["hosts"]["fine"]["groups"]["floor"] == "3"
    assert english(data["hosts"]["broken"]["reason"]) == []
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert '<html lang="ja">' in page
    files = sorted(path.name for path in (tmp_path / "requests").iterdir())
    assert len(files) >= 2
    assert all((tmp_path / "requests" / name).stat().st_mode & 0o077 == 0 for name in files)
    assert any("宛先: " in (tmp_path / "requests" / name).read_text(encoding="utf-8") for name in files)
    (tmp_path / "requests" / "mine.md").write_text("my own\n")

    repair = fleet.playbook(
        ROOT / "playbooks" / "remediate.yml",
        "--limit",
        "broken,fine",
        variables={**variables, "remediate_winhttp_proxy": "proxy.corp.example:3128"},
    )
    assert repair.status == 0, repair.output
    lines = [json.loads(line) for line in (tmp_path / "history.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [(line["kind"], line["broken"], line["reached"]) for line in lines] == [
        ("assess", ["broken", "inspected"], []),
        ("remediate", [], ["broken"]),
    ]
    data = json.loads((tmp_path / "data.json").read_text(encoding="utf-8"))
    assert "windefend.maps.rollback" in data["runs"][0]["undo"] or "rollback.yml" in data["runs"][0]["undo"]
    assert data["excluded"] == ["inspected"]
    assert "推移" in (tmp_path / "page.html").read_text(encoding="utf-8")
    # Nothing is left for the teams of the first report, and what is not ours stays.
    assert (tmp_path / "requests" / "mine.md").read_text() == "my own\n"
    texts = [(tmp_path / "requests" / name).read_text(encoding="utf-8") for name in files if name.endswith(".md")]
    assert any("残っている作業はありません" in text for text in texts)


def test_what_hosts_cannot_be_grouped_by_is_refused(host: SimulatedFleet, tmp_path: Path) -> None:
    run = host.playbook(
        ROOT / "playbooks" / "assess.yml",
        variables={"maps_report_path": "page.json", "report_group_by": ["moon"], "maps_use_sweep": True},
    )
    assert "group_by: the inventory has no group moon, and no host has a variable moon" in " ".join(run.output.split())
    assert not (tmp_path / "page.json").exists()
