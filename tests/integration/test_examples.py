"""Every EXAMPLES block of the documentation is run as it stands, on a host where it makes sense."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Callable, Mapping
from typing import Any

import pytest
import yaml
from ansible_collections.windefend.maps.tests.support.fleet import ROOT, SimulatedFleet
from ansible_collections.windefend.maps.tests.support.return_values import ALWAYS, differences
from ansible_collections.windefend.maps.winsim.machine import neighbours
from ansible_collections.windefend.maps.winsim.machine.network import Barrier

StartFleet = Callable[[Mapping[str, Any]], SimulatedFleet]
MODULES = sorted((ROOT / "plugins" / "modules").glob("*.yml"), key=lambda path: path.stem)
FOLDER = {"windefend.maps.ctl_folder": {"path": r"C:\ctl", "share": "ctl"}}
ON_SERVER = {"delegate_to": "srv"}
EARLIER = {
    "ctl_sync": [FOLDER],
    "ctl_source_info": [{**FOLDER, **ON_SERVER}, {"windefend.maps.ctl_sync": {"path": r"C:\ctl"}, **ON_SERVER}],
    "maps_connection_info": [{"windefend.maps.host_info": {}, "register": "host"}],
}
"""Tasks whose results an example takes from elsewhere in a play."""
ANSIBLES_OWN = {"changed", "diff", "failed", "failed_when_result", "invocation", "msg", "skipped", "warnings"}
EMPTY_REPORT: dict[str, Any] = {"schema": 1, "outcomes": {}, "causes": {}, "hosts": {}}
PROXIES = {"proxy-a.corp.example:8080": {}, "proxy-b.corp.example:8443": {}}
HOST = {
    "name": "pc",
    "site": "berlin",
    "scenario": "healthy_behind_proxy",
    "overrides": {"network": {"proxies": PROXIES}},
}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_examples_of_a_module(start_fleet: StartFleet, path: pathlib.Path) -> None:
    fleet = start_fleet({"hosts": [HOST, {"name": "srv", "site": "tokyo"}, {"name": "files", "site": "berlin"}]})
    # The perimeter is no matter of a file share on the company's network.
    fleet.machines["pc"].network.direct.blocked = {"*:80": Barrier.DROP, "*:443": Barrier.DROP}
    for machine in fleet.machines.values():  # a drive of NTFS, which is never empty
        machine.files.make_directory(r"D:\System Volume Information")
    server = fleet.machines["files"]
    server.files.make_directory(r"C:\defender\x64")
    server.files.write(r"C:\defender\x64\mpam-fe.exe", b"MZ")
    neighbours.add_share(server, neighbours.Share("defender", r"C:\defender", (("S-1-5-11", "R"),)))
    text = yaml.safe_load(path.read_text(encoding="utf-8"))["EXAMPLES"]
    tasks = yaml.safe_load(text.replace("/srv/maps/", f"{fleet.folder}/"))
    for day in ("monday", "tuesday"):
        (fleet.folder / f"{day}.json").write_text(json.dumps(EMPTY_REPORT))
    assert any(f"windefend.maps.{path.stem}" in task for task in tasks)
    run = fleet.play([*EARLIER.get(path.stem, []), *tasks], hosts="pc")
    assert run.status == 0, run.output
    document = yaml.safe_load(path.read_text(encoding="utf-8"))["RETURN"]
    ours = {task["name"] for task in tasks if f"windefend.maps.{path.stem}" in task}
    returned = [result["result"] for result in run.results if result["task"] in ours]
    assert returned
    for result in returned:
        real = {key: value for key, value in result.items() if key not in ANSIBLES_OWN and not key.startswith("_")}
        missing = {key for key, text in document.items() if text["returned"] in ALWAYS} - real.keys()
        assert not missing or result.get("skipped")
        assert differences(real, {key: document[key] for key in document if key in real}, conditional=False) == []
    shown = {result["task"] for result in run.results}
    assert {task["name"] for task in tasks} <= shown
