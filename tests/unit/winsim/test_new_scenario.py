"""`winsim init`: a scenario for a role without one, and nothing that is there is replaced."""

from __future__ import annotations

import pathlib

import pytest
from ansible_collections.windefend.maps.winsim.__main__ import main
from ansible_collections.windefend.maps.winsim.fleet import load
from ansible_collections.windefend.maps.winsim.new_scenario import FILES


def written(role: pathlib.Path) -> set[str]:
    return {str(path.relative_to(role)) for path in role.rglob("*") if path.is_file()}


def test_an_empty_role_gets_a_scenario(tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    role = tmp_path / "my_role"
    role.mkdir()
    assert main(["init", str(role)]) == 0
    assert f"run `molecule test` in {role}" in capsys.readouterr().out
    assert written(role) == FILES.keys()
    assert "- role: my_role\n" in (role / "molecule" / "default" / "converge.yml").read_text()
    assert len(load(role / "molecule" / "default" / "fleet.yml").hosts) == 2


@pytest.mark.parametrize("there", ["molecule/default/molecule.yml", ".ansible-lint"])
def test_what_is_there_stays(tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str], there: str) -> None:
    file = tmp_path / "my_role" / there
    file.parent.mkdir(parents=True)
    file.write_text("mine")
    assert main(["init", str(tmp_path / "my_role")]) == 1
    assert f"already has {there}" in capsys.readouterr().err
    assert written(tmp_path / "my_role") == {there}
    assert file.read_text() == "mine"


@pytest.mark.parametrize(
    ("folder", "why"), [("nowhere", "is not a folder"), ("a role", "cannot be the name of a role")]
)
def test_a_folder_that_is_no_role_is_refused(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str], folder: str, why: str
) -> None:
    (tmp_path / "a role").mkdir()
    assert main(["init", str(tmp_path / folder)]) == 1
    assert why in capsys.readouterr().err
