"""Every request of every module that changes is broken in every way: a change is never reported as none.

Real WinRM over loopback to simulated machines, with Ansible's part left out: what a task does is `execute`. After each
fault: where the host's state differs, the result says `changed` and names what and the journal's run; the same task
again brings the host to where it should be; and a rollback brings it back to where it was.
"""

from __future__ import annotations

import contextlib
import copy
import itertools
import pathlib
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._ansible import with_report
from ansible_collections.windefend.maps.plugins.plugin_utils._ansible.host_action import Task, execute
from ansible_collections.windefend.maps.plugins.plugin_utils._domain import publisher_evidence, root_lists
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.firewall import allow_rule
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.journal import rollback as journal_rollback
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.journal.record import Record
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.journal.writer import JournalWriter, journaled
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation import RunIdentity
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.protocol import Operation
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.proxy import change as proxy_change
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.remediation import remediate
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.protocol import FastProtocol
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.sweep_host import SweepHost
from ansible_collections.windefend.maps.tests.support.faulty_relay import FAULTS, Relay
from ansible_collections.windefend.maps.tests.support.link import PlayedLink
from ansible_collections.windefend.maps.tests.support.operations import run_operation
from ansible_collections.windefend.maps.tests.support.remediation import (
    LATER,
    NOW,
    SEAL,
    Journal,
    PromptHost,
    changed,
    changed_in_effect,
    hurried,
    request,
    spynet_operation,
    state,
)
from ansible_collections.windefend.maps.tests.support.simulated_host import machine
from ansible_collections.windefend.maps.winsim.host import SimulatedHost
from ansible_collections.windefend.maps.winsim.machine.model import Machine
from ansible_collections.windefend.maps.winsim.wire.server import serve_in_thread
from winrm.exceptions import WSManFaultError

Make = Callable[[Journal], Operation[Any]]
WORKERS = 12
"""Cases at once: a stalled request waits, and costs nothing meanwhile."""
ADDRESSES = [f"127.0.74.{number}" for number in range(1, WORKERS + 1)]
OPERATION_TIMEOUT, READ_TIMEOUT, PATIENCE = 1, 2, 60
"""Seconds; pywinrm's are whole ones. Where nothing is broken, how busy the machine is must decide nothing."""
RULE = allow_rule.RuleSpec("ours", service="WinDefend", protocol="tcp", remote_ports=("443",))
PROXY = proxy_change.ProxySettings("p.example:3128", "p.example:3128", ("<local>",))


@dataclass(frozen=True)
class Case:
    """A module's work on a machine."""

    module: str
    on: Callable[[], Machine]
    make: Make
    """The operation, with its journal."""
    from_change: bool = False
    """Faults begin at the first change, because another case has the requests before it."""


def one(module: str, operation: Callable[[], Operation[Any]]) -> Make:
    return lambda journal: journaled(operation(), journal.writer(module))


def repairing(variables: dict[str, Any]) -> Make:
    given = {"probe": "never", **variables}
    return lambda journal: remediate(request(given), JournalWriter(journal.writer()))


_runs = itertools.count()


def evidence() -> Operation[Any]:
    places = publisher_evidence.places(("v4.0.30319",), (64,))
    number = next(_runs)  # no two runs have one name
    identity = RunIdentity(f"windefend-maps-{int(NOW):x}-{number:012x}", NOW + number)
    return publisher_evidence.configure(enabled=False, wanted=places, identity=identity, check_mode=False)


def roots() -> Operation[Any]:
    return root_lists.configure(
        requested={"root_dir_url": "http://ctl.corp.example/ctl"}, absent=(), stale_after=7, now=NOW, check_mode=False
    )


def rolling_back(journal: Journal) -> Operation[Any]:
    options: dict[str, Any] = {"run": "last", "source": "auto", "force": False, "check_mode": False, "now": LATER}
    asked = journal_rollback.RollbackRequest(**options, seal=SEAL, allow_loosening=True)
    return journal_rollback.rollback(asked, journal.store, lambda _line: None)


CASES = {
    "winhttp_proxy": Case(
        "winhttp_proxy",
        lambda: machine("proxy_dead"),
        one("winhttp_proxy", lambda: proxy_change.configure(PROXY, "winhttp", False)),
    ),
    "spynet": Case("spynet", machine, one("spynet", lambda: spynet_operation(ssl_options=2, submit_samples=1))),
    "firewall_rule": Case(
        "firewall_rule", machine, one("firewall_rule", lambda: allow_rule.configure(RULE, True, False))
    ),
    "root_update": Case("root_update", machine, one("root_update", roots)),
    "publisher_evidence": Case("publisher_evidence", machine, one("publisher_evidence", evidence)),
    "maps_connection, proxy": Case("maps_connection", lambda: machine("wsus_by_full_name"), repairing({})),
    "maps_connection, rules": Case("maps_connection", lambda: machine("outbound_block"), repairing({}), True),
    "maps_connection, loosening": Case(
        "maps_connection", lambda: machine("crl_blocked"), repairing({"ssl_options_workaround": "no_revocation"}), True
    ),
    "rollback": Case("rollback", machine, rolling_back),
}
TO_ROLL_BACK = ("winhttp_proxy", "spynet", "firewall_rule", "root_update")


def in_memory(on: Machine, operation: Operation[Any]) -> dict[str, Any]:
    return dict(run_operation(PromptHost(on), hurried(operation)))


class Ours(PlayedLink):
    """A connection as a sweep lets Ansible make it, to a relay."""

    def __init__(self, address: str, port: int, on: Machine, read_timeout: int) -> None:
        super().__init__()
        self._address, self._port, self._account = address, port, on.accounts[0]
        self._read_timeout = read_timeout

    def get_option(self, _name: str) -> str:
        return self._address

    def connect(self) -> None:
        if self.protocol is None:
            protocol = FastProtocol(
                f"http://{self._address}:{self._port}/wsman", "ntlm", self._account.name, self._account.password,
                read_timeout_sec=self._read_timeout, operation_timeout_sec=OPERATION_TIMEOUT, proxy=None,
            )  # fmt: skip
            self.shell_id = protocol.open_shell(codepage=65001)
            self.protocol = protocol


@dataclass(frozen=True)
class Ran:
    """What came of a task."""

    result: dict[str, Any]
    requests: int
    before_change: int
    """Requests before the first line that changes; 0: there was none."""


@dataclass
class Place:
    """Where one case is run at a time: a served host whose machine is exchanged."""

    address: str
    served: SimulatedHost
    port: int

    def run(self, case: Case, on: Machine, journal: Journal, fault: str = "", at: int = 0) -> Ran:
        self.served.__init__(on)  # type: ignore[misc]
        relay = Relay(self.address, self.port, fault, at)
        before_change: list[int] = []
        append = journal.store.append

        def appended(record: Record) -> None:
            before_change.append(relay.requests)
            append(record)

        journal.store.append = appended  # type: ignore[method-assign]
        link = Ours(self.address, relay.listens_on, on, READ_TIMEOUT if fault else PATIENCE)
        host = SweepHost(link, "pc", (WSManFaultError, OSError), PATIENCE)
        task = Task({"journal_run": journal.run}, check_mode=False, diff=False, journaled=case.module != "rollback")
        try:
            result = execute(host, task, lambda: hurried(case.make(journal)))
        finally:
            host.close()
            relay.close()
        if case.module == "maps_connection":
            result = with_report(result, False, NOW)
        return Ran(result, relay.requests, before_change[0] if before_change else 0)


@pytest.fixture(scope="module")
def places() -> Iterator[list[Place]]:
    served = {address: SimulatedHost(machine()) for address in ADDRESSES}
    with serve_in_thread(served) as server:
        yield [Place(address, host, server.port) for address, host in served.items()]


@dataclass(frozen=True)
class Prepared:
    """A case with its machine as it is before, and its journal's files."""

    case: Case
    clean: Machine
    untouched: dict[str, Any]
    """The state to which a rollback leads."""
    folder: pathlib.Path
    before: dict[str, Any]
    afterwards: dict[Any, list[str]] = field(default_factory=dict)
    """State that a fault left -> what was wrong with the task that was run again, and with the rollback."""

    @classmethod
    def of(cls, name: str, folder: pathlib.Path) -> Prepared:
        case = CASES[name]
        on = case.on()
        untouched = state(on)
        if case.module == "rollback":
            for other in TO_ROLL_BACK:
                in_memory(on, CASES[other].make(Journal(folder / "before")))
        return cls(case, on, untouched, folder, state(on))

    def fresh(self, mark: str) -> tuple[Machine, Journal]:
        journal = Journal(self.folder / mark)
        if self.case.module == "rollback":
            journal.store.path.parent.mkdir(mode=0o700)
            journal.store.path.write_bytes(Journal(self.folder / "before").store.path.read_bytes())
            journal.store.path.chmod(0o600)
        return copy.deepcopy(self.clean), journal


def differences(before: dict[str, Any], on: Machine) -> list[str]:
    """What a task changed: not what the collection keeps for itself, and not the empty key that `reg add` made."""
    found = changed_in_effect(before, on)
    return [
        one for one in found if "windefend" not in one.partition(": ")[0].lower() and not one.endswith(": added {}")
    ]


def judged(ready: Prepared, place: Place, fault: str, at: int) -> tuple[list[str], bool]:
    """What is wrong after a fault, and whether the task failed after a line that changes was sent."""
    name = f"{fault} at {at}"
    on, journal = ready.fresh(name.replace(" ", "-"))
    ran = place.run(ready.case, on, journal, fault, at)
    result = ran.result
    left = differences(ready.before, on)
    failed = bool(result.get("failed") or result.get("unreachable"))
    said = str(result.get("msg", ""))
    wrong = []
    if left and not result["changed"]:
        wrong.append(f"{name}: changed, and reported as unchanged: {left}: {said}")
    if left and failed and (ready.case.module != "rollback") and journal.run not in said:
        wrong.append(f"{name}: the journal's run is not named: {said}")
    known = (*left, len(journal.store.read().records), len(changed(ready.before, on)))
    if known not in ready.afterwards:
        ready.afterwards[known] = afterwards(ready, on, journal)
    wrong += [f"{name}: {one}" for one in ready.afterwards[known]]
    return wrong, failed and (bool(left) or ran.before_change > 0)


def afterwards(ready: Prepared, on: Machine, journal: Journal) -> list[str]:
    """What is wrong with the same task, run again, and with a rollback."""
    wrong = []
    in_memory(on, ready.case.make(journal))
    if ready.case.module != "rollback":
        if in_memory(on, ready.case.make(journal))["changed"]:
            wrong.append("the task does not converge")
        journal.rollback(PromptHost(on))
    back = changed(ready.untouched, on)
    return [*wrong, f"the rollback leaves {back}"] if back else wrong


@pytest.mark.extended
@pytest.mark.parametrize("name", CASES)
def test_no_change_is_reported_as_none(
    name: str, places: list[Place], tmp_path: pathlib.Path, record_property: Callable[[str, object], None]
) -> None:
    ready = Prepared.of(name, tmp_path)
    on, journal = ready.fresh("whole")
    whole = places[0].run(ready.case, on, journal)
    assert not whole.result.get("failed"), whole.result
    assert whole.result["changed"], whole.result
    free, lock = list(places), threading.Lock()

    @contextlib.contextmanager
    def place() -> Iterator[Place]:
        with lock:
            taken = free.pop()
        yield taken
        with lock:
            free.append(taken)

    def judge(fault_at: tuple[str, int]) -> tuple[list[str], bool]:
        with place() as taken:
            return judged(ready, taken, *fault_at)

    begin = whole.before_change if ready.case.from_change else 1
    # In this order a stalled request waits beside seven others that do not.
    every = [(fault, at) for at in range(begin, whole.requests + 1) for fault in FAULTS]
    with ThreadPoolExecutor(WORKERS) as pool:
        found = list(pool.map(judge, every))
    wrong = [line for lines, _lost in found for line in lines]
    lost = sum(after for _lines, after in found)
    record_property("lost_changes", (len(every), lost, len(wrong)))
    assert "\n".join(wrong) == ""
    assert lost > 0, "no fault met the change"
