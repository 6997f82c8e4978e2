"""A run is killed at every step, and the rollback brings the machine back byte for byte, GUIDs of rules apart.

Every scenario of winsim in which the remediation changes something, and every module that changes, each command in a
line of its own: before each command that changes and after it. Then from each journal alone and from both.
"""

from __future__ import annotations

import contextlib
import copy
import pathlib
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain import publisher_evidence, root_lists
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.defender import own_proxy
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.firewall import allow_rule
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.journal import allowed as journal_allowed
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.journal.copy import OWN_KEY
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.journal.record import JournalContents
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation import HostError, RunIdentity
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.protocol import Ask, Operation
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.probes import capi2_log
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.proxy import change as proxy_change
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.host import RemoteError
from ansible_collections.windefend.maps.tests.support.operations import run_operation
from ansible_collections.windefend.maps.tests.support.remediation import (
    NOW,
    SEAL,
    Journal,
    Killed,
    MortalHost,
    changed,
    remediate,
    spynet_operation,
    state,
)
from ansible_collections.windefend.maps.tests.support.simulated_host import machine
from ansible_collections.windefend.maps.winsim.machine import firewall as store, proxy_stores
from ansible_collections.windefend.maps.winsim.machine.internet_settings import InternetSettings
from ansible_collections.windefend.maps.winsim.machine.model import Machine
from ansible_collections.windefend.maps.winsim.machine.registry import ValueType
from ansible_collections.windefend.maps.winsim.scenarios import SCENARIOS

Work = Callable[[MortalHost, Journal], Any]
SOURCES = ("auto", "controller", "host")
SPYNET = r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender\Spynet"
CHANGING = (
    *("outbound_block", "no_winhttp_proxy_72f8f", "no_winhttp_proxy_70006", "no_winhttp_proxy_72efe"),
    *("defender_proxy_only", "admin_own_proxy", "advanced_store_only", "proxy_dead"),
    *("crl_blocked", "no_external_names", "clock_off", "wsus_by_full_name", "server_2016_no_proxy"),
    *("proxy_switched_off", "proxy_bypassed", "proxy_unusable", "defender_proxy_local"),
    *("applocker", "key_denied", "firewall_service_stopped", "smart_quotes", "wpad_disabled"),
)
"""The scenarios in which the remediation changes something."""
UNREADABLE = "key_denied"
"""A rollback reads SSLOptions first, to see whether it would relax a check, and there it cannot."""


PROBED = ("no_winhttp_proxy_72f8f", "crl_blocked", "outbound_block")
"""Those that are repaired with probes as well, each of which is a task and a folder for a while."""


def scenario(name: str, probe: bool = False) -> tuple[Machine, Work]:
    variables = {**SCENARIOS[name].variables, "probe": "auto" if probe else "never"}
    return machine(name), lambda host, journal: remediate(host, journal, variables)


def prepared_machine() -> Machine:
    """Something of everybody else's stands wherever a module writes: wrong types, other views, texts of Japan."""
    on = machine("healthy", locale="ja")
    on.registry.set(SPYNET, "SSLOptions", ValueType.MULTI_SZ, ("二", "a;b", "c|d"))
    on.registry.set(SPYNET, "SpynetReporting", ValueType.BINARY, bytes(range(40)))
    on.registry.set(SPYNET, "SubmitSamplesConsent", ValueType.QWORD, 1 << 40)
    proxy_stores.write_winhttp(on, "old.corp.example:8080", "<local>;*.corp.example")
    on.registry.set(proxy_stores.CONNECTIONS_KEY, "WinHttpSettings", ValueType.BINARY, b"\x18", view=32)
    settings = InternetSettings("http=a.example:1;https=b.example:2", "<local>", True, "http://pac.example/p.pac")
    proxy_stores.write_advanced(on, settings)
    on.registry.set_text(root_lists.AUTO_UPDATE, "RootDirUrl", r"file://\\サーバー\共有")
    rules = f"{store.LOCAL_KEY}\\FirewallRules"
    rule = allow_rule.RuleSpec("規則", service="WinDefend", protocol="tcp", remote_ports=("80", "8000-8100"))
    run_operation(MortalHost(on), allow_rule.configure(rule, True, False))
    written = next(text for _name, text in texts(on, rules) if "規則" in text)
    on.registry.set_text(rules, "{twice}", written.replace("RPort=80|", "RPort=81|"))
    on.registry.set_text(rules, "{in}", "v2.31|Action=Block|Active=TRUE|Dir=In|Protocol=6|LPort=1|Name=別|")
    return on


def texts(on: Machine, key: str) -> list[tuple[str, str]]:
    return [(value.name, str(value.data)) for value in on.registry.key(key).values.values()]


def every_module(host: MortalHost, journal: Journal) -> None:
    roots: dict[str, Any] = {"stale_after": 7, "now": NOW, "check_mode": False}
    url = {"root_dir_url": "http://ctl.corp.example/ctl", "disable_root_auto_update": True}
    request = proxy_change.ProxySettings("p.example:3128", "p.example:3128", ("<local>",))
    pac = proxy_change.ProxySettings("a.example:1", "b.example:2", ("*.x",), "http://pac.example/other.pac", True)
    rule = allow_rule.RuleSpec("規則", service="WinDefend", protocol="tcp", remote_ports=("443",))
    for operation in (
        spynet_operation(ssl_options=2, reporting=2, submit_samples=1),
        spynet_operation(ssl_options=0),
        own_proxy.configure(own_proxy.wanted_from("http://p.example:8080", None, ["*.a.example"]), False, False),
        own_proxy.configure(own_proxy.wanted_from("", "http://p.example/p.pac", None), False, False),
        proxy_change.configure(request, "winhttp", False),
        proxy_change.configure(pac, "advanced", False),
        proxy_change.configure(proxy_change.ProxySettings(), "winhttp", False),
        allow_rule.configure(rule, True, False),
        allow_rule.configure(allow_rule.RuleSpec("another", protocol="any"), True, False),
        root_lists.configure(requested=url, absent=("enable_disallowed_cert_auto_update",), **roots),
        root_lists.configure(requested={}, absent=("root_dir_url",), **roots),
        capi2_log.configure(capi2_log.LogRequest(True, 0), False),
    ):
        journal.drive(host, operation)


def evidence(host: MortalHost, journal: Journal) -> None:
    """Each file twice, so that the first backup is the one that counts."""
    places = publisher_evidence.places(("v4.0.30319",), (32, 64))
    for number, enabled in enumerate((False, None)):
        name = f"windefend-maps-{int(NOW):x}-0{number}"
        journal.drive(
            host,
            publisher_evidence.configure(
                enabled=enabled, wanted=places, identity=RunIdentity(name, NOW + number), check_mode=False
            ),
        )


WORKS: dict[str, Callable[[], tuple[Machine, Work]]] = {
    **{name: (lambda name=name: scenario(name)) for name in CHANGING if name != UNREADABLE},  # type: ignore[misc]
    **{f"{name}, probed": (lambda name=name: scenario(name, probe=True)) for name in PROBED},  # type: ignore[misc]
    "every module": lambda: (prepared_machine(), every_module),
    "every module, clean": lambda: (machine("healthy", os="windows_server_2025"), every_module),
    "publisher evidence": lambda: (machine("healthy"), evidence),
}


def run(work: Work, on: Machine, journal: Journal, cut: int = 0, carried_out: bool = False) -> MortalHost:
    host = MortalHost(on, cut, carried_out)
    try:
        work(host, journal)
    except Killed:
        assert cut
    return host


def test_no_other_scenario_is_changed(tmp_path: pathlib.Path) -> None:
    found = []
    for name, one in SCENARIOS.items():
        on = machine(name)
        before = state(on)
        changing = 0
        with contextlib.suppress(HostError, RemoteError):  # nothing can be read of such a host
            changing = run(scenario(name)[1], on, Journal(tmp_path / name)).changing if one.listens else 0
        if changing:
            assert on.registry.exists(r"HKLM\SOFTWARE\windefend.maps"), name
            found.append(name)
        else:
            assert changed(before, on) == [], name
    assert sorted(found) == sorted(CHANGING)


def test_a_rollback_that_cannot_see_what_it_relaxes_says_so_and_restores_nothing(tmp_path: pathlib.Path) -> None:
    on = machine(UNREADABLE)
    journal = Journal(tmp_path)
    assert run(scenario(UNREADABLE)[1], on, journal).changing
    repaired = state(on)
    with pytest.raises(HostError, match=r"SSLOptions .* could not be read"):
        journal.rollback(MortalHost(on))
    assert changed(repaired, on) == []


@pytest.mark.parametrize("name", WORKS)
def test_killed_at_every_step(name: str, tmp_path: pathlib.Path) -> None:
    on, work = WORKS[name]()
    before = state(on)
    clean = copy.deepcopy(on)
    whole = run(work, on, Journal(tmp_path / "whole"))
    assert whole.unknown == []
    assert changed(before, on)
    steps = [(0, False), *((cut, done) for cut in range(1, whole.changing + 1) for done in (False, True))]
    for number, (cut, carried_out) in enumerate(steps):
        # The long ones take one source after the other in turn.
        for source in SOURCES if name in CHANGING else (SOURCES[number % 3],):
            on = copy.deepcopy(clean)
            journal = Journal(tmp_path / f"{cut}{carried_out}{source}")
            run(work, on, journal, cut, carried_out)
            journal.rollback(MortalHost(on), source=source)
            assert changed(before, on) == [], (cut, carried_out, source)
            again = journal.rollback(MortalHost(on), source=source)
            assert not again["changed"], (cut, carried_out, source)


@pytest.mark.parametrize("name", ["crl_blocked", "outbound_block", "every module", "publisher evidence"])
def test_a_rollback_that_is_killed_is_finished_by_the_next(name: str, tmp_path: pathlib.Path) -> None:
    on, work = WORKS[name]()
    before = state(on)
    journal = Journal(tmp_path / "run")
    run(work, on, journal)
    done = copy.deepcopy(on)
    whole = MortalHost(on)
    Journal(tmp_path / "other").rollback(whole)
    for cut in range(1, whole.changing + 1):
        for carried_out in (False, True):
            on = copy.deepcopy(done)
            with pytest.raises(Killed):
                Journal(tmp_path / "none").rollback(MortalHost(on, cut, carried_out), source="host")
            result = Journal(tmp_path / "none").rollback(MortalHost(on), source="host")
            assert changed(before, on) == [], (cut, carried_out)
            assert result["conflicts"] == []


def test_whole_files_come_back_from_the_controller_when_their_backups_are_gone(tmp_path: pathlib.Path) -> None:
    on, work = WORKS["publisher evidence"]()
    before = state(on)
    journal = Journal(tmp_path)
    run(work, on, journal)
    for path in [node.path for node in on.files.nodes.values() if node.path.endswith(".bak")]:
        on.files.remove(path)
    journal.rollback(MortalHost(on))
    assert changed(before, on) == []


def test_every_place_that_these_modules_write_is_in_the_table(tmp_path: pathlib.Path) -> None:
    """What is changed on a host while a journal is kept, taken from its own state, is what the table names."""
    modules = set()
    for name in ("every module", "every module, clean", "publisher evidence", "crl_blocked", "outbound_block"):
        on, work = WORKS[name]()
        journal = Journal(tmp_path / name)
        run(work, on, journal)
        kept = journal.store.read()
        assert kept.problems == ()
        for record in kept.records:
            modules.add(record.module)
            assert SEAL.verifies(record)
            for undo in record.undo:
                journal_allowed.check(record.module, undo.place, undo.before, undo.intended, undo.content)
        copies = run_operation(MortalHost(on), reading_own())
        assert copies.problems == ()
        assert {record.id for record in copies.records} == {record.id for record in kept.records}
        assert all(map(SEAL.verifies, copies.records))
    assert modules == set(journal_allowed.PLACES) - {"rollback"}


def reading_own() -> Operation[JournalContents]:
    answer = yield Ask(OWN_KEY.commands)
    return answer[OWN_KEY]
