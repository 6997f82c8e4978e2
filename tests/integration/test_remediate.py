"""The role remediate and its playbooks, scenario by scenario, through real ansible-playbook runs."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import pytest
import yaml
from ansible_collections.windefend.maps.tests.support.carried_fleet import carried
from ansible_collections.windefend.maps.tests.support.fleet import ROOT, Run, SimulatedFleet
from ansible_collections.windefend.maps.winsim.snapshot import difference

StartFleet = Callable[[Mapping[str, Any]], SimulatedFleet]
PROXY = "proxy.corp.example:3128"
OURS = r"\windefend.maps"
"""Our key, where the host keeps what was changed and tried."""
REQUESTS = {"remediate_winhttp_proxy": PROXY, "remediate_winhttp_proxy_bypass_list": ["<local>", "*.corp.example"]}
DEMO = yaml.safe_load((ROOT / "demo" / "fleet.yml").read_text())
FAILED = 2
"""The exit status, since nothing can be read of two hosts of the demo."""


def remediate(fleet: SimulatedFleet, *options: str, **variables: Any) -> tuple[Run, dict[str, Any]]:
    """Runs playbooks/remediate.yml; gives the run and the report's hosts."""
    report = fleet.folder / "report.json"
    requested = {**REQUESTS, **variables, "maps_report_path": str(report)}
    run = fleet.playbook(ROOT / "playbooks" / "remediate.yml", *options, variables=requested)
    return run, json.loads(report.read_text())["hosts"] if report.exists() else {}


def test_demo_fleet(start_fleet: StartFleet) -> None:
    """Each scenario ends as the article and the model say; check mode changes no byte, a second run nothing."""
    fleet = start_fleet(DEMO)
    before = fleet.states()
    run, foretold = remediate(fleet, "--check", "--diff")
    assert run.status == FAILED, run.output
    assert fleet.states() == before
    assert foretold["no-proxy-72f8f"]["outcome"] == "planned"

    run, report = remediate(fleet)
    assert run.status == FAILED, run.output
    check_ends(fleet, report, before)
    assert all(host["bytes"] > 0 for host in report.values() if host["outcome"] == "repaired")

    repaired = fleet.states()
    run, again = remediate(fleet)
    assert run.status == FAILED, run.output
    check_second_run(run, again)
    assert fleet.states() == repaired


def check_ends(
    fleet: SimulatedFleet,
    report: Mapping[str, Any],
    before: Mapping[str, Any],
    otherwise: Mapping[str, tuple[str, str]] = MappingProxyType({}),
) -> None:
    """As the scenarios say; `otherwise` has the hosts of another outcome and cause."""
    for host in fleet.fleet.hosts:
        ended = report[host.name]
        outcome, cause = otherwise.get(host.name, (host.expect.outcome, host.expect.cause))
        assert ended["outcome"] == outcome, (host.name, ended)
        if ended["outcome"] not in ("unreachable", "failed", "healthy"):
            assert cause in (ended["cause"], *ended["before"]["alternatives"]), (host.name, ended)
        if ended["outcome"] in ("healthy", "not_applicable", "unreachable", "failed"):
            assert fleet.state(host.name) == before[host.name], host.name
        if ended["outcome"] == "repaired":
            assert ended["after"]["connected"]
            assert ended["steps"][-1]["helped"]
            assert ended["requests"] > 0


def check_second_run(run: Run, report: Mapping[str, Any]) -> None:
    assert all(stats["changed"] == 0 for stats in run.stats.values())
    assert {host["outcome"] for host in report.values()} == {
        "healthy", "not_repairable", "not_applicable", "unreachable", "failed"
    }  # fmt: skip


OVER_SSH = {
    "no-remote-shell": ("healthy", "none"),  # the policy is one of WinRM
    "not-elevated": ("not_repairable", "not_elevated"),  # any account that may log on gets a shell
    "filtered-admin": ("not_repairable", "not_elevated"),  # winsim gives it the filtered token here too
    "autorun": ("unreachable", "unreachable"),  # the default shell runs it before it starts ours
}
"""What these hosts do to WinRM's shells they do otherwise, or not at all, to those of OpenSSH's server."""


@pytest.mark.parametrize(("connection", "otherwise"), [("psrp", {}), ("ssh", OVER_SSH)])
def test_the_demo_fleet_ends_over_other_connections_as_over_winrm(
    start_fleet: StartFleet, connection: str, otherwise: Mapping[str, tuple[str, str]]
) -> None:
    fleet = start_fleet(DEMO)
    before = fleet.states()
    with carried(fleet, connection):
        run, report = remediate(fleet)
        assert run.status == FAILED, run.output
        check_ends(fleet, report, before, otherwise)
        repaired = fleet.states()
        run, again = remediate(fleet)
    check_second_run(run, again)
    assert fleet.states() == repaired


def test_consent_alone_does_not_loosen(start_fleet: StartFleet) -> None:
    """The proxy helps, so SSLOptions stays as it is although loosening it was allowed."""
    fleet = start_fleet({"hosts": [{"name": "pc", "scenario": "no_winhttp_proxy_72f8f"}]})
    _run, report = remediate(fleet, remediate_ssl_options_workaround="no_revocation_no_pinning")
    assert [step["id"] for step in report["pc"]["steps"]] == ["winhttp_proxy"]
    assert not any("SSLOptions" in line for line in difference({}, fleet.state("pc")))


def test_no_loosening_without_consent(start_fleet: StartFleet) -> None:
    fleet = start_fleet({"hosts": [{"name": "pc", "scenario": "crl_blocked", "variables": {}}]})
    _run, report = remediate(fleet, remediate_ssl_options_workaround="never")
    assert report["pc"]["outcome"] == "not_repairable"
    assert report["pc"]["steps"] == []
    assert "remediate_ssl_options_workaround" in report["pc"]["reason"]


def test_a_loosening_that_does_not_help_is_taken_back(start_fleet: StartFleet) -> None:
    """A proxy that wants a password looks like an unreachable CRL; the guess is tried, taken back, and not counted."""
    fleet = start_fleet({"hosts": [{"name": "pc", "scenario": "proxy_authentication"}]})
    before = fleet.state("pc")
    _run, report = remediate(fleet, remediate_ssl_options_workaround="no_revocation", remediate_probe="never")
    (step,) = report["pc"]["steps"]
    assert (step["id"], step["changed"], step["taken_back"]) == ("ssl_options", True, True)
    assert report["pc"]["changes"] == 0
    assert report["pc"]["outcome"] == "not_repairable"
    left = [line for line in difference(before, fleet.state("pc")) if not line.endswith("added {}")]
    assert [line for line in left if OURS not in line] == []


def test_what_probes_show_not_to_help_is_not_tried(start_fleet: StartFleet) -> None:
    """The same host, looked at first: 407 was met, so neither this proxy nor a loosening can help. Told in Japanese."""
    fleet = start_fleet({"hosts": [{"name": "pc", "scenario": "proxy_authentication", "locale": "ja"}]})
    before = fleet.state("pc")
    _run, report = remediate(fleet, remediate_ssl_options_workaround="no_revocation", remediate_language="ja")
    ended = report["pc"]
    assert (ended["outcome"], ended["cause"], ended["steps"]) == ("not_repairable", "proxy_authentication", [])
    assert ended["before"]["title"] == "プロキシが認証を要求する"
    assert "プロキシの担当者に依頼" in ended["reason"]
    assert fleet.state("pc") == before


def test_a_missing_proxy_is_told_from_a_closed_perimeter(start_fleet: StartFleet) -> None:
    """Nothing gets out directly and no proxy is set: trying the proxy tells whether there is one."""
    blocked = {"network": {"direct": {"blocked": {"*:*": "drop"}}}}
    hosts = [{"name": "proxy", "scenario": "no_winhttp_proxy_70006"}, {"name": "none", "overrides": blocked}]
    fleet = start_fleet({"hosts": hosts})
    _run, report = remediate(fleet)
    assert report["proxy"]["before"]["confidence"] == "certain"
    assert report["proxy"]["before"]["undecided"] == []
    assert report["proxy"]["outcome"] == "repaired"
    assert report["none"]["outcome"] == "not_repairable"
    assert report["none"]["steps"] == []
    assert ["winhttp_proxy_missing", "perimeter"] in [one["causes"] for one in report["none"]["before"]["undecided"]]
    assert "remediate_winhttp_proxy" in report["none"]["reason"]


def test_inspection_is_never_repaired_away(start_fleet: StartFleet) -> None:
    fleet = start_fleet({"hosts": [{"name": "pc", "scenario": "tls_inspection"}]})
    before = fleet.state("pc")
    _run, report = remediate(fleet, remediate_ssl_options_workaround="no_revocation_no_pinning")
    assert report["pc"]["outcome"] == "not_repairable"
    assert fleet.state("pc") == before


def test_allow_rules_that_do_not_help_are_taken_back(start_fleet: StartFleet) -> None:
    """Blocked by default and, behind that, a perimeter that lets nothing out: the rules go, the report tells."""
    overrides = {"network": {"direct": {"blocked": {"*:*": "drop"}}}}
    fleet = start_fleet({"hosts": [{"name": "pc", "scenario": "outbound_block", "overrides": overrides}]})
    before = fleet.state("pc")["registry"]
    _run, report = remediate(fleet, remediate_winhttp_proxy=False)
    (step,) = report["pc"]["steps"]
    assert (step["id"], step["changed"], step["taken_back"]) == ("firewall", True, True)
    after = fleet.state("pc")["registry"]
    assert {key: values for key, values in after.items() if not key.endswith(OURS)} == before


def test_an_allow_rule_that_was_corrected_in_vain_is_written_as_it_was(start_fleet: StartFleet) -> None:
    overrides = {"network": {"direct": {"blocked": {"*:*": "drop"}}}}
    fleet = start_fleet({"hosts": [{"name": "pc", "scenario": "outbound_block", "overrides": overrides}]})
    rule = {"name": "windefend.maps MAPS", "service": "WinDefend", "protocol": "udp", "remote_ports": ["8080"]}
    fleet.module("firewall_rule", **rule, profiles=["domain"])
    before = fleet.module("firewall_rule", **rule, profiles=["domain"]).of("it")["before"]
    _run, report = remediate(fleet, remediate_winhttp_proxy=False)
    (step,) = report["pc"]["steps"]
    assert step["taken_back"]
    after = fleet.module("firewall_rule", "--check", **rule, profiles=["domain"]).of("it")
    assert not after["changed"]
    assert after["before"] == before
    assert not fleet.module("firewall_rule", name="windefend.maps CRL", state="absent").of("it")["changed"]


def test_hosts_can_be_left_out_of_the_proxy(start_fleet: StartFleet) -> None:
    hosts = [
        {"name": "laptop", "scenario": "no_winhttp_proxy_70006", "variables": {"remediate_winhttp_proxy": False}},
        {"name": "desktop", "scenario": "no_winhttp_proxy_70006", "variables": {"remediate_winhttp_proxy": PROXY}},
    ]
    fleet = start_fleet({"hosts": hosts})
    report = fleet.folder / "report.json"
    # A relative path means the folder where the command was typed.
    fleet.playbook(ROOT / "playbooks" / "remediate.yml", variables={"maps_report_path": report.name})
    outcomes = {name: host["outcome"] for name, host in json.loads(report.read_text())["hosts"].items()}
    assert outcomes == {"laptop": "not_repairable", "desktop": "repaired"}


def test_a_canary_that_cannot_be_repaired_does_not_stop_the_waves(start_fleet: StartFleet) -> None:
    for scenario in ("service_disabled", "unreachable", "wrong_password"):
        fleet = start_fleet(
            {"hosts": [{"name": f"canary-{scenario[:4]}", "scenario": scenario}, {"name": "pc-{n}", "count": 2}]}
        )
        run, report = remediate(fleet, maps_waves=[1, "100%"])
        assert run.status == 0, run.output
        assert {report["pc-1"]["outcome"], report["pc-2"]["outcome"]} == {"healthy"}


@pytest.mark.parametrize("by_sweep", [False, True])
def test_a_step_that_fails_stops_the_waves(
    start_fleet: StartFleet, monkeypatch: pytest.MonkeyPatch, by_sweep: bool
) -> None:
    hosts = [{"name": name, "scenario": "no_winhttp_proxy_72f8f"} for name in ("canary", "pc")]
    fleet = start_fleet({"hosts": hosts})
    before = fleet.state("pc")
    registry = fleet.machines["canary"].registry
    write = registry.set
    kept = {"WinHttpSettings"}  # as where a policy writes the value again

    def reset(key: str, name: str, *others: Any, **options: Any) -> None:
        if name not in kept:
            write(key, name, *others, **options)

    monkeypatch.setattr(registry, "set", reset)
    run, report = remediate(fleet, maps_waves=[1, "100%"], maps_use_sweep=by_sweep)
    assert run.status == 2, run.output
    assert fleet.state("pc") == before
    assert report["canary"]["outcome"] == "failed"
    assert "the stored proxy does not match" in report["canary"]["reason"]
    assert report.get("pc", {}).get("outcome") == ("planned" if by_sweep else "not_started"), "it had not its turn"
    assert "no further wave began: a step failed" in run.output

    kept.clear()
    run, report = remediate(fleet, maps_waves=[1, "100%"], maps_use_sweep=by_sweep)
    assert run.status == 0, run.output
    assert {host["outcome"] for host in report.values()} == {"repaired"}


@pytest.mark.parametrize("by_sweep", [False, True])
def test_a_repair_that_does_not_work_stops_after_the_first_wave(start_fleet: StartFleet, by_sweep: bool) -> None:
    network = {"network": {"proxies": {PROXY: {"blocked": {"*:*": "drop"}}}}}
    hosts = [{"name": f"pc-{n}", "scenario": "no_winhttp_proxy_72f8f", "overrides": network} for n in (1, 2)]
    fleet = start_fleet({"hosts": hosts})
    run, report = remediate(fleet, maps_waves=[1, "100%"], maps_use_sweep=by_sweep, remediate_probe="never")
    assert run.status == 2, run.output
    assert "the repair helped 0 of 1 hosts of the first wave" in run.output
    assert sorted(one["outcome"] for one in report.values()) == (
        ["not_repairable", "planned" if by_sweep else "not_started"]
    )
    run, report = remediate(
        fleet, maps_waves=[1, "100%"], maps_use_sweep=by_sweep, remediate_probe="never", maps_min_repaired=0
    )
    assert run.status == 0, run.output


@pytest.mark.parametrize("by_sweep", [False, True])
def test_a_stopped_run_can_be_repeated_under_its_name(start_fleet: StartFleet, by_sweep: bool) -> None:
    network = {"network": {"proxies": {PROXY: {"blocked": {"*:*": "drop"}}}}}
    hosts = [{"name": f"pc-{n}", "scenario": "no_winhttp_proxy_72f8f", "overrides": network} for n in (1, 2)]
    fleet = start_fleet({"hosts": hosts})
    named = {"maps_run": "monday", "maps_waves": [1, "100%"], "maps_use_sweep": by_sweep, "remediate_probe": "never"}
    run, _report = remediate(fleet, **named)
    assert "no further wave began" in run.output
    for on in fleet.machines.values():
        on.network.proxies[PROXY].blocked.clear()
    run, report = remediate(fleet, **named)
    assert run.status == 0, run.output
    assert "no further wave began" not in run.output
    assert report["pc-2"]["outcome"] == "repaired"


def test_a_host_that_cannot_be_read_stops_nothing(start_fleet: StartFleet) -> None:
    hosts = [{"name": name, "scenario": "no_winhttp_proxy_72f8f"} for name in ("canary", "pc")]
    fleet = start_fleet({"hosts": hosts})
    fleet.machines["canary"].files.remove(r"C:\Windows\System32\reg.exe")
    run, report = remediate(fleet, maps_waves=[1, "100%"])
    assert run.status == 2, run.output
    assert {name: host["outcome"] for name, host in report.items()} == {"canary": "failed", "pc": "repaired"}
    assert "9009" in report["canary"]["reason"]
    fleet.machines["canary"].log.clear()  # winsim notes the missing program


def test_the_report_is_written_under_limit_too(start_fleet: StartFleet) -> None:
    fleet = start_fleet({"hosts": [{"name": "pc"}, {"name": "other"}]})
    run, report = remediate(fleet, "--limit", "pc")
    assert run.status == 0, run.output
    assert {name: host["outcome"] for name, host in report.items()} == {"pc": "healthy"}


def test_outcomes_can_be_made_to_fail_in_the_last_play(start_fleet: StartFleet) -> None:
    fleet = start_fleet({"hosts": [{"name": "off", "scenario": "service_disabled"}, {"name": "pc"}]})
    run, report = remediate(fleet, remediate_fail_on=["not_repairable"])
    assert run.status == 2
    assert report["pc"]["outcome"] == "healthy"
    assert "hosts with an outcome for which the run fails: not_repairable: 1" in run.output


def test_the_callers_own_proxy_does_not_falsify_the_answer(start_fleet: StartFleet) -> None:
    fleet = start_fleet({"hosts": [{"name": "pc", "scenario": "admin_own_proxy"}]})
    as_caller = fleet.module("maps_connection_info", run_as="current").of("it")
    as_system = fleet.module("maps_connection_info", run_as="system").of("it")
    assert as_caller["connected"]
    assert not as_system["connected"]
    _run, report = remediate(fleet)
    assert report["pc"]["before"]["run_as"] == "system"
    assert report["pc"]["outcome"] == "repaired"


def test_assess_and_validate_change_nothing(start_fleet: StartFleet) -> None:
    hosts = [{"name": "pc"}, {"name": "bad", "scenario": "no_winhttp_proxy_72efe", "locale": "ja"}]
    fleet = start_fleet({"hosts": hosts})
    before = fleet.states()
    assess = fleet.playbook(ROOT / "playbooks" / "assess.yml")
    assert assess.status == 0, assess.output
    assert "0x80072EFE" in assess.of("Show the diagnosis", "bad")["msg"]
    assert "MAPS is reachable" in assess.of("Show the diagnosis", "pc")["msg"]
    assert fleet.playbook(ROOT / "playbooks" / "validate.yml").status == 0
    failing = fleet.playbook(ROOT / "playbooks" / "validate.yml", variables={"validate_fail": True})
    assert failing.status == 2
    assert fleet.states() == before


@pytest.mark.parametrize("name", ["assess", "remediate", "validate"])
def test_playbooks_are_syntactically_right(host: SimulatedFleet, name: str) -> None:
    run = host.playbook(ROOT / "playbooks" / f"{name}.yml", "--syntax-check")
    assert run.status == 0, run.output


def test_report_is_readable_by_its_owner_only(start_fleet: StartFleet) -> None:
    fleet = start_fleet({"hosts": [{"name": "pc"}]})
    remediate(fleet)
    path = pathlib.Path(fleet.folder / "report.json")
    assert path.stat().st_mode & 0o077 == 0
