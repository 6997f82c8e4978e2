"""Kerberos principals of one sweep: each host is reached as its own, although a process has one credential cache."""

from __future__ import annotations

import os
import pathlib
import shutil
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from ansible_collections.windefend.maps.tests.support.fleet import ROOT, SimulatedFleet

StartFleet = Callable[[Mapping[str, Any]], SimulatedFleet]


@pytest.fixture
def kinit(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """The substitutes for kinit and for the library that reads what it wrote."""
    stubs = ROOT / "tests" / "support" / "kerberos"
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(stubs), os.environ.get("PYTHONPATH", "")]))
    (tmp_path / "found").write_text("svc-found\nPassword-found")
    monkeypatch.setenv("KRB5CCNAME", f"FILE:{tmp_path / 'found'}")
    return pathlib.Path(shutil.copy(stubs / "kinit", tmp_path))


def group(name: str, count: int, kinit: pathlib.Path, **variables: Any) -> dict[str, Any]:
    return {
        "name": f"{name}-{{n}}",
        "count": count,
        "account": {"user": f"svc-{name}", "password": f"Password-{name}"},
        "variables": {
            "ansible_winrm_transport": "kerberos",
            "ansible_winrm_kinit_cmd": str(kinit),
            **variables,
        },
    }


def test_principals_do_not_share_a_cache(start_fleet: StartFleet, kinit: pathlib.Path) -> None:
    fleet = start_fleet(
        {
            "hosts": [
                group("one", 4, kinit),
                group("two", 4, kinit),
                group("found", 2, kinit, ansible_winrm_kinit_mode="manual"),
                {"name": "ntlm"},
                group("lost", 2, kinit, ansible_winrm_kinit_cmd="/bin/false"),
            ]
        }
    )
    task = {"name": "sweep", "windefend.maps.sweep": {"action": "read"}, "run_once": True}
    run = fleet.play([task], "-v")
    assert run.of("sweep")["counts"] == {"ok": 11, "failed": 0, "unreachable": 2}, run.output
    assert all("svc-lost" in run.of("sweep")["hosts"][name]["msg"] for name in ("lost-1", "lost-2"))
    principals = (kinit.parent / "principals").read_text().split()
    assert principals == ["svc-one", "svc-two"], "one ticket for each, one after the other"
    assert "<one-1> through the client library's own transport: kerberos authentication" in run.output
    assert "<ntlm> through" not in run.output
