"""The line that brings the lists: what it does to the folder, whatever happens in between."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.ctl import lists as ctl_lists
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.protocol import Refused
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.cmdline import Outcome
from ansible_collections.windefend.maps.tests.support.simulated_host import machine as build
from ansible_collections.windefend.maps.winsim.machine import trust_lists
from ansible_collections.windefend.maps.winsim.machine.accounts import SYSTEM
from ansible_collections.windefend.maps.winsim.machine.model import Machine
from ansible_collections.windefend.maps.winsim.machine.network import Barrier
from ansible_collections.windefend.maps.winsim.tools.command_line import run_line

CTLDL = "ctldl.windowsupdate.com:80"


@pytest.fixture(params=[r"C:\ctl", r"C:\a b.c\ctl lists"])
def place(request: pytest.FixtureRequest) -> ctl_lists.Place:
    return ctl_lists.place(request.param)


@pytest.fixture
def server(place: ctl_lists.Place) -> Machine:
    machine = build()
    machine.files.make_directory(place.lists)
    return machine


def run(machine: Machine, place: ctl_lists.Place, keep: int = 2) -> tuple[int, str]:
    """As the scheduled task does."""
    unknown: list[str] = []
    code, out, _err = run_line(machine, SYSTEM, f"({ctl_lists.sync_line(place, keep).text})", unknown=unknown)
    assert unknown == []
    return code, out.decode()


def lists(machine: Machine, folder: str) -> dict[str, bytes]:
    return {
        node.path.rpartition("\\")[2]: node.content
        for node in machine.files.children(folder)
        if node.content is not None
    }


def test_everything_is_published(server: Machine, place: ctl_lists.Place) -> None:
    code, text = run(server, place)
    assert code == 0
    assert ctl_lists.ARRIVED in text
    assert lists(server, place.lists) == trust_lists.published(1)
    assert not server.files.is_directory(place.previous(1)), "there was nothing to keep"
    assert run(server, place)[0] == 0
    assert not server.files.is_directory(place.previous(1)), "nothing changed"


@pytest.mark.parametrize("keep", [0, 1, 2, 14])
def test_lists_that_changed_are_kept(server: Machine, place: ctl_lists.Place, keep: int) -> None:
    for edition in range(1, 19):
        server.network.trust_list_edition = edition
        assert run(server, place, keep)[0] == 0
    kept = [number for number in range(1, 20) if server.files.is_directory(place.previous(number))]
    assert kept == list(range(1, keep + 1))
    for number in kept:
        expected = {n: c for n, c in trust_lists.published(18 - number).items() if not n.endswith(".crt")}
        assert lists(server, place.previous(number)) == expected
    roots = {name for name in lists(server, place.lists) if name.endswith(".crt")}
    assert len(roots) == trust_lists.ROOTS + 17, "no certificate is ever taken away"


def refuse(machine: Machine, place: ctl_lists.Place) -> None:
    machine.network.direct.blocked[CTLDL] = Barrier.REFUSE


def page(machine: Machine, place: ctl_lists.Place) -> None:
    machine.network.direct.blocked[CTLDL] = Barrier.PAGE


@pytest.mark.parametrize("change", [refuse, page], ids=["refused", "page"])
def test_a_failure_leaves_what_clients_read(
    server: Machine, place: ctl_lists.Place, change: Callable[[Machine, ctl_lists.Place], None]
) -> None:
    run(server, place)
    server.network.trust_list_edition = 2
    change(server, place)
    code, text = run(server, place)
    assert code < 0, "the task of the day shows the code"
    assert ctl_lists.ARRIVED not in text
    assert lists(server, place.lists) == trust_lists.published(1)
    assert not server.files.is_directory(place.previous(1))


@pytest.mark.parametrize("name", ctl_lists.REQUIRED)
def test_a_list_that_did_not_come_leaves_what_clients_read(
    server: Machine, place: ctl_lists.Place, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(server, place)
    other = {key: content for key, content in trust_lists.published(2).items() if key != name}
    monkeypatch.setattr(trust_lists, "published", lambda edition: other)
    code, text = run(server, place)
    assert code == 1
    assert ctl_lists.ARRIVED in text
    monkeypatch.undo()
    assert lists(server, place.lists) == trust_lists.published(1)


def test_a_rest_of_an_earlier_run_is_no_part_of_this_one(server: Machine, place: ctl_lists.Place) -> None:
    server.files.make_directory(place.incoming)
    server.files.write(rf"{place.incoming}\{'0a' * 20}.crt", b"planted")
    assert run(server, place)[0] == 0
    assert lists(server, place.lists) == trust_lists.published(1)


@pytest.mark.parametrize("path", [r"C:\ctl", r"C:\ctl\\"[:-1], r"d:\Shares\ctl-1.0 b", "C:\\" + "a" * 90])
def test_places(path: str) -> None:
    assert ctl_lists.place(path).root == path.rstrip("\\")


@pytest.mark.parametrize(
    "path",
    [
        "", "ctl", "C:", "C:\\", "C:ctl", r"\\srv\ctl", r"\ctl", "C:/ctl", r"C:\a\..\b", r"C:\a\.", r"C:\a%b",
        r"C:\a!b",
        r"C:\a(b)", r"C:\a&b", 'C:\\a"b', r"C:\Windows", r"c:\WINDOWS\ctl", r"C:\inetpub\ctl", r"C:\Program Files\x",
        r"C:\ProgramData\x", r"C:\Users\x", "C:\\" + "a" * 98, "C:\\a \\b", "C:\\b ", "C:\\表",
    ],
)  # fmt: skip
def test_what_is_no_place(path: str) -> None:
    with pytest.raises(Refused, match="path"):
        ctl_lists.place(path)


def test_names_of_ours() -> None:
    ours = ["lists", "Incoming", "previous-1", "previous-14"]
    assert all(map(ctl_lists.is_managed, ours))
    assert [name for name in ours if ctl_lists.is_previous(name)] == ours[2:]
    assert not any(map(ctl_lists.is_managed, ["", "list", "previous-", "previous-123", "lists.zip", "web.config"]))


def test_the_longest_line_fits() -> None:
    place = ctl_lists.place("C:\\" + "a b" + "c" * 94)
    assert len(ctl_lists.sync_line(place, ctl_lists.MOST_KEPT).text) < 7500


def test_lists_are_read_from_hashes_and_names() -> None:
    digest = hashlib.sha256(b"x").hexdigest()
    outcomes = {f"a.{name}": Outcome(0, digest.encode()) for name in ctl_lists.FILES}
    outcomes["a.certificates"] = Outcome(0, f"{'0A' * 20}.CRT\r\nother.crt\r\n".encode())
    found = ctl_lists.lists_in("C:\\a", "a").parse(outcomes)
    assert found.missing == []
    assert found.certificates == {"0a" * 20 + ".crt"}
    outcomes["a.authrootstl.cab"] = Outcome(-2147024894, b"CertUtil: x")
    outcomes["a.certificates"] = Outcome(1)
    assert ctl_lists.lists_in("C:\\a", "a").parse(outcomes).missing == ["authrootstl.cab", "THUMBPRINT.crt"]
