"""A rollback that leaves fewer checks than it found: refused without consent, and owed with it."""

from __future__ import annotations

import contextlib
import pathlib
from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.defender import spynet
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.journal.copy import KEY
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.journal.seal import Seal
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.plain_values import plain
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.protocol import HostError
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.proxy import change as proxy_change
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.remediation import history as remediation_history
from ansible_collections.windefend.maps.tests.support.operations import run_operation
from ansible_collections.windefend.maps.tests.support.remediation import (
    NOW,
    SEAL,
    Journal,
    Killed,
    MortalHost,
    changed,
    spynet_operation,
    state,
)
from ansible_collections.windefend.maps.tests.support.simulated_host import machine

REQUEST = proxy_change.ProxySettings("p.example:3128", "p.example:3128", ("<local>",))


def ssl(host: MortalHost) -> Any:
    return host.machine.registry.data(spynet.POLICY, "SSLOptions")


def set_ssl(host: MortalHost, value: int) -> None:
    host.machine.registry.set_dword(spynet.POLICY, "SSLOptions", value)


def debt(host: MortalHost, seal: Seal | None = SEAL, warnings: list[str] | None = None) -> list[dict[str, Any]]:
    keys = remediation_history.Keys(lambda: seal, lambda: SEAL)
    operation = remediation_history.remember(
        step=None, depends_on="", present=True, now=NOW, check_mode=True, keys=keys
    )
    return list(plain(run_operation(host, operation, warnings))["debt"])


def tightened_by_us(host: MortalHost, one: Journal) -> None:
    set_ssl(host, 0)
    one.drive(host, spynet_operation(ssl_options=3))


def test_a_rollback_that_loosens_is_refused_without_consent(host: MortalHost, journal_of: Journal) -> None:
    tightened_by_us(host, journal_of)
    journal_of.drive(host, proxy_change.configure(REQUEST, "winhttp", False))
    before = state(host.machine)
    for check_mode in (True, False):
        with pytest.raises(HostError, match=r"SSLOptions weaker.*revocation_check and certificate_pinning") as refused:
            journal_of.rollback(host, allow_loosening=False, check_mode=check_mode, force=True)
        assert refused.value.details["loosens"] == ["revocation_check", "certificate_pinning"]
        assert refused.value.details["before"] == refused.value.details["after"]
    assert changed(before, host.machine) == [], "not even the proxy"


def test_a_rollback_that_loosens_warns_and_is_owed(host: MortalHost, journal_of: Journal) -> None:
    tightened_by_us(host, journal_of)
    warnings: list[str] = []
    run_operation(host, spynet_operation(ssl_options=0, check_mode=True), warnings)
    result = journal_of.rollback(host)
    assert ssl(host) == 0
    assert warnings[0] in result["warnings"], "the words of windefend.maps.spynet"
    (owed,) = debt(host)
    assert {name: owed[name] for name in ("value", "before", "lost", "run", "verified")} == {
        "value": 0,
        "before": 3,
        "lost": ["revocation_check", "certificate_pinning"],
        "run": "run-1",
        "verified": True,
    }
    assert not journal_of.rollback(host)["changed"], "it stays owed"
    assert len(debt(host)) == 1
    set_ssl(host, 3)
    assert debt(host) == []
    assert journal_of.rollback(host)["removed"] == [KEY], "what is paid is forgotten"


def test_a_loosening_that_broke_off_is_owed_as_far_as_it_came(tmp_path: pathlib.Path) -> None:
    for cut in range(1, 5):
        for carried_out in (False, True):
            host, one = MortalHost(machine()), Journal(tmp_path / f"{cut}{carried_out}")
            tightened_by_us(host, one)
            deadly = MortalHost(host.machine, cut, carried_out)
            with contextlib.suppress(Killed):
                one.rollback(deadly)
            assert bool(debt(host)) == (ssl(host) == 0), (cut, carried_out)


def test_a_run_after_which_others_stay_owes_too(host: MortalHost, tmp_path: pathlib.Path) -> None:
    first, second = Journal(tmp_path, "first"), Journal(tmp_path, "second")
    first.drive(host, proxy_change.configure(REQUEST, "winhttp", False))
    tightened_by_us(host, second)
    second.rollback(host, run="second")
    assert debt(host)[0]["run"] == "second"
    assert first.rollback(host, run="first")["changed"]
    assert debt(host)[0]["run"] == "second", "taking back another run pays nothing"


def test_a_value_whose_meaning_is_not_known_counts_as_looser_and_cannot_be_owed(
    host: MortalHost, journal_of: Journal
) -> None:
    host.machine.registry.set_text(spynet.POLICY, "SSLOptions", "3")
    clean = state(host.machine)
    journal_of.drive(host, spynet_operation(ssl_options=3))
    with pytest.raises(HostError, match="SSLOptions weaker"):
        journal_of.rollback(host, allow_loosening=False)
    assert any("turns off" in warning for warning in journal_of.rollback(host)["warnings"])
    assert changed(clean, host.machine) == []
