"""What machines of one fleet are to each other: shares, web servers, and what follows for unknown roots."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from ansible_collections.windefend.maps.tests.unit.winsim.tools.prompt import ADMIN, Prompt
from ansible_collections.windefend.maps.winsim import overrides, physics, routing, serving
from ansible_collections.windefend.maps.winsim.fleet import parse
from ansible_collections.windefend.maps.winsim.machine import neighbours
from ansible_collections.windefend.maps.winsim.machine.accounts import NETWORK_SERVICE_SID, SYSTEM, Token
from ansible_collections.windefend.maps.winsim.machine.files import FileError
from ansible_collections.windefend.maps.winsim.machine.model import Machine
from ansible_collections.windefend.maps.winsim.machine.network import Barrier
from ansible_collections.windefend.maps.winsim.machine.services import State
from ansible_collections.windefend.maps.winsim.machine.trust_lists import AUTO_UPDATE_KEY, ROOT_KEY
from ansible_collections.windefend.maps.winsim.snapshot import dump
from ansible_collections.windefend.maps.winsim.tools import certutil, curl

FILE = r"\\srv.corp.example\ctl\authrootstl.cab"
LISTS = r"C:\ctl\lists"
NETWORK_SERVICE = Token("NT AUTHORITY\\NETWORK SERVICE", NETWORK_SERVICE_SID, (), elevated=False)


@pytest.fixture
def fleet() -> dict[str, Machine]:
    machines = serving.build(parse({"hosts": [{"name": "SRV"}, {"name": "pc"}]}))
    files = machines["SRV"].files
    files.make_directory(LISTS).access = {"S-1-5-32-544": "F", "S-1-5-11": "RX"}
    files.write(rf"{LISTS}\authrootstl.cab", b"MSCF list")
    neighbours.add_share(machines["SRV"], neighbours.Share("ctl", LISTS, (("S-1-1-0", "R"),)))
    machines["pc"].registry.delete_key(ROOT_KEY)
    machines["pc"].network.direct.blocked["ctldl.windowsupdate.com:80"] = Barrier.DROP
    return machines


@pytest.mark.parametrize("token", [SYSTEM, NETWORK_SERVICE], ids=["system", "network service"])
@pytest.mark.parametrize("path", [FILE, r"\\SRV\CTL\AuthRootStl.cab", r"\\srv\ctl\.\authrootstl.cab"])
def test_services_are_the_computer_over_the_network(fleet: dict[str, Machine], token: Token, path: str) -> None:
    assert neighbours.read_unc(fleet["pc"], path, token) == b"MSCF list"


def test_trap_36_a_remote_session_has_nothing_to_show(fleet: dict[str, Machine]) -> None:
    prompt = Prompt(certutil.run, fleet["pc"], ADMIN)
    code, text = prompt.run(f"-hashfile {FILE} SHA256")
    assert code == -2147024891
    assert "0x80070005 (WIN32: 5 ERROR_ACCESS_DENIED)" in text
    prompt.token = SYSTEM
    assert prompt.run(f"-hashfile {FILE} SHA256")[0] == 0


def hidden(server: Machine) -> None:
    server.files.find(LISTS).access = {"S-1-5-32-544": "F"}  # type: ignore[union-attr]


def for_computers(server: Machine) -> None:
    server.files.find(LISTS).access = {neighbours.DOMAIN_COMPUTERS_SID: "RX"}  # type: ignore[union-attr]


def narrow_share(server: Machine) -> None:
    neighbours.add_share(server, neighbours.Share("ctl", LISTS, (("S-1-5-32-545", "R"),)))


def stopped(server: Machine) -> None:
    server.services.find("LanmanServer").state = State.STOPPED  # type: ignore[union-attr]


def unshared(server: Machine) -> None:
    neighbours.remove_share(server, "ctl")


def emptied(server: Machine) -> None:
    server.files.remove(rf"{LISTS}\authrootstl.cab")


@pytest.mark.parametrize(
    ("change", "code"),
    [(hidden, 5), (narrow_share, 5), (stopped, 53), (unshared, 67), (emptied, 2)],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_why_a_share_cannot_be_read(fleet: dict[str, Machine], change: Callable[[Machine], None], code: int) -> None:
    pc = fleet["pc"]
    pc.registry.set_text(AUTO_UPDATE_KEY, "RootDirUrl", r"file://\\srv\ctl")
    assert physics.validate(pc, SYSTEM).broken == ()
    change(fleet["SRV"])
    with pytest.raises(FileError) as caught:
        neighbours.read_unc(pc, FILE, SYSTEM)
    assert caught.value.code == code
    assert physics.validate(pc, SYSTEM).broken == (routing.Condition.ROOT_UNKNOWN,)


def test_rights_for_the_computers_of_the_domain(fleet: dict[str, Machine]) -> None:
    for_computers(fleet["SRV"])
    assert neighbours.read_unc(fleet["pc"], FILE, SYSTEM) == b"MSCF list"


def test_a_perimeter_between(fleet: dict[str, Machine]) -> None:
    fleet["pc"].network.direct.blocked["srv*:445"] = Barrier.DROP
    with pytest.raises(FileError) as caught:
        neighbours.read_unc(fleet["pc"], FILE, SYSTEM)
    assert caught.value.code == 53


def test_a_web_server(fleet: dict[str, Machine]) -> None:
    pc, server = fleet["pc"], fleet["SRV"]
    pc.registry.set_text(AUTO_UPDATE_KEY, "RootDirUrl", "http://srv.corp.example/ctl")
    pc.network.resolves_external_names = False
    prompt = Prompt(curl.run, pc, SYSTEM)

    def fetch(name: str) -> int:
        return prompt.run(rf"-sSf -o C:\Windows\Temp\x http://srv.corp.example/{name}")[0]

    assert neighbours.get(pc, "srv", "/ctl/authrootstl.cab") is None
    assert fetch("ctl/authrootstl.cab") == 7, "nothing listens"
    assert routing.Condition.ROOT_UNKNOWN in physics.validate(pc, SYSTEM).broken
    overrides.apply(server, {"network": {"virtual_directories": {"ctl": LISTS}}})
    assert fetch("ctl/authrootstl.cab") == 0
    assert pc.files.read(r"C:\Windows\Temp\x") == b"MSCF list"
    assert routing.Condition.ROOT_UNKNOWN not in physics.validate(pc, SYSTEM).broken
    for name in ("ctl/none.cab", "other/authrootstl.cab", "authrootstl.cab", "ctl"):
        assert fetch(name) == 22
        assert "404" in prompt.error
    assert prompt.run("-sSI -o nul -w %{http_code} http://srv/ctl/none.cab")[1] == "404"
    pc.network.direct.blocked["srv*:80"] = Barrier.REFUSE
    assert fetch("ctl/authrootstl.cab") == 7
    assert routing.Condition.ROOT_UNKNOWN in physics.validate(pc, SYSTEM).broken
    assert prompt.unknown == []


def test_neighbours_are_no_state_of_a_machine(fleet: dict[str, Machine]) -> None:
    before = dump(fleet["pc"])
    fleet["SRV"].files.write(r"C:\x", b"x")
    assert dump(fleet["pc"]) == before
    assert "neighbours" not in before
    assert fleet["pc"] != fleet["SRV"], "comparing does not go round in circles"
    assert "SRV" not in repr(fleet["pc"])


def test_virtual_directories_are_texts() -> None:
    with pytest.raises(overrides.Invalid, match=r"virtual_directories\.ctl"):
        overrides.apply(Machine("SRV"), {"network": {"virtual_directories": {"ctl": 1}}})
