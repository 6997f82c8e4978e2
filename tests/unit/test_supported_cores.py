"""Every page and file names the ansible-core versions that meta/runtime.yml and the matrix name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from ansible_collections.windefend.maps.tests.matrix.run import CORES

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
