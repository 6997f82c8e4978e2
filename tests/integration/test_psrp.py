"""Hosts of the connection psrp, through real ansible-playbook runs: the same results as over winrm."""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from ansible_collections.windefend.maps.tests.support.absent import without
from ansible_collections.windefend.maps.tests.support.fleet import Run, SimulatedFleet, simulated_fleet
from ansible_collections.windefend.maps.tests.support.forward_proxy import ForwardProxy
from ansible_collections.windefend.maps.winsim.authority import Authority
from ansible_collections.windefend.maps.winsim.machine import proxy_stores

StartFleet = Callable[[Mapping[str, Any]], SimulatedFleet]
HTTP = {"ansible_connection": "psrp", "ansible_psrp_protocol": "http", "ansible_psrp_auth": "ntlm"}
TLS = {"ansible_connection": "psrp", "ansible_psrp_auth": "ntlm", "ansible_psrp_protocol": None}
"""The protocol is the plugin's default. The inventory names the authority of a host whose entry says `tls`."""
CLEAR = {"allow_basic": True, "allow_unencrypted": True}
BASIC = {**HTTP, "ansible_psrp_auth": "basic", "ansible_psrp_message_encryption": "never"}
READ = {"name": "read", "windefend.maps.host_info": {}}
SET = {"name": "set", "windefend.maps.winhttp_proxy": {"proxy": "proxy.corp.example:3128"}}
SWEEP = {"name": "sweep", "windefend.maps.sweep": {"action": "read", "output": "full"}, "run_once": True}


@pytest.fixture
def proxy() -> Iterator[ForwardProxy]:
    opened = ForwardProxy("127.0.0.1")
    yield opened
    opened.close()


def entry(name: str, variables: Mapping[str, Any], tls: str = "", **overrides: Any) -> dict[str, Any]:
    more = {"tls": tls, "overrides": overrides}
    return {"name": name, "variables": dict(variables), **{key: value for key, value in more.items() if value}}


def comparable(result: Mapping[str, Any]) -> dict[str, Any]:
    """What does not differ from one reading to the next."""
    return {key: value for key, value in result.items() if key not in ("traffic", "clock_skew", "_ansible_no_log")}


def test_every_way_in_gives_what_winrm_gives(start_fleet: StartFleet, proxy: ForwardProxy) -> None:
    """In tasks and in a sweep, and the second change is none. pypsrp's default is TLS with validation."""
    ways: dict[str, dict[str, Any]] = {
        "ntlm": HTTP,
        "negotiate": {**HTTP, "ansible_psrp_auth": "negotiate"},
        "by-another-name": {**HTTP, "ansible_connection": "ansible.builtin.psrp"},
        "basic": BASIC,
        "proxy": {**HTTP, "ansible_psrp_proxy": f"http://127.0.0.1:{proxy.listens_on}"},
        "tls": TLS,
        "tls-sealed": {**TLS, "ansible_psrp_message_encryption": "always"},
        "tls-basic": {**TLS, "ansible_psrp_auth": "basic"},
        "tls-ignored": {**TLS, "ansible_psrp_cert_validation": "ignore"},
        "certificate": {**TLS, "ansible_psrp_auth": "certificate"},
    }
    hosts = [
        entry(name, way, "" if way["ansible_psrp_protocol"] else "good", winrm=CLEAR) for name, way in ways.items()
    ]
    hosts[-1]["account"] = {"certificate": True}
    fleet = start_fleet({"hosts": hosts})

    over_winrm = {"ansible_connection": "winrm", "ansible_port": fleet.server.port}
    run = fleet.play(
        [
            {**READ, "name": "winrm", "vars": over_winrm},
            READ,
            SET,
            {**SET, "name": "again"},
            {**READ, "name": "then"},
            SWEEP,
        ],
        "-v",
    )
    assert run.status == 0, run.output
    said = {name: run.output.count(f"<{name}> through the client library's own transport: a proxy") for name in ways}
    assert said == {**dict.fromkeys(ways, 0), "proxy": 5}, "four tasks and the sweep"
    assert run.output.count("through the client library's own transport") == 5
    assert "Traceback" not in run.output
    swept = next(row["result"] for row in run.results if row["task"] == "sweep")
    for name in ways:
        assert comparable(run.of("read", name)) == comparable(run.of("winrm", name)), name
        assert run.of("set", name)["changed"], name
        assert not run.of("again", name)["changed"], name
        assert proxy_stores.read_winhttp(fleet.machines[name]).proxy == "proxy.corp.example:3128"
        assert comparable(swept["hosts"][name]) == comparable(run.of("then", name)), name
        assert run.of("read", name)["traffic"]["bytes_received"], name
    assert swept["counts"] == {"ok": len(ways), "failed": 0, "unreachable": 0}
    assert proxy.requests > 20
    lines = [command.line for machine in fleet.machines.values() for command in machine.log]
    assert not [line for line in lines if "powershell" in line.lower()]


def test_a_host_without_its_proxy_is_repaired(start_fleet: StartFleet) -> None:
    fleet = start_fleet({"hosts": [{"name": "pc", "scenario": "no_winhttp_proxy_70006", "variables": {**HTTP}}]})
    task = {"name": "first", "windefend.maps.maps_connection": {"winhttp_proxy": "proxy.corp.example:3128"}}
    run = fleet.play([task, {**task, "name": "second"}])
    assert run.status == 0, run.output
    assert (run.of("first")["changed"], run.of("second")["changed"]) == (True, False)
    assert (run.of("first")["outcome"], run.of("second")["outcome"]) == ("repaired", "healthy")


def test_the_items_of_a_loop_share_one_shell(start_fleet: StartFleet) -> None:
    """Ansible makes a new connection for each item if the plugin does not count as connected: 30 shells are a quota."""
    fleet = start_fleet({"hosts": [entry("pc", HTTP, winrm={"max_shells_per_user": 2})]})
    run = fleet.play([{**READ, "loop": list(range(12))}])
    assert run.status == 0, run.output
    assert fleet.server.traffic(fleet.address("pc")).connections == 1
    assert fleet.shells() == []


def unreachable(run: Run, host: str) -> str:
    assert run.kind("read", host) == "unreachable", run.output
    return str(run.of("read", host)["msg"])


def test_what_is_refused_says_what_to_do_in_the_words_of_psrp(start_fleet: StartFleet, tmp_path: pathlib.Path) -> None:
    other = str(Authority(tmp_path, "other").path)
    nothing = {"ansible_password": "{{ none if true else 'a' }}"}
    told: dict[str, tuple[dict[str, Any], str]] = {
        "no-authority": ({**TLS, "ansible_psrp_ca_cert": None}, "Set ansible_psrp_ca_cert to a file"),
        "other-ca": ({**TLS, "ansible_psrp_ca_cert": other}, "Set ansible_psrp_ca_cert to a file"),
        "no-file": ({**TLS, "ansible_psrp_ca_cert": "/nowhere.pem"}, "Correct ansible_psrp_ca_cert"),
        "wrong-name": (TLS, "Its certificate is for old-wrong-name"),
        "expired": (TLS, "Check the clock"),
        "no-certificate": ({**TLS, "ansible_psrp_auth": "certificate"}, "Set ansible_psrp_certificate_pem"),
        "plain": (TLS, "Set ansible_psrp_protocol to http"),
        "basic": ({**BASIC, "ansible_psrp_message_encryption": "auto"}, "Set ansible_psrp_auth to ntlm"),
        "no-pw": ({**HTTP, **nothing}, "Set ansible_user and ansible_password"),
        "no-pw-basic": ({**BASIC, **nothing}, "Set ansible_user and ansible_password"),
        "no-pw-any": ({**HTTP, **nothing, "ansible_psrp_auth": "negotiate"}, "ansible_password"),
        "kerberos": ({**HTTP, "ansible_psrp_auth": "kerberos"}, "python -m pip install 'pypsrp[kerberos]'"),
        "credssp": ({**HTTP, "ansible_psrp_auth": "credssp"}, "python -m pip install 'pypsrp[credssp]'"),
        "clear": ({**HTTP, "ansible_psrp_message_encryption": "never"}, "ansible_psrp_message_encryption: auto"),
        "path": ({**HTTP, "ansible_psrp_path": "elsewhere"}, "Check ansible_psrp_path"),
        "proxied": ({**HTTP, "ansible_psrp_proxy": "http://127.0.0.1:9"}, "127.0.0.1:9 (ansible_psrp_proxy)"),
    }
    tls = {
        **dict.fromkeys(("no-authority", "other-ca", "no-file", "no-certificate"), "good"),
        "wrong-name": "wrong_name",
        "expired": "expired",
    }
    scenarios = {
        "wrong-password": ("wrong_password", "Check ansible_user, ansible_password"),
        "down": ("unreachable", "nothing listens on ansible_port"),
        "switched-off": ("remote_shell_disabled", "set ansible_connection to ssh"),
        "filtered": ("filtered_administrator", "LocalAccountTokenFilterPolicy"),
    }
    fleet = start_fleet(
        {
            "hosts": [
                *(entry(name, variables, tls.get(name, "")) for name, (variables, _said) in told.items()),
                *({"name": name, "scenario": one, "variables": HTTP} for name, (one, _said) in scenarios.items()),
                entry("become", {**HTTP, "ansible_become": True}),
            ]
        }
    )
    fleet.environment |= without(tmp_path / "absent", "gssapi", "krb5", "requests_credssp")
    run = fleet.play([{**READ, "ignore_unreachable": True, "ignore_errors": True}, SWEEP])
    assert "Traceback" not in run.output
    swept = next(row["result"] for row in run.results if row["task"] == "sweep")["hosts"]
    for name, said in {**{name: said for name, (_unused, said) in (told | scenarios).items()}}.items():
        message = unreachable(run, name)
        assert said in message, name
        assert "ansible_winrm_" not in message, name
        assert "Winsim-only-1" not in message
        assert ", as " in message, name
        assert said in swept[name]["msg"], f"{name}, in the sweep"
        assert swept[name]["unreachable"], name
        assert len(message) < 1800
    assert "ansible_become: false" in run.of("read", "become")["msg"]
    assert all(machine.log == [] for machine in fleet.machines.values())


def test_a_change_that_a_broken_connection_hides_is_reported_and_not_made_twice(tmp_path: pathlib.Path) -> None:
    """Cut at each request, before and after the host carries it out."""
    cuts = {f"cut{number}-{done}".lower(): (number, done) for number in range(3, 9) for done in (False, True)}
    with simulated_fleet({"hosts": [entry(name, HTTP) for name in cuts]}, tmp_path) as fleet:
        for name, (number, done) in cuts.items():
            fleet.server.cut_after(fleet.address(name), number, carried_out=done)
        run = fleet.play([SET])
        assert "Traceback" not in run.output
        written = {name for name, machine in fleet.machines.items() if proxy_stores.read_winhttp(machine).proxy}
        for name, machine in fleet.machines.items():
            assert sum("set proxy" in command.line for command in machine.log) <= 1, "no line is sent again"
            if run.kind("set", name) != "ok":
                assert run.kind("set", name) == "unreachable", run.output
                assert name not in written or run.of("set", name)["changed"]
        assert 0 < len(written) < len(cuts)
        again = fleet.play([SET])
        assert again.status == 0, again.output
        assert {row["host"] for row in again.results if not row["result"]["changed"]} == written


def test_a_library_that_is_missing(
    start_fleet: StartFleet, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """psrp needs no pywinrm; without pypsrp it is said what to install."""
    fleet = start_fleet({"hosts": [entry("pc", HTTP), entry("refused", {**HTTP, "ansible_psrp_path": "elsewhere"})]})
    for library in ("winrm", "pypsrp"):
        (tmp_path / library / library).mkdir(parents=True)
        (tmp_path / library / library / "__init__.py").write_text(f"raise ImportError(\"No module named '{library}'\")")
    fleet.environment["PYTHONPATH"] = str(tmp_path / "winrm")
    run = fleet.play([{**READ, "ignore_unreachable": True}, SET, SWEEP])
    assert run.of("set", "pc")["changed"], run.output
    assert "Check ansible_psrp_path" in run.of("read", "refused")["msg"], run.output
    swept = next(row["result"] for row in run.results if row["task"] == "sweep")
    assert swept["counts"] == {"ok": 1, "failed": 0, "unreachable": 0}
    fleet.environment["PYTHONPATH"] = str(tmp_path / "pypsrp")
    run = fleet.play([{**READ, "ignore_errors": True}, SWEEP])
    assert "pip install pypsrp" in run.of("read", "pc")["msg"], run.output
    assert "bug" not in run.output
    swept = next(row["result"] for row in run.results if row["task"] == "sweep")
    assert "pip install pypsrp" in swept["hosts"]["pc"]["msg"]
