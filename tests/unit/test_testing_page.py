"""The page about testing one's own role shows the example as it is, and no scenario of Molecule's is empty."""

from __future__ import annotations

import pathlib
import re
import textwrap

import pytest
import yaml
from ansible_collections.windefend.maps.winsim import new_scenario

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "testing.md").read_text(encoding="utf-8")
VERSION = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))["version"]
EXAMPLE = ROOT / "tests" / "molecule" / "corp_defender"
MOLECULE = ROOT / "extensions" / "molecule"
SCENARIOS = sorted(path.parent for path in MOLECULE.glob("*/molecule.yml"))
SHOWN = re.findall(r"<!-- file: (\S+) -->\n```\w+\n(.*?)```", PAGE, re.DOTALL)


def test_the_page_shows_files() -> None:
    names = {name for name, _unused in SHOWN}
    assert {f"molecule/default/{name}.yml" for name in ("molecule", "fleet", "create", "converge", "destroy")} < names


@pytest.mark.parametrize(("name", "text"), SHOWN, ids=[name for name, _unused in SHOWN])
def test_a_file_is_shown_as_it_is(name: str, text: str) -> None:
    assert (EXAMPLE / name).read_text(encoding="utf-8") == text


def test_the_tree_shows_every_file() -> None:
    """And nothing else, but for the archive, which is put there."""
    tree = re.search(r"```text\ncorp_defender/\n(.*?)```", PAGE, re.DOTALL)
    assert tree
    shown, folder = set(), ""
    for line in textwrap.dedent(tree[1]).splitlines():
        if line.endswith("/"):
            folder = line.strip()
        else:
            shown |= {(folder if line.startswith(" ") else "") + name for name in line.split()}
    there = {
        str(path.relative_to(EXAMPLE))
        for path in EXAMPLE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert shown == (there - {"README.md"}) | {f"vendor/windefend-maps-{VERSION}.tar.gz"}


def test_the_scenario_for_a_new_role_is_that_of_the_example() -> None:
    """But for what the collection's own source needs, and what belongs to the role."""
    for path in ("create.yml", "destroy.yml", "converge.yml", "tests/conftest.py"):
        name = f"molecule/default/{path}"
        assert new_scenario.FILES[name].replace("@role@", EXAMPLE.name) == (EXAMPLE / name).read_text(encoding="utf-8")
    made = yaml.safe_load(new_scenario.FILES["molecule/default/molecule.yml"])
    shown = yaml.safe_load((EXAMPLE / "molecule" / "default" / "molecule.yml").read_text(encoding="utf-8"))
    assert made.pop("dependency") == {"name": "galaxy", "enabled": False}
    assert shown["scenario"]["test_sequence"].pop(0) == "dependency"
    del shown["dependency"]
    assert made == shown


def test_the_table_of_scenarios() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", PAGE.partition("| scenario | what it shows |")[2], re.MULTILINE)
    assert rows
    assert sorted(rows) == [path.name for path in SCENARIOS]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda path: path.name)
def test_every_verification_finds_tests(scenario: pathlib.Path) -> None:
    """Molecule passes over a verification without tests in silence, and over a playbook that is not there."""
    settings = [yaml.safe_load(path.read_text()) for path in (MOLECULE / "config.yml", scenario / "molecule.yml")]
    (*_unused, sequence) = [one["scenario"]["test_sequence"] for one in settings if "scenario" in one]
    verifications = [step.split()[1] for step in sequence if step.startswith("verify")]
    assert {"tests/before", "tests/after"} <= set(verifications)
    for folder in verifications:
        assert any("def test_" in path.read_text() for path in (scenario / folder).glob("test_*.py")), folder
    assert sequence[-1] == "destroy"
    assert {"create", "prepare", "check", "converge", "idempotence"} <= set(sequence)
    assert (scenario / "converge.yml").is_file()
    assert (scenario / "side_effect.yml").is_file() == ("side_effect" in sequence)
    for playbook in settings[0]["provisioner"]["playbooks"].values():
        assert (scenario / playbook).is_file()
