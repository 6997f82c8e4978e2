"""What follows from the lists of root certificates: an unknown root, and lists that CryptSvc cannot write."""

from __future__ import annotations

import datetime as dt

import pytest
from ansible_collections.windefend.maps.winsim import overrides, physics
from ansible_collections.windefend.maps.winsim.machine.accounts import (
    ADMINISTRATORS_SID,
    NETWORK_SERVICE_SID,
    SYSTEM,
    SYSTEM_SID,
)
from ansible_collections.windefend.maps.winsim.machine.builder import build, filetime
from ansible_collections.windefend.maps.winsim.machine.model import Machine
from ansible_collections.windefend.maps.winsim.machine.network import Barrier
from ansible_collections.windefend.maps.winsim.machine.registry import ValueType
from ansible_collections.windefend.maps.winsim.machine.trust_lists import ROOT_KEY
from ansible_collections.windefend.maps.winsim.routing import Condition

AUTO_UPDATE = r"HKLM\SOFTWARE\Microsoft\SystemCertificates\AuthRoot\AutoUpdate"
POLICY = r"HKLM\SOFTWARE\Policies\Microsoft\SystemCertificates\AuthRoot"
SPYNET = r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender\Spynet"


@pytest.fixture
def machine() -> Machine:
    return build("PC-001", seed=1)


def broken(machine: Machine) -> tuple[Condition, ...]:
    return physics.validate(machine, SYSTEM).broken


@pytest.fixture
def rootless(machine: Machine) -> Machine:
    machine.registry.delete_key(ROOT_KEY)
    return machine


def test_a_known_root_needs_no_list(machine: Machine) -> None:
    machine.registry.set_dword(POLICY, "DisableRootAutoUpdate", 1)
    assert broken(machine) == ()


def test_an_unknown_root_is_fetched_where_the_way_is_open(rootless: Machine) -> None:
    assert broken(rootless) == ()
    rootless.network.direct.blocked["ctldl.windowsupdate.com:80"] = Barrier.DROP
    assert broken(rootless) == (Condition.ROOT_UNKNOWN,)
    rootless.registry.set_text(AUTO_UPDATE, "RootDirUrl", "http://ctl.corp.example:8080/ctl")
    assert broken(rootless) == ()
    rootless.network.direct.blocked["ctl.corp.example:8080"] = Barrier.REFUSE
    assert broken(rootless) == (Condition.ROOT_UNKNOWN,)


def test_no_root_is_fetched_where_that_is_switched_off(rootless: Machine) -> None:
    rootless.registry.set_dword(POLICY, "DisableRootAutoUpdate", 1)
    assert broken(rootless) == (Condition.ROOT_UNKNOWN,)


@pytest.mark.parametrize(("share", "known"), [(r"\\FILES\ctl", True), (r"\\files\ct", False), (r"\\other\ctl", False)])
def test_a_share_is_known_by_its_name(rootless: Machine, share: str, known: bool) -> None:
    rootless.registry.set_text(AUTO_UPDATE, "RootDirUrl", r"file://\\files\ctl\lists")
    overrides.apply(rootless, {"network": {"trust_list_shares": [share]}})
    assert (broken(rootless) == ()) is known


def test_a_local_folder_must_hold_the_list(rootless: Machine) -> None:
    rootless.registry.set_text(AUTO_UPDATE, "RootDirUrl", r"file://C:\ctl")
    assert broken(rootless) == (Condition.ROOT_UNKNOWN,)
    rootless.files.make_directory(r"C:\ctl")
    rootless.files.write(r"C:\ctl\authrootstl.cab", b"MSCF")
    assert broken(rootless) == ()


def test_shares_are_a_list_of_texts(machine: Machine) -> None:
    for wrong in ("\\\\files\\ctl", [1]):
        with pytest.raises(overrides.Invalid, match="trust_list_shares"):
            overrides.apply(machine, {"network": {"trust_list_shares": wrong}})


@pytest.mark.parametrize(("hours", "stale"), [(23, False), (25, True)])
def test_a_list_that_may_not_be_written_breaks_revocation_after_a_day(
    machine: Machine, hours: int, stale: bool
) -> None:
    stamp = filetime(machine.now() - dt.timedelta(hours=hours))
    machine.registry.set(AUTO_UPDATE, "DisallowedCertLastSyncTime", ValueType.BINARY, stamp)
    assert broken(machine) == (), "whoever may write it will"
    machine.registry.protect(AUTO_UPDATE, frozenset({SYSTEM_SID, ADMINISTRATORS_SID}))
    assert broken(machine) == ((Condition.TRUST_LIST_STALE,) if stale else ())
    machine.registry.set_dword(SPYNET, "SSLOptions", 2)
    assert broken(machine) == (), "nobody asks for revocation"
    machine.registry.set_dword(SPYNET, "SSLOptions", 3)
    machine.registry.protect(AUTO_UPDATE, frozenset({NETWORK_SERVICE_SID}))
    assert broken(machine) == ()
