"""What a host owes, what was tried there in vain, and when a loosening is refused."""

from __future__ import annotations

import datetime as dt
import pathlib
from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.defender import spynet
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation import RunIdentity
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.plain_values import plain
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.protocol import HostError
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.remediation import history as remediation_history
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.registry import OWN_KEY
from ansible_collections.windefend.maps.tests.support.operations import run_operation, validation
from ansible_collections.windefend.maps.tests.support.remediation import (
    NOW,
    SEAL,
    Journal,
    MortalHost,
    changed,
    spynet_operation,
    state,
)
from ansible_collections.windefend.maps.tests.support.simulated_host import machine
from ansible_collections.windefend.maps.winsim.machine import proxy_stores
from ansible_collections.windefend.maps.winsim.machine.registry import ValueType

DAY = 86400
DIGEST = "0123456789abcdef"
KEYS = remediation_history.Keys(lambda: SEAL, lambda: SEAL)


@pytest.fixture
def host() -> MortalHost:
    return MortalHost(machine())


@pytest.fixture
def journal(tmp_path: pathlib.Path) -> Journal:
    return Journal(tmp_path)


def memory(
    host: MortalHost, step: str | None = None, days: float = 0, warnings: list[str] | None = None, **options: Any
) -> dict[str, Any]:
    requested: dict[str, Any] = {
        "present": True,
        "check_mode": False,
        "depends_on": DIGEST,
        "keys": KEYS,
    }
    requested |= options
    return dict(
        plain(run_operation(host, remediation_history.remember(step=step, now=NOW + days * DAY, **requested), warnings))
    )


def loosen(host: MortalHost, journal: Journal, value: int) -> None:
    journal.drive(host, spynet_operation(ssl_options=value))


def test_a_host_that_was_left_alone_owes_nothing(host: MortalHost) -> None:
    assert memory(host) == {"changed": False, "before": [], "after": [], "debt": [], "unknown": []}


def test_debt_has_an_age(host: MortalHost, journal: Journal) -> None:
    loosen(host, journal, 2)
    (debt,) = memory(host, days=12.5)["debt"]
    assert debt == {
        "what": "ssl_options",
        "value": 2,
        "loosened_to": 2,
        "before": None,
        "lost": ["revocation_check"],
        "since": dt.datetime.fromtimestamp(NOW, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "age_days": 12.5,
        "run": "run-1",
        "verified": True,
    }


def test_a_second_loosening_does_not_make_the_debt_younger(host: MortalHost, tmp_path: pathlib.Path) -> None:
    loosen(host, Journal(tmp_path, "old"), 2)
    loosen(host, Journal(tmp_path, "new"), 0)
    (debt,) = memory(host)["debt"]
    assert (debt["run"], debt["lost"], debt["before"]) == ("old", ["revocation_check", "certificate_pinning"], None)


@pytest.mark.parametrize(("recorded", "stored", "again"), [(2, 2, 2), (2, 0, 2), (0, 0, 0), (0, 1, 1), (0, 2, 2)])
def test_loosened_again_is_no_more_than_the_record_did(
    host: MortalHost, journal: Journal, recorded: int, stored: int, again: int
) -> None:
    loosen(host, journal, recorded)
    host.machine.registry.set_dword(spynet.POLICY, "SSLOptions", stored)
    (debt,) = memory(host)["debt"]
    assert (debt["value"], debt["loosened_to"]) == (stored, again)


def test_half_of_it_paid_is_half_of_it_owed(host: MortalHost, journal: Journal) -> None:
    loosen(host, journal, 0)
    loosen(host, journal, 2)
    (debt,) = memory(host)["debt"]
    assert debt["lost"] == ["revocation_check"]


@pytest.mark.parametrize("value", [3, None])
def test_paid_is_paid(host: MortalHost, journal: Journal, value: int | None) -> None:
    loosen(host, journal, 2)
    request: dict[str, Any] = {"ssl_options": 3} if value else {"absent": ("ssl_options",)}
    journal.drive(host, spynet_operation(**request))
    assert memory(host)["debt"] == []


def test_somebody_else_may_pay(host: MortalHost, journal: Journal) -> None:
    loosen(host, journal, 2)
    host.machine.registry.delete_value(spynet.POLICY, "SSLOptions")
    assert memory(host)["debt"] == []


def test_what_others_loosened_is_no_debt_of_ours(host: MortalHost, journal: Journal) -> None:
    host.machine.registry.set_dword(spynet.POLICY, "SSLOptions", 2)
    journal.drive(host, spynet_operation(reporting=2))
    assert memory(host)["debt"] == []
    loosen(host, journal, 0)
    (debt,) = memory(host)["debt"]
    assert (debt["before"], debt["lost"]) == (2, ["certificate_pinning"])


def test_a_rollback_pays(host: MortalHost, journal: Journal) -> None:
    clean = state(host.machine)
    loosen(host, journal, 2)
    memory(host, "ssl_options")
    journal.rollback(host)
    assert memory(host)["debt"] == []
    assert changed(clean, host.machine) == []


def test_damaged_is_unknown_and_not_nothing(host: MortalHost, journal: Journal) -> None:
    loosen(host, journal, 2)
    for value in host.machine.registry.key(OWN_KEY).values.values():
        value.data = "1.x"
    warnings: list[str] = []
    assert memory(host, warnings=warnings)["debt"] is None
    assert "cannot be read" in warnings[0]
    assert "value 2027" in warnings[0], "which one, is said"
    assert "skip_damaged" in warnings[0], "and how to go on"


def test_a_step_is_remembered_once_and_forgotten(host: MortalHost) -> None:
    clean = state(host.machine)
    predicted = memory(host, "tighten", check_mode=True)
    assert predicted["changed"]
    assert changed(clean, host.machine) == []
    done = memory(host, "tighten")
    assert done == predicted
    assert not memory(host, "tighten", days=3)["changed"]
    assert memory(host)["after"] == done["after"]
    later = memory(host, "tighten", days=3, depends_on="f" * 16)
    assert (later["changed"], later["after"][0]["depends"]) == (True, "f" * 16)
    memory(host, "firewall")
    assert [one["step"] for one in memory(host, "tighten", present=False)["after"]] == ["firewall"]
    assert memory(host, "firewall", present=False)["after"] == []
    assert changed(clean, host.machine) == [], "the key went with its last value"
    assert not memory(host, "firewall", present=False)["changed"]


def test_what_cannot_be_read_was_never_tried(host: MortalHost) -> None:
    for name, text in {
        "tried.firewall": "3.eyJ9", "tried.tighten": "2.###", "tried.other": "2.e30", "tried.ssl_options": "2.e30",
    }.items():  # fmt: skip
        host.machine.registry.set_text(OWN_KEY, name, text)
    assert memory(host)["after"] == []
    assert memory(host, "tighten")["changed"]


def test_an_account_without_rights_is_told() -> None:
    host = MortalHost(machine("not_elevated"))
    with pytest.raises(HostError, match="elevated"):
        memory(host, "tighten")


def validated(host: MortalHost) -> dict[str, Any]:
    operation = validation(run_as="current", timeout=5, identity=RunIdentity("x", NOW))
    return dict(plain(run_operation(host, operation)))


def test_a_digest_changes_with_what_the_step_depends_on_and_with_nothing_else() -> None:
    host = MortalHost(machine("crl_blocked"))
    before = validated(host)
    digests = {step: remediation_history.fingerprint(step, before, 2) for step in remediation_history.STEPS}
    assert len(set(digests.values())) == len(remediation_history.STEPS)
    host.machine.registry.set_dword(spynet.POLICY, "SubmitSamplesConsent", 1)
    assert {
        step: remediation_history.fingerprint(step, validated(host), 2) for step in remediation_history.STEPS
    } == digests
    assert remediation_history.fingerprint("ssl_options", before, 0) != digests["ssl_options"]
    proxy_stores.write_winhttp(host.machine, "other.example:1", "")
    assert all(
        remediation_history.fingerprint(step, validated(host), 2) != digests[step] for step in remediation_history.STEPS
    )


def test_the_way_back_does_not_depend_on_the_loosening_itself() -> None:
    host = MortalHost(machine("crl_blocked"))
    strict = validated(host)
    host.machine.registry.set(spynet.POLICY, "SSLOptions", ValueType.DWORD, 2)
    loose = validated(host)
    assert strict["connected"] is not loose["connected"]
    assert remediation_history.fingerprint("tighten", strict, "") == remediation_history.fingerprint(
        "tighten", loose, ""
    )


ENDPOINTS: dict[str, Any] = {
    "inspected": [],
    "endpoints": [{"code": "0x80092013", "issuer": None, "inspected": None}],
    "revocation": {"codes": ["0x80092013"]},
}


def test_an_unreachable_list_refuses_nothing() -> None:
    assert remediation_history.pinning_blocker(ENDPOINTS) == ""


@pytest.mark.parametrize(
    ("seen", "reason"),
    [
        (
            {"inspected": ["https://a/"], "endpoints": [{"code": "", "issuer": "CN=Corp", "inspected": True}]},
            "issued by CN=Corp",
        ),
        ({"endpoints": [{"code": "0x80092012", "issuer": None, "inspected": None}]}, "names no revocation list"),
        ({"revocation": {"codes": ["0x80092012"]}}, "names no revocation list"),
    ],
)
def test_an_inspection_refuses_to_give_pinning_up(seen: dict[str, Any], reason: str) -> None:
    assert reason in remediation_history.pinning_blocker({**ENDPOINTS, **seen})


@pytest.mark.parametrize("text", ["", "x", "0" * 15, "0" * 17, "G" * 16])
def test_what_is_no_digest_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a digest"):
        remediation_history.check_depends(text)
