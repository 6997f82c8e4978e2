"""windefend.maps.root_update and its role through real ansible-playbook runs ("preferred 2": no internet)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from ansible_collections.windefend.maps.tests.support.fleet import SimulatedFleet
from ansible_collections.windefend.maps.winsim import physics, routing
from ansible_collections.windefend.maps.winsim.machine.accounts import ADMINISTRATORS_SID, SYSTEM, SYSTEM_SID
from ansible_collections.windefend.maps.winsim.machine.builder import filetime
from ansible_collections.windefend.maps.winsim.machine.network import Barrier
from ansible_collections.windefend.maps.winsim.machine.registry import ValueType
from ansible_collections.windefend.maps.winsim.machine.trust_lists import ROOT_KEY
from ansible_collections.windefend.maps.winsim.snapshot import difference

StartFleet = Callable[[Mapping[str, Any]], SimulatedFleet]
AUTO_UPDATE = r"HKLM\SOFTWARE\Microsoft\SystemCertificates\AuthRoot\AutoUpdate"
POLICY = r"HKLM\SOFTWARE\Policies\Microsoft\SystemCertificates\AuthRoot"
SHARE = r"file://\\files.corp.example\ctl"
REQUESTS: dict[str, Any] = {
    "root_dir_url": SHARE,
    "disable_root_auto_update": False,
    "enable_disallowed_cert_auto_update": True,
}


@pytest.mark.parametrize("locale", ["en", "ja"])
def test_set_kept_and_given_back(start_fleet: StartFleet, locale: str) -> None:
    fleet = start_fleet({"hosts": [{"name": "pc", "locale": locale}]})
    before = fleet.state("pc")
    foretold = fleet.module("root_update", "--check", "--diff", **REQUESTS).of("it")
    assert foretold["changed"]
    assert foretold["diff"]["after"]["root_dir_url"] == SHARE
    assert fleet.state("pc") == before

    done = fleet.module("root_update", "--diff", **REQUESTS).of("it")
    assert done["changed"]
    assert {name: done["after"][name] for name in REQUESTS} == REQUESTS
    assert done["changed_values"] == ["DisableRootAutoUpdate", "EnableDisallowedCertAutoUpdate", "RootDirUrl"]
    assert done["lists"]["trusted"]["present"]
    assert done["lists"]["disallowed"]["stale"] is False
    assert any("second hop" in warning for warning in done["warnings"])
    registry = fleet.machines["pc"].registry
    assert registry.text(AUTO_UPDATE, "RootDirUrl") == SHARE
    assert registry.data(POLICY, "DisableRootAutoUpdate") == 0
    assert not fleet.module("root_update", **REQUESTS).of("it")["changed"]

    back = fleet.module("root_update", state="absent", names=list(REQUESTS)).of("it")
    assert len(back["restored_to_default"]) == 3
    assert difference(before, fleet.state("pc")) == []


def test_a_root_out_of_reach_is_cured(host: SimulatedFleet) -> None:
    """A network without internet: the root is not known and Windows Update is out of reach, a share is not."""
    machine = host.machines["pc"]
    machine.registry.delete_key(ROOT_KEY)
    machine.network.direct.blocked["ctldl.windowsupdate.com:80"] = Barrier.DROP
    machine.network.trust_list_shares = [r"\\files.corp.example\ctl"]
    assert physics.validate(machine, SYSTEM).broken == (routing.Condition.ROOT_UNKNOWN,)
    host.module("root_update", root_dir_url=SHARE)
    assert physics.validate(machine, SYSTEM).connected


def test_a_broken_access_list_is_warned_of(host: SimulatedFleet) -> None:
    """Revocation seems offline on a healthy network because CryptSvc may not write its key."""
    machine = host.machines["pc"]
    stamp = filetime(machine.now() - dt.timedelta(days=40))
    machine.registry.set(AUTO_UPDATE, "DisallowedCertLastSyncTime", ValueType.BINARY, stamp)
    machine.registry.protect(AUTO_UPDATE, frozenset({SYSTEM_SID, ADMINISTRATORS_SID}))
    assert not physics.validate(machine, SYSTEM).connected
    seen = host.module("root_update").of("it")
    assert not seen["changed"]
    assert seen["lists"]["disallowed"]["stale"] is True
    assert seen["lists"]["disallowed"]["age_days"] == pytest.approx(40, abs=0.1)
    assert any("0x80092013" in warning and "permissions" in warning for warning in seen["warnings"])


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ({"root_dir_url": "https://ctl.corp.example"}, "root_dir_url"),
        ({"root_dir_url": "\\\\files\\ctl"}, "root_dir_url"),
        ({"root_dir_url": "http://a/%5c"}, "root_dir_url"),
        ({"stale_after": 0}, "stale_after"),
        ({"state": "absent"}, "names"),
        ({"state": "absent", "names": ["RootDirUrl"]}, "names"),
        ({"state": "absent", "names": ["root_dir_url"], "root_dir_url": "http://a/b"}, "state=absent"),
        ({"names": ["root_dir_url"]}, "names requires state=absent"),
        ({"disable_root_auto_update": "perhaps"}, "disable_root_auto_update"),
    ],
)
def test_refused_before_anything_is_sent(host: SimulatedFleet, arguments: dict[str, Any], names: str) -> None:
    run = host.module("root_update", **arguments)
    assert run.kind("it") == "failed"
    assert names in run.of("it")["msg"]
    assert host.machines["pc"].log == []


def role(fleet: SimulatedFleet, *options: str, **variables: Any) -> dict[str, Any]:
    """Runs the role and gives what it left in root_update_result."""
    tasks = [
        {"ansible.builtin.include_role": {"name": "windefend.maps.root_update"}},
        {"name": "it", "ansible.builtin.debug": {"var": "root_update_result"}},
    ]
    run = fleet.play(tasks, *options, vars={f"root_update_{name}": value for name, value in variables.items()})
    assert run.status == 0, run.output
    return dict(run.of("it")["root_update_result"])


def test_the_role_sets_reads_and_takes_back(host: SimulatedFleet) -> None:
    before = host.state("pc")
    assert not role(host)["changed"], "nothing was given, so it only reads"
    assert host.state("pc") == before
    assert role(host, **REQUESTS)["after"]["root_dir_url"] == SHARE
    assert not role(host, **REQUESTS)["changed"]
    back = role(host, state="absent", **REQUESTS)
    assert back["restored_to_default"] == ["DisableRootAutoUpdate", "EnableDisallowedCertAutoUpdate", "RootDirUrl"]
    assert difference(before, host.state("pc")) == []
