"""winsim's page tells what there is."""

from __future__ import annotations

import pathlib
import re

import yaml
from ansible_collections.windefend.maps.winsim import fleet
from ansible_collections.windefend.maps.winsim.machine.builder import LOCALES, SYSTEMS
from ansible_collections.windefend.maps.winsim.scenarios import SCENARIOS

PAGE = (pathlib.Path(fleet.__file__).parent / "README.md").read_text(encoding="utf-8")


def test_the_table_of_scenarios() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| `(\w+)` \|", PAGE, re.MULTILINE)
    assert sorted(rows) == sorted((n, s.expect.outcome.value, s.expect.cause.value) for n, s in SCENARIOS.items())


def test_the_fleet_file_of_the_page_works() -> None:
    block = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)[0]
    made = fleet.parse(yaml.safe_load(block))
    assert [host.name for host in made.hosts][-2:] == ["pc-200", "dc-1"]


def test_systems_and_locales() -> None:
    for name in (*SYSTEMS, *LOCALES):
        assert f"`{name}`" in PAGE
