"""What the modules of a distribution point make of hosts that answer in unexpected ways."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.ctl import (
    client_check,
    folder as ctl_folder,
    lists as ctl_lists,
    sync as ctl_sync,
    task as ctl_task,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation import RunIdentity, temp_folder
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.protocol import (
    Answer,
    HostError,
    Operation,
    Refused,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.host import Unreachable
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.cmdline import Outcome
from ansible_collections.windefend.maps.tests.support.operations import asks, run_operation
from ansible_collections.windefend.maps.tests.support.simulated_host import SimulatedHost, machine as build
from ansible_collections.windefend.maps.winsim.machine import descriptors
from ansible_collections.windefend.maps.winsim.machine.model import Machine
from ansible_collections.windefend.maps.winsim.machine.services import State
from ansible_collections.windefend.maps.winsim.snapshot import difference, snapshot

PLACE = ctl_lists.Place(r"C:\ctl")
NOW = 1_700_000_000.0
NAME = temp_folder.unique_name(NOW, "0123456789ab")
IDENTITY = RunIdentity(NAME, NOW)
OURS = Outcome(0, b'C:\\ctl "D:PAI(A;OICI;FA;;;BA)(A;OICI;FA;;;SY)(A;OICI;0x1200a9;;;AU)"\r\n')
SHARE = Outcome(0, b"    ctl    REG_MULTI_SZ    Path=C:\\ctl\\lists\\0ShareName=ctl\r\n")


@pytest.fixture(autouse=True)
def _pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits for a scheduled task of winsim's, which starts after 0.2 seconds, need not wait longer."""
    real = time.sleep
    monkeypatch.setattr(time, "sleep", lambda seconds: real(min(seconds, 0.25)))


def answered(
    operation: Operation[Any],
    *rounds: Mapping[str, Outcome],
    default: Outcome | None = None,
    warnings: list[str] | None = None,
) -> Any:
    """The result of an operation whose commands come to these outcomes, round by round; the last one stays."""
    remaining = list(rounds)
    current: Mapping[str, Outcome] = {}
    try:
        asked = asks(operation, warnings)
        ask = next(asked)
        while True:
            current = remaining.pop(0) if remaining else current
            outcomes = {name: current.get(name, default or Outcome(1)) for name in ask.commands}
            ask = asked.send(Answer(outcomes, False, 0.0))
    except StopIteration as stop:
        return stop.value


def folder(check_mode: bool = False, **request: Any) -> Operation[Any]:
    return ctl_folder.configure(
        ctl_folder.FolderSpec(PLACE, **request).validated(),
        check_mode=check_mode,
    )


def sync(check_mode: bool = False, remove_dropped: bool = False) -> Operation[Any]:
    return ctl_sync.sync(
        PLACE, keep=1, remove_dropped=remove_dropped, timeout=5, identity=IDENTITY, check_mode=check_mode,
    )  # fmt: skip


def task(check_mode: bool = False, present: bool = True) -> Operation[Any]:
    return ctl_task.configure(
        ctl_task.TaskSpec(PLACE, IDENTITY), present=present, check_mode=check_mode,
    )  # fmt: skip


ELEVATED = {"system.elevated": Outcome(0)}


def test_a_folder_that_did_not_last_is_a_failure_with_what_was_said() -> None:
    said = {**ELEVATED, "readers": Outcome(5, b"C:\\ctl\\lists: Access is denied.\r\n")}
    with pytest.raises(HostError, match=r"requested state: protection, readers.*Access is denied") as caught:
        answered(folder(), said, {**said, "lists": Outcome(0, b'C:\\ctl\\lists "D:AI"\r\n')})
    assert caught.value.details["after"] == {
        "present": True, "protected": False, "readers": [], "share": "", "share_readers": [],
    }  # fmt: skip


def test_nothing_is_made_without_rights() -> None:
    for operation in (folder(), sync(), task(), task(present=False)):
        with pytest.raises(HostError, match="not elevated"):
            answered(operation)
    assert answered(folder(check_mode=True))["changed"], "what would be done can be told all the same"


def test_no_cacls_is_no_absent_folder() -> None:
    with pytest.raises(HostError, match=r"no cacls\.exe"):
        answered(folder(), {"root": Outcome(9009, b"'cacls' is not recognized")})


@pytest.mark.parametrize(
    "outcome", [Outcome(0, b"The system cannot find the file specified.\r\n"), Outcome(2), Outcome(1)]
)
def test_a_folder_of_which_nothing_is_shown_is_made(outcome: Outcome) -> None:
    """Whatever cacls ends with then; one that is there all the same fails, since nothing is shown afterwards either."""
    with pytest.raises(HostError, match="requested state: folder, protection, readers"):
        answered(folder(), {**ELEVATED, "root": outcome, "lists": outcome})


def test_a_share_that_lets_no_computer_in_is_warned_of() -> None:
    warnings: list[str] = []
    administrators = descriptors.binary({"S-1-5-32-544": "F"}).hex().upper()
    state = {
        **ELEVATED, "names": Outcome(0, b"lists\r\n"), "root": OURS, "lists": OURS, "share.share": SHARE,
        "share.security": Outcome(0, f"    ctl    REG_BINARY    {administrators}\r\n".encode()),
    }  # fmt: skip
    result = answered(folder(share="ctl"), state, warnings=warnings)
    assert not result["changed"]
    assert result["after"]["share_readers"] == ["S-1-5-32-544"]
    (warning,) = warnings
    assert "S-1-5-32-544" in warning


def test_a_folder_that_is_held_open_is_a_failure() -> None:
    request = ctl_folder.FolderSpec(PLACE, "ctl")
    state = {**ELEVATED, "names": Outcome(0, b"lists\r\n"), "root": OURS, "share.share": SHARE}
    with pytest.raises(HostError, match="the share still exists"):
        answered(ctl_folder.remove(request, remove_files=False, check_mode=False), state)
    del state["share.share"]
    with pytest.raises(HostError, match=r"still exists.*files open"):
        answered(ctl_folder.remove(request, remove_files=True, check_mode=False), state)


HASHES = {
    f"{prefix}.{name}": Outcome(0, b"0123456789abcdef" * 4)
    for prefix in ("lists", "incoming")
    for name in ctl_lists.FILES
}
CRT = {
    f"{prefix}.certificates": Outcome(0, ("0a" * 20 + ".crt\r\n").encode()) for prefix in ("lists", "incoming")
}  # fmt: skip
STARTED = {
    **ELEVATED,
    "root": Outcome(0, b"lists\r\n"),
    "begin": Outcome(0, b"step:done\r\n"),
    "exit": Outcome(0, b"0\r\n"),
    "output": Outcome(0, b"step:arrived\r\n"),
}


def test_what_arrived_and_is_not_published_is_a_failure() -> None:
    other = {"lists.authrootstl.cab": Outcome(0, b"f" * 64)}
    with pytest.raises(HostError, match=r"could not be published in C:\\ctl\\lists: authrootstl\.cab"):
        answered(sync(), {**STARTED, **HASHES, **CRT, **other})
    with pytest.raises(HostError, match="1 certificates are missing"):
        answered(sync(), {**STARTED, **HASHES, **CRT, "lists.certificates": Outcome(1)})


def test_certutil_that_ends_well_and_brings_nothing_is_a_failure() -> None:
    for missing, name in (
        ("incoming.disallowedcertstl.cab", "disallowedcertstl.cab"),
        ("incoming.certificates", "THUMBPRINT.crt"),
    ):
        with pytest.raises(HostError, match=f"are missing: {name}. Clients keep using"):
            answered(sync(), {**STARTED, **HASHES, **CRT, missing: Outcome(1)})


@pytest.mark.parametrize(
    ("exit_code", "output", "text"),
    [
        (b"-2147012867", b"", "0x80072EFD"),
        (b"2147954429", b"", "0x80072EFD"),
        (b"1", b"CertUtil: x 0x80072ee7 (INet: 12007)\r\n", "0x80072EE7"),
        (b"-2146885616", b"", "store of untrusted certificates"),
        (b"9009", b"'certutil' is not recognized", "exit code 9009"),
        (b"-2147023436", b"", "0x800705B4"),
    ],
)
def test_every_way_of_certutil_to_fail(exit_code: bytes, output: bytes, text: str) -> None:
    """The lists of an earlier run in incoming do not count: nothing said that certutil ended well."""
    ran = {**STARTED, "exit": Outcome(0, exit_code + b"\r\n"), "output": Outcome(0, output)}
    with pytest.raises(HostError, match=text) as caught:
        answered(sync(), {**ran, **HASHES, **CRT})
    assert caught.value.details["before"] == caught.value.details["after"]


def test_what_clients_can_do_without_is_a_warning() -> None:
    warnings: list[str] = []
    result = answered(sync(), {**STARTED, **HASHES, **CRT, "incoming.pinrulesstl.cab": Outcome(1)}, warnings=warnings)
    assert not result["changed"]
    assert warnings == ["Windows Update did not provide pinrulesstl.cab, which clients do not strictly need"]


def test_a_certificate_that_cannot_be_removed_is_a_failure() -> None:
    more = {"lists.certificates": Outcome(0, ("0a" * 20 + ".crt\r\n" + "0b" * 20 + ".crt\r\n").encode())}
    left = {f"there.{'0b' * 20}.crt": Outcome(0)}
    with pytest.raises(HostError, match=r"could not be removed.*0b0b"):
        answered(sync(remove_dropped=True), {**STARTED, **HASHES, **CRT, **more, **left})
    assert answered(sync(remove_dropped=True), {**STARTED, **HASHES, **CRT, **more})["changed"]


def test_a_task_that_is_refused_is_a_failure() -> None:
    said = {**ELEVATED, "begin": Outcome(1, b"ERROR: Access is denied.\r\n")}
    with pytest.raises(HostError, match=r"could not be created.*Access is denied"):
        answered(task(), said)


@pytest.mark.parametrize(
    "outcomes",
    [{"task.xml": Outcome(9009)}, {"task.xml": Outcome(1), "task.file": Outcome(0)}],
    ids=["no schtasks", "scheduler stopped"],
)
def test_a_task_that_cannot_be_read_is_not_absent(outcomes: dict[str, Outcome]) -> None:
    with pytest.raises(HostError, match="it is unknown whether"):
        answered(task(present=False), {**ELEVATED, **outcomes})


def server() -> Machine:
    machine = build()
    machine.files.make_directory(PLACE.lists)
    return machine


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    ("make", "number"),
    [(sync, number) for number in range(1, 6)] + [(task, number) for number in range(1, 4)],
    ids=[f"{name}-{number}" for name, numbers in (("sync", 6), ("task", 4)) for number in range(1, numbers)],
)
def test_a_connection_that_breaks_leaves_no_rest(number: int, when: str, make: Any) -> None:
    """Whatever line it breaks in, before or after the line was carried out."""
    machine = server()
    machine.network.trust_list_edition = 2
    failure = Unreachable("cut")
    host = SimulatedHost(machine, {number: failure if when == "before" else (failure,)})
    before = snapshot(machine)
    operation = make()
    try:
        run_operation(host, operation)
    except Unreachable:
        left = [line for line in difference(before, snapshot(machine)) if "windefend-maps" in line]
        assert left == []
    assert host.unknown == []


def test_a_server_service_that_is_stopped_is_said() -> None:
    machine = build()
    machine.services.find("LanmanServer").state = State.STOPPED  # type: ignore[union-attr]
    with pytest.raises(HostError, match=r"requested state: share.*LanmanServer"):
        run_operation(SimulatedHost(machine), folder(share="ctl"))


@pytest.mark.parametrize(
    ("readers", "share"),
    [((), "a"), (("S-1-5",), "a"), (("s-1-5-11",), "a"), (("S-1-5-18",), "a"), (("S-1-5-11",), "a/b")],
)
def test_requests_that_cannot_be(readers: tuple[str, ...], share: str) -> None:
    with pytest.raises(Refused):
        ctl_folder.FolderSpec(PLACE, share, readers).validated()


def source(url: str = r"file://\\srv\ctl", **request: Any) -> Operation[Any]:
    return client_check.prove(client_check.CheckRequest(IDENTITY, url, **request).validated())


def ran(*codes_and_texts: tuple[int, str]) -> dict[str, Outcome]:
    """What the task of as_system_many printed: each command's output between its markers."""
    token = NAME.rpartition("-")[2]
    lines = [f"#{token}"]
    for index, (code, text) in enumerate(codes_and_texts):
        lines += [text, f"#{token}:{index}:{code}"]
    return {**STARTED, "output": Outcome(0, "\r\n".join([*lines, ""]).encode())}


DIGEST = "0123456789abcdef" * 4
REQUIRED_READ = ((0, DIGEST), (0, DIGEST))


def test_a_share_that_is_read() -> None:
    result = answered(source(expected={"authrootstl.cab": DIGEST}), ran(*REQUIRED_READ))
    assert result["readable"] is True
    assert [one["as_expected"] for one in result["files"]] == [True, None]
    other = answered(source(expected={"authrootstl.cab": "f" * 64}), ran(*REQUIRED_READ))
    assert other["readable"] is False
    assert "differs from the file on the server" in other["message"]


@pytest.mark.parametrize(
    ("code", "text", "reason"),
    [
        (-2147024894, "", "missing"),
        (-2147024893, "", "missing"),
        (-2147024891, "CertUtil: アクセスが拒否されました。", "denied"),
        (-2147024843, "", "no_server"),
        (-2147024829, "", "no_share"),
        (-2147023890, "", "empty"),
        (1, "CertUtil: -hashfile command FAILED: 0x80070005 (WIN32: 5)", "denied"),
        (-2147023170, "RPC", "unknown"),
        (0, "no hash at all", "unknown"),
    ],
)
def test_why_a_share_is_not_read(code: int, text: str, reason: str) -> None:
    result = answered(source(), ran((code, text), (0, DIGEST)))
    assert result["readable"] is False
    assert [one["reason"] for one in result["files"]] == [reason, ""]
    assert result["message"].startswith(r"authrootstl.cab at file://\\srv\ctl cannot be read by SYSTEM: ")


@pytest.mark.parametrize(
    ("code", "text", "reason", "status"),
    [
        (22, "curl: (22) The requested URL returned error: 404", "missing", 404),
        (22, "curl: (22) The requested URL returned error: 403 Forbidden", "denied", 403),
        (22, "curl: (22) The requested URL returned error: 407", "proxy_authentication", 407),
        (22, "curl: (22) The requested URL returned error: 500", "no_answer", 500),
        (6, "curl: (6) Could not resolve host: srv", "no_answer", None),
        (28, "curl: (28) Connection timed out", "no_answer", None),
        (3, "curl: (3) bad", "no_answer", None),
    ],
)
def test_why_a_web_server_does_not_answer(code: int, text: str, reason: str, status: int | None) -> None:
    good = ((0, ""), (0, DIGEST), (0, "x.cab"))
    result = answered(source("http://srv.example/ctl/"), ran((code, text), (1, ""), (1, ""), *good))
    assert result["readable"] is False
    first, second = result["files"]
    assert (first["reason"], first["http_status"]) == (reason, status)
    assert (second["readable"], second["http_status"]) == (True, 200)
    assert text in first["detail"]


def test_a_page_in_the_place_of_a_list_is_no_list() -> None:
    page = ((0, ""), (0, DIGEST), (1, ""))
    result = answered(source("http://srv.example/ctl"), ran(*page, *page))
    assert result["readable"] is False
    assert {one["reason"] for one in result["files"]} == {"not_a_list"}


def test_a_stored_address_that_cannot_be_tried_is_said() -> None:
    stored = {"ctl.url": Outcome(0, b"    RootDirUrl    REG_SZ    ftp://srv/ctl\r\n"), **ELEVATED}
    with pytest.raises(HostError, match="the stored address cannot be tested: RootDirUrl"):
        answered(source(""), stored)
