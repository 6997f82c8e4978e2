"""Every page, file and workflow names the ansible-core versions that meta/runtime.yml and the matrix name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from ansible_collections.windefend.maps.tests.matrix.run import CORES, DEVEL, Core, requirements

ROOT = Path(__file__).resolve().parents[2]
OLDEST, NEWEST = CORES[0].version, CORES[-1].version
PAGES = ("README.md", "CONTRIBUTING.md", "docs/install.md", "docs/real-hosts.md")
"""Pages that say which versions are supported."""


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_the_collection_requires_the_oldest_of_the_matrix() -> None:
    assert yaml.safe_load(read("meta/runtime.yml"))["requires_ansible"] == f">={OLDEST}.0"


@pytest.mark.parametrize("name", ["demo/requirements.txt", "tests/requirements.txt"])
def test_an_environment_takes_the_newest_that_its_python_can_run(name: str) -> None:
    assert re.findall(r"(?m)^ansible-core\S*", read(name)) == [f"ansible-core>={OLDEST}.0"]


@pytest.mark.parametrize("name", ["demo/lock.txt", "tests/lock.txt"])
def test_a_lock_has_a_supported_version_for_each_python(name: str) -> None:
    locked = re.findall(r"(?m)^ansible-core==(\d+\.\d+)\.", read(name))
    assert locked
    assert set(locked) <= {core.version for core in CORES}
    assert NEWEST in locked


def test_the_execution_environment_has_the_newest() -> None:
    wanted = yaml.safe_load(read("execution-environment.yml"))["dependencies"]["ansible_core"]["package_pip"]
    assert wanted == f"ansible-core~={NEWEST}.0"


@pytest.mark.parametrize("role", sorted(path.parent.parent.name for path in ROOT.glob("roles/*/meta/main.yml")))
def test_a_role_requires_the_oldest(role: str) -> None:
    assert yaml.safe_load(read(f"roles/{role}/meta/main.yml"))["galaxy_info"]["min_ansible_version"] == f"{OLDEST}.0"


@pytest.mark.parametrize("name", PAGES)
def test_a_page_names_the_oldest_and_none_before_it(name: str) -> None:
    named = re.findall(r"ansible-core (\d\.\d+)", read(name))
    assert OLDEST in named
    assert all(tuple(map(int, one.split("."))) >= tuple(map(int, OLDEST.split("."))) for one in named)


WORKFLOW = ".github/workflows/ci.yml"


def test_the_workflow_tries_every_supported_version_and_the_development_one() -> None:
    job = yaml.safe_load(read(WORKFLOW))["jobs"]["core"]
    assert job["strategy"]["matrix"]["core"] == [core.version for core in (*CORES, DEVEL)]
    assert DEVEL.version in job["continue-on-error"]
    pythons = [
        step["with"]["python-version"].split() for step in job["steps"] if "setup-python" in step.get("uses", "")
    ]
    assert [core.version for core in (*CORES, DEVEL) if not set(core.pythons) & set(pythons[0])] == []


def test_the_workflow_calls_targets_that_the_makefile_has() -> None:
    """With actions that are pinned by their commits, and no right but to read."""
    text = read(WORKFLOW)
    workflow = yaml.safe_load(text)
    assert workflow["permissions"] == {"contents": "read"}
    targets = set(re.findall(r"(?m)^([a-z-]+):", read("Makefile")))
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    called = [word for step in steps if "run" in step for word in step["run"].removeprefix("make ").split()]
    called += [word for words in workflow["jobs"]["check"]["strategy"]["matrix"]["targets"] for word in words.split()]
    named = {word for word in called if re.fullmatch(r"[a-z-]+", word)}
    assert {"lint", "types", "sanity", "unit", "integration", "docs", "package", "matrix"} <= named
    assert named <= targets
    uses = re.findall(r"uses: (.*)", text)
    assert uses
    assert all(re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", one) for one in uses)


@pytest.mark.parametrize(
    ("core", "line"),
    [
        (CORES[0], f"ansible-core~={OLDEST}.0"),
        (DEVEL, f"ansible-core @ {DEVEL.source}"),
    ],
    ids=["supported", "devel"],
)
def test_an_environment_of_the_matrix_has_that_version(core: Core, line: str, tmp_path: Path) -> None:
    assert re.findall(r"(?m)^ansible-core\b.*$", requirements(core, tmp_path).read_text()) == [line]
