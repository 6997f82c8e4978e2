"""A probe whose caller knows the host, and a proxy tried along with it: how many lines, and that the answers are the
same as of single tasks."""

from __future__ import annotations

import html
import re
import time
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._ansible import driver
from ansible_collections.windefend.maps.plugins.plugin_utils._domain import host as host_reading
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.defender import ARTICLE_URLS
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.diagnosis import from_results
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.diagnosis.probe_evidence import ProbeEvidence
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation import (
    HostError,
    Refused,
    RunIdentity,
    temp_folder,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.plain_values import plain
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.probes import Known, asking, probe
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.host import Completed
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.cmdline import LINE_LIMIT, OVERHEAD, Outcome
from ansible_collections.windefend.maps.tests.support.operations import run_operation
from ansible_collections.windefend.maps.tests.support.simulated_host import SimulatedHost, machine
from ansible_collections.windefend.maps.winsim.machine.model import Machine
from ansible_collections.windefend.maps.winsim.snapshot import difference, snapshot
from ansible_collections.windefend.maps.winsim.tools.curl import transfer

NOW = 1_790_000_000.0
IDENTITY = RunIdentity(temp_folder.unique_name(NOW, "0123456789ab"), NOW)
PROXY = "proxy.corp.example:3128"
SCENARIOS = (
    "healthy", "healthy_behind_proxy", "no_winhttp_proxy_72f8f", "no_winhttp_proxy_70006", "no_winhttp_proxy_72efe",
    "crl_blocked", "tls_inspection", "proxy_authentication", "proxy_dead", "no_external_names", "clock_off",
    "defender_proxy_only",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    real = time.sleep
    monkeypatch.setattr(time, "sleep", lambda seconds: real(min(seconds, 0.1)))


def known_of(on: Machine) -> Known:
    """As a caller knows a host that has read it."""
    host = host_reading.interpret(driver.run(SimulatedHost(on), host_reading.READING))
    return Known.of_facts(
        host.system, host.defender, host.proxy, host.onboarding, host.clock_skew, host.shown["unknown"]
    )


class Host(SimulatedHost):
    """Remembers the tasks that it is given."""

    def __init__(self, on: Machine) -> None:
        super().__init__(on)
        self.tasks: list[str] = []

    def run(self, line: str, *, stdin: bytes | None = None, **options: Any) -> Completed:
        task = re.search(b"<Arguments>(.*)</Arguments>", stdin or b"")
        if task:
            self.tasks.append(html.unescape(task[1].decode()))
        return super().run(line, stdin=stdin, **options)


def examine(
    on: Machine, known: Known | None = None, candidate: str = "", **desired: Any
) -> tuple[probe.Examined, list[str]]:
    """What it came to, and the lines; nothing unknown was run, and the machine is as it was."""
    host = Host(on)
    before = snapshot(on)
    found = run_operation(host, probe.examine(probe.ProbeRequest(IDENTITY, **desired), known, candidate))
    assert set(host.unknown) <= {"curl.exe"}
    assert difference(before, snapshot(on)) == []
    assert all(len(task) < LINE_LIMIT - OVERHEAD for task in host.tasks)
    return found, host.lines


def comparable(result: dict[str, Any]) -> Any:
    """A result as a task registers it, without what differs each time."""
    without = plain(result)
    for one in (*without["endpoints"], *without["revocation"]["without_checking"], *without["revocation"]["lists"]):
        one["seconds"] = None
    return without


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_known_host_is_probed_as_system_in_two_lines(scenario: str) -> None:
    on = machine(scenario)
    desired = {"run_as": "system", "proxy": "defender"}
    single = plain(run_operation(SimulatedHost(on), probe.probe(probe.ProbeRequest(IDENTITY, **desired))))
    found, lines = examine(on, known_of(on), **desired)
    assert len(lines) <= 2
    assert comparable(found.endpoints.shown()) == comparable(single)
    assert found.candidate is None


@pytest.mark.parametrize("run_as", ["system", "current"])
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_candidate_is_tried_in_the_same_lines(scenario: str, run_as: str) -> None:
    on = machine(scenario)
    _alone, without = examine(on, known_of(on), run_as=run_as)
    found, lines = examine(on, known_of(on), PROXY, run_as=run_as)
    assert len(lines) == len(without)
    assert found.candidate is not None
    request = probe.ProbeRequest(
        IDENTITY, run_as=run_as, proxy=PROXY, urls=(*ARTICLE_URLS, *probe.CRL_URLS), crl_urls=(), revocation=False
    )
    assert comparable(found.candidate.shown()) == comparable(run_operation(SimulatedHost(on), probe.probe(request)))


@pytest.mark.parametrize("run_as", ["system", "current"])
@pytest.mark.parametrize("scenario", [*SCENARIOS, "old_build"])
def test_evidence_is_the_same_with_and_without_a_dictionary(scenario: str, run_as: str) -> None:
    found, _lines = examine(machine(scenario), None, PROXY, run_as=run_as)
    assert found.candidate is not None
    for result, lists_too in ((found.endpoints, False), (found.candidate, True)):
        evidence = ProbeEvidence.of_result(result, lists_too)
        assert evidence == from_results.probed(plain(result.shown()), lists_too)
        assert bool(evidence.maps)


def test_a_host_that_is_not_known_is_read_first() -> None:
    found, lines = examine(machine("crl_blocked"), run_as="system")
    assert len(lines) == 3
    assert found.endpoints.revocation.finding == "lists_out_of_reach"


@pytest.mark.parametrize("scenario", ["crl_blocked", "tls_inspection"])
def test_what_the_host_does_not_ask_again_is_asked_by_the_controller(
    scenario: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where curl's text held another spelling of the code than findstr looks for. The certificate is seen only then,
    so certutil has a task of its own."""
    on = machine(scenario)
    right, _lines = examine(on, known_of(on), run_as="system")
    monkeypatch.setattr(asking, "CODES", ("0xDEADBEEF",))
    found, lines = examine(on, known_of(on), run_as="system")
    assert comparable(found.endpoints.shown()) == comparable(right.endpoints.shown())
    assert [one.tls for one in found.endpoints.lenient] == [True, True, True]
    assert len(lines) == 3


@pytest.mark.parametrize(
    ("scenario", "again"), [("crl_blocked", 3), ("no_winhttp_proxy_72efe", 0), ("healthy", 0), ("proxy_dead", 0)]
)
def test_the_host_asks_again_only_what_failed_in_revocation_checking(
    scenario: str, again: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that does not answer would cost its time twice."""
    on = machine(scenario)
    asked: list[bool] = []
    real = transfer.transfer

    def noting(process: Any, request: Any, *rest: Any, **named: Any) -> Any:
        asked.append(not request.ssl_no_revoke)
        return real(process, request, *rest, **named)

    monkeypatch.setattr(transfer, "transfer", noting)
    examine(on, known_of(on), run_as="system")
    assert (asked.count(True), asked.count(False)) == (5, again)


@pytest.mark.parametrize("run_as", ["system", "current"])
def test_a_known_host_without_curl_is_said_and_not_guessed(run_as: str) -> None:
    on = machine("healthy", os="windows_server_2016")
    host = SimulatedHost(on)
    request = probe.ProbeRequest(IDENTITY, run_as=run_as)
    found = run_operation(host, probe.examine(request, known_of(on), PROXY))
    assert len(host.lines) == 1
    single = run_operation(SimulatedHost(on), probe.probe(request))
    assert comparable(found.endpoints.shown()) == comparable(single)
    assert found.candidate is not None
    assert {one.failure for one in found.candidate.asked} == {"no_curl"}


@pytest.mark.parametrize("os", ["windows_server_2019", "windows_10_22h2", "windows_11_23h2"])
def test_an_old_curl_that_is_asked_for_certificates_does_the_rest(os: str) -> None:
    on = machine("healthy", os=os)
    found, _lines = examine(on, known_of(on), run_as="system")
    assert [one.tls for one in found.endpoints.asked] == [True, True, True]
    assert found.endpoints.curl is not None
    assert [bool(one.issuer) for one in found.endpoints.asked] == [found.endpoints.curl.knows_certs] * 3


def test_a_long_url_is_asked_as_system_without_a_second_try_on_the_host() -> None:
    """Twice it would not fit into a line; the second task asks again."""
    on = machine("crl_blocked")
    url = f"https://wdcp.microsoft.com/{'a' * 3500}"
    found, lines = examine(on, known_of(on), run_as="system", urls=(url,), crl_urls=())
    assert [one.failure for one in found.endpoints.asked] == ["revocation_offline"]
    assert [one.tls for one in found.endpoints.lenient] == [True]
    assert max(map(len, lines)) < 8191


def test_what_is_not_known_of_a_host_is_not_known_of_its_ways() -> None:
    on = machine("healthy_behind_proxy")
    known = known_of(on)
    names = ("proxy.winhttp.direct", "proxy.winhttp.http", "system.elevated", "firewall.crl.verdict")
    lost = [{"fact": name, "reason": "too much"} for name in names]
    unsure = Known.of_facts(known.system, known.defender, known.stores, known.onboarding, 0.0, lost)
    found, _lines = examine(on, unsure, run_as="system")
    assert {one.way_certain for one in (*found.endpoints.asked, *found.endpoints.crl)} == {False}
    assert [one["fact"] for one in found.endpoints.shown()["unknown"]] == ["proxy.blob", "system.elevated"]
    not_elevated = replace(known, system=replace(known.system, elevated=False))
    with pytest.raises(HostError, match="requires an elevated account"):
        examine(on, not_elevated, run_as="system")
    assert replace(not_elevated, unread={"system.elevated": "x"}).may_be_elevated()


def test_a_candidate_that_cannot_be_meant_is_refused_before_anything_is_sent() -> None:
    host = SimulatedHost(machine())
    with pytest.raises(Refused, match=r"^proxy"):
        run_operation(host, probe.examine(probe.ProbeRequest(IDENTITY), None, "http://a:1"))
    assert host.lines == []


def test_an_answer_in_a_file_that_cannot_be_read_is_not_known() -> None:
    outcomes = {"0": Outcome(0), "0.said": Outcome(None)}
    assert asking._answer("0", outcomes).exit_code is None
    assert asking._answer("0", {"0": Outcome(7), "0.said": Outcome(0, b"x")}) == Outcome(7, b"x")
    assert asking._answer("0", {"0": Outcome(None), "0.said": Outcome(0, b"x")}).exit_code is None
