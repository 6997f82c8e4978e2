"""The sources of signatures: their stored order, which would be asked, and a file share by its path."""

from __future__ import annotations

import time
from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.defender import signatures
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.protocol import HostError, Refused
from ansible_collections.windefend.maps.tests.support.operations import run_operation
from ansible_collections.windefend.maps.tests.support.simulated_host import SimulatedHost
from ansible_collections.windefend.maps.winsim import serving
from ansible_collections.windefend.maps.winsim.fleet import parse
from ansible_collections.windefend.maps.winsim.machine import neighbours
from ansible_collections.windefend.maps.winsim.machine.defender import MANAGER_KEY, POLICY_KEY, STATE_KEY
from ansible_collections.windefend.maps.winsim.machine.network import Barrier

POLICY, OWN = POLICY_KEY + r"\Signature Updates", STATE_KEY + r"\Signature Updates"
SHARE, FOLDER = r"\\srv.corp.example\updates", r"C:\updates"
NEWER = "1.450.10.0"
UPDATE, WSUS, MMPC, SHARES = "MicrosoftUpdateServer", "InternalDefinitionUpdateServer", "MMPC", "FileShares"


@pytest.fixture
def host() -> SimulatedHost:
    """A host without internet, beside a server with a share of packages."""
    machines = serving.build(parse({"hosts": [{"name": "SRV"}, {"name": "pc"}]}))
    files = machines["SRV"].files
    files.make_directory(rf"{FOLDER}\x64")
    files.write(rf"{FOLDER}\x64\mpam-fe.exe", b"MZ")
    neighbours.add_share(machines["SRV"], neighbours.Share("updates", FOLDER, (("S-1-5-11", "R"),)))
    machines["pc"].network.direct.blocked["*:443"] = Barrier.DROP
    machines["pc"].defender.offered_signatures = NEWER
    return SimulatedHost(machines["pc"])


def update(host: SimulatedHost, **options: Any) -> dict[str, Any]:
    requested = {"source": "configured", "check_mode": False, "timeout": 60, "now": time.time(), **options}
    return run_operation(host, signatures.update(**requested))


def test_a_share_by_its_path(host: SimulatedHost) -> None:
    """Where no source on the internet is reached, as the computer's account and not by the remote session."""
    with pytest.raises(HostError):
        update(host)
    result = update(host, source="unc", path=SHARE)
    assert (result["changed"], result["used"], result["path"]) == (True, SHARE, SHARE)
    assert any(f"-SignatureUpdate -UNC -Path {SHARE}" in line for line in host.lines)
    assert result["after"]["antivirus"] == NEWER
    assert host.unknown == []


def test_the_shares_that_the_host_has(host: SimulatedHost) -> None:
    with pytest.raises(HostError, match="no file shares configured"):
        update(host, source="unc")
    host.machine.registry.set_text(OWN, "DefinitionUpdateFileSharesSources", rf"{{{SHARE} | \\other\x}}")
    result = update(host, source="unc")
    assert (result["changed"], result["used"], result["path"]) == (True, SHARE, "")
    assert result["sources"]["file_shares"] == (SHARE, r"\\other\x")


@pytest.mark.parametrize(("path", "said"), [(r"\\srv\none", "no such file share"), (r"\\gone\updates", "not found")])
def test_a_share_that_is_not_there_is_explained(host: SimulatedHost, path: str, said: str) -> None:
    with pytest.raises(HostError, match=said):
        update(host, source="unc", path=path)


def test_a_folder_that_the_computer_may_not_read_is_explained(host: SimulatedHost) -> None:
    host.machine.neighbours["srv"].files.find(FOLDER).access = {"S-1-5-32-544": "F"}  # type: ignore[union-attr]
    with pytest.raises(HostError, match=r"0x80070005.*computer's account"):
        update(host, source="unc", path=SHARE)


REFUSED = (r"C:\x", r"\\srv", r"\\srv\a b|c", "//s/x")


@pytest.mark.parametrize(
    ("source", "path"), [("configured", SHARE), ("microsoft", SHARE), *(("unc", one) for one in REFUSED)]
)
def test_a_path_that_cannot_be_meant_is_refused(host: SimulatedHost, source: str, path: str) -> None:
    with pytest.raises(Refused, match="path must be a file share"):
        update(host, source=source, path=path)
    assert host.lines == []


Values = tuple[tuple[str, str, str], ...]
CASES: tuple[tuple[Values, tuple[str, ...], str, list[str]], ...] = (
    ((), (UPDATE, MMPC), "default", [UPDATE]),
    (((OWN, "FallbackOrder", f"mmpc | {UPDATE}"),), (MMPC, UPDATE), "own", [MMPC, UPDATE]),
    (
        ((OWN, "FallbackOrder", MMPC), (POLICY, "FallbackOrder", f"{SHARES}|{WSUS}|Odd")),
        (SHARES, WSUS, "Odd"),
        "policy",
        [WSUS],
    ),
    (
        (
            (MANAGER_KEY, "SignatureUpdateFallbackOrder", f"{SHARES}|{MMPC}"),
            (POLICY, "DefinitionUpdateFileSharesSources", SHARE),
        ),
        (SHARES, MMPC),
        "policy_manager",
        [SHARES],
    ),
)


@pytest.mark.parametrize(("values", "order", "store", "would_ask"), CASES)
def test_which_source_would_be_used(
    host: SimulatedHost, values: Values, order: tuple[str, ...], store: str, would_ask: list[str]
) -> None:
    """Without a change, and without asking any of them."""
    for key, name, text in values:
        host.machine.registry.set_text(key, name, text)
    result = update(host, check_mode=True)
    found = result["sources"]
    assert (found["order"], found["order_store"], found["would_ask"]) == (order, store, would_ask)
    assert (found["would_use"], result["used"]) == (would_ask[0], would_ask[0])
    assert set(found["skipped"]) == set(order) - set(would_ask)
    assert f"{would_ask[0]} would be used" in result["message"]
    assert not any("-SignatureUpdate" in line for line in host.lines)


def test_microsofts_page_is_a_fallback_where_the_signatures_are_old(host: SimulatedHost) -> None:
    host.machine.registry.delete_value(OWN, "SignaturesLastUpdated")
    assert update(host, check_mode=True)["sources"]["would_ask"] == [UPDATE, MMPC]
