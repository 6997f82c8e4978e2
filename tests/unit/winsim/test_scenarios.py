"""Each scenario breaks what it says, and the cure that it expects is the one that helps."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from ansible_collections.windefend.maps.winsim import physics
from ansible_collections.windefend.maps.winsim.machine import proxy_stores
from ansible_collections.windefend.maps.winsim.machine.accounts import SYSTEM, Role
from ansible_collections.windefend.maps.winsim.machine.builder import LOCALES, SYSTEMS, build
from ansible_collections.windefend.maps.winsim.machine.model import Machine
from ansible_collections.windefend.maps.winsim.scenarios import SCENARIOS, Cause, Outcome
from ansible_collections.windefend.maps.winsim.snapshot import difference, snapshot

SPYNET = r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender\Spynet"
RULES = r"HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\FirewallRules"

# Scenario -> what the caller gets, what SYSTEM gets; None: connected.
ANSWERS: dict[str, tuple[int | None, int | None]] = {
    "healthy": (None, None),
    "healthy_behind_proxy": (None, None),
    "no_winhttp_proxy_72f8f": (0x80072F8F, 0x80072F8F),
    "wsus_by_full_name": (0x80072F8F, 0x80072F8F),
    "server_2016_no_proxy": (0x80072F8F, 0x80072F8F),
    "no_winhttp_proxy_70006": (0x80070006, 0x80070006),
    "no_winhttp_proxy_72efe": (0x80072EFE, 0x80072EFE),
    "defender_proxy_only": (0x80072F8F, 0x80072F8F),
    "defender_proxy_local": (0x80072F8F, 0x80072F8F),
    "admin_own_proxy": (None, 0x80070006),
    "advanced_store_only": (0x80070006, 0x80070006),
    "proxy_switched_off": (0x80070006, 0x80070006),
    "wpad_disabled": (0x80070006, 0x80070006),
    "proxy_bypassed": (0x80070006, 0x80070006),
    "proxy_service_disabled": (0x80070006, 0x80070006),
    "proxy_unusable": (0x80070006, 0x80070006),
    "key_denied": (0x80072F8F, 0x80072F8F),
    "firewall_service_stopped": (0x80070006, 0x80070006),
    "registry_tools_disabled": (None, None),
    "autorun": (None, None),
    "smart_quotes": (0x80072EFD, 0x80072EFD),
    "applocker": (0x80070006, 0x80070006),
    "proxy_dead": (0x80072EFD, 0x80072EFD),
    "proxy_authentication": (0x80070006, 0x80070006),
    "tls_inspection": (0x80072F0D, 0x80072F0D),
    "crl_blocked": (0x80072F8F, 0x80072F8F),
    "no_external_names": (0x80004005, 0x80004005),
    "outbound_block": (0x80070006, 0x80070006),
    "local_block_rule": (0x80070006, 0x80070006),
    "long_rules": (0x80070006, 0x80070006),
    "gpo_block_rule": (0x80070006, 0x80070006),
    "service_disabled": (0x800106BA, 0x800106BA),
    "disable_value_ignored": (0x800106BA, 0x800106BA),
    "other_antivirus": (0x800106BA, 0x800106BA),
    "maps_off": (0x80004005, 0x80004005),
    "old_build": (0x80070667, 0x80070667),
    "clock_off": (0x80072F8F, 0x80072F8F),
    "remote_user_with_shell": (0x80070005, None),
    # Nobody gets in on these, so the command is never run.
    "not_elevated": (0x80070005, None),
    "filtered_administrator": (0x80070005, None),
    "remote_shell_disabled": (None, None),
    "wrong_password": (None, None),
    "unreachable": (None, None),
}


def set_proxy(machine: Machine) -> None:
    proxy_stores.write_winhttp(machine, "proxy.corp.example:3128", "<local>")


def loosen(machine: Machine) -> None:
    machine.registry.set_dword(SPYNET, "SSLOptions", 2)


def allow(machine: Machine) -> None:
    for service, port in (("WinDefend", 443), ("CryptSvc", 80)):
        rule = f"v2.31|Action=Allow|Active=TRUE|Dir=Out|Protocol=6|RPort={port}|Svc={service}|Name={service}|"
        machine.registry.set_text(RULES, service, rule)


CUT_OFF_FROM_THE_LISTS = (
    "no_winhttp_proxy_72f8f", "defender_proxy_only", "defender_proxy_local", "wsus_by_full_name",
    "server_2016_no_proxy", "key_denied",
)  # fmt: skip
CURES: dict[Cause, Callable[[Machine], None]] = {
    Cause.WINHTTP_PROXY_MISSING: set_proxy,
    Cause.WINHTTP_PROXY_DEAD: set_proxy,
    Cause.WINHTTP_PROXY_UNUSABLE: set_proxy,
    Cause.PROXY_BYPASSED: set_proxy,
    Cause.NAME_RESOLUTION: set_proxy,
    Cause.CRL_UNREACHABLE: loosen,
    Cause.FIREWALL_DEFAULT_BLOCK: allow,
}


def broken(name: str, locale: str = "en") -> Machine:
    scenario = SCENARIOS[name]
    machine = build("PC-001", os=SYSTEMS[scenario.os or "windows_server_2022"], locale=LOCALES[locale], seed=1)
    machine.defender.choice = 0
    scenario.change(machine)
    return machine


def test_the_table_is_complete() -> None:
    assert ANSWERS.keys() == SCENARIOS.keys()


@pytest.mark.parametrize("name", ANSWERS)
def test_answers(name: str) -> None:
    machine = broken(name)
    caller = machine.accounts[0].token(machine.name)
    answers = physics.validate(machine, caller), physics.validate(machine, SYSTEM)
    assert (answers[0].hresult, answers[1].hresult) == ANSWERS[name]


@pytest.mark.parametrize("name", [name for name, one in SCENARIOS.items() if one.expect.outcome is Outcome.REPAIRED])
def test_what_should_be_repaired_can_be_and_by_its_own_cure_alone(name: str) -> None:
    for cause, cure in CURES.items():
        machine = broken(name)
        cure(machine)
        helps = physics.validate(machine, SYSTEM).connected
        if cure is CURES[SCENARIOS[name].expect.cause]:
            assert helps
        elif not (cure is loosen and name in CUT_OFF_FROM_THE_LISTS):
            # There the loosening would help as well: nothing but the revocation list is missing.
            assert not helps, cause


@pytest.mark.parametrize(
    "name", [name for name, one in SCENARIOS.items() if one.expect.outcome is Outcome.NOT_REPAIRABLE]
)
def test_what_should_not_be_repaired_cannot_be(name: str) -> None:
    machine = broken(name)
    for cause, cure in CURES.items():
        # Where the firewall's service does not run, no rule can be added.
        if (SCENARIOS[name].expect.cause, cause) != (Cause.FIREWALL_SERVICE_STOPPED, Cause.FIREWALL_DEFAULT_BLOCK):
            cure(machine)
    caller = machine.accounts[0].token(machine.name)
    assert not physics.validate(machine, caller).connected


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_is_described_and_the_same_twice(name: str) -> None:
    assert SCENARIOS[name].description.endswith(".")
    assert snapshot(broken(name)) == snapshot(broken(name))


@pytest.mark.parametrize("name", sorted(SCENARIOS.keys() - {"healthy", "old_build", "unreachable", "wrong_password"}))
def test_a_scenario_changes_something(name: str) -> None:
    clean = build("PC-001", os=SYSTEMS[SCENARIOS[name].os or "windows_server_2022"], seed=1)
    clean.defender.choice = 0
    assert difference(snapshot(clean), snapshot(broken(name)))


def test_who_comes_in() -> None:
    assert broken("not_elevated").accounts[0].role is Role.REMOTE_USER
    assert broken("filtered_administrator").accounts[0].role is Role.FILTERED_ADMINISTRATOR
    changed, clean = broken("wrong_password"), broken("healthy")
    user, password = clean.accounts[0].name, clean.accounts[0].password
    assert clean.logon(user, password) is not None
    assert changed.logon(user, password) is None
    assert not SCENARIOS["unreachable"].listens


def test_every_outcome_is_there() -> None:
    assert {one.expect.outcome for one in SCENARIOS.values()} == set(Outcome)
