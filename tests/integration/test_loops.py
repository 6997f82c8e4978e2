"""What else Ansible does with a task: loops, delegation, blocks, other connections, names that want to break out."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
import yaml
from ansible_collections.windefend.maps.tests.support.fleet import SimulatedFleet

StartFleet = Callable[[Mapping[str, Any]], SimulatedFleet]
SPYNET = r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender\Spynet"


def test_loops_delegation_and_blocks(start_fleet: StartFleet) -> None:
    fleet = start_fleet({"hosts": [{"name": "first"}, {"name": "second", "os": "windows_server_2019"}]})
    run = fleet.play(
        [
            {
                "name": "loop",
                "windefend.maps.spynet": {"reporting": "{{ item }}"},
                "loop": ["basic", "basic", "advanced"],
            },
            {
                "name": "elsewhere",
                "windefend.maps.spynet": {"submit_samples": "never"},
                "delegate_to": "second",
                "when": "inventory_hostname == 'first'",
            },
            {"name": "where", "windefend.maps.host_info": {}, "delegate_to": "second", "run_once": True},
            {
                "block": [{"name": "wrong", "windefend.maps.spynet": {"ssl_options": 9}}],
                "rescue": [{"name": "rescued", "windefend.maps.spynet": {"ssl_options": 3}}],
                "always": [{"name": "always", "windefend.maps.firewall_info": {"program": r"C:\Windows\x.exe"}}],
            },
        ]
    )
    assert run.status == 0, run.output
    loop = run.of("loop", "first")["results"]
    assert [item["changed"] for item in loop] == [True, False, True]
    assert [item["after"]["reporting"] for item in loop] == [1, 1, 2]
    traffic = [item["traffic"]["requests"] for item in loop]
    assert traffic[0] < traffic[1] < traffic[2] <= traffic[0] + 8, "one logon and one shell for the whole loop"
    assert run.of("elsewhere", "first")["changed"]
    samples = {name: machine.registry.data(SPYNET, "SubmitSamplesConsent") for name, machine in fleet.machines.items()}
    assert samples == {"first": None, "second": 2}
    (where,) = [row["result"] for row in run.results if row["task"] == "where"]
    assert where["system"]["build"] == fleet.machines["second"].os.build
    assert run.stats["first"]["rescued"] == 1
    assert run.of("always", "first")["verdict"] == "allowed"


def test_a_failure_on_a_delegated_host_names_that_host(start_fleet: StartFleet) -> None:
    fleet = start_fleet({"hosts": [{"name": "asks"}, {"name": "lost", "scenario": "unreachable"}]})
    task = {"name": "it", "windefend.maps.host_info": {}, "delegate_to": "lost", "when": "inventory_hostname == 'asks'"}
    run = fleet.play([task])
    assert run.kind("it", "asks") == "unreachable"
    assert f"lost ({fleet.address('lost')})" in run.of("it", "asks")["msg"]


def test_a_lost_item_is_unreachable_and_the_loop_goes_on_afresh(start_fleet: StartFleet) -> None:
    """The connection breaks in the second item: the third gets a new one."""
    fleet = start_fleet({"hosts": [{"name": "pc"}]})
    fleet.server.cut_after(fleet.address("pc"), 7)
    run = fleet.play(
        [
            {
                "name": "it",
                "windefend.maps.host_info": {},
                "loop": [1, 2, 3],
                "ignore_unreachable": True,
            },
            {"name": "next", "windefend.maps.host_info": {}},
        ]
    )
    assert "Traceback" not in run.output
    items = run.of("it")["results"]
    assert [bool(item.get("unreachable")) for item in items][:2] == [False, True]
    assert run.kind("next") == "ok"


def test_what_cannot_be_done_is_refused_with_the_reason(host: SimulatedFleet) -> None:
    info: dict[str, Any] = {"windefend.maps.host_info": {}}
    reasons: dict[str, tuple[dict[str, Any], str]] = {
        "become": ({"become": True}, "does not support become"),
        "become by variable": ({"vars": {"ansible_become": True}}, "does not support become"),
        "local": ({"vars": {"ansible_connection": "local"}}, "over the connections psrp, ssh, winrm"),
        "async": ({"async": 30, "poll": 0}, "async"),
        "localhost": ({"delegate_to": "localhost", "vars": {"ansible_connection": "local"}}, "'local'"),
    }
    run = host.play(
        [{"name": name, **info, **keywords, "ignore_errors": True} for name, (keywords, _text) in reasons.items()]
    )
    assert "Traceback" not in run.output
    for name, (_keywords, text) in reasons.items():
        assert run.kind(name) == "failed", name
        assert text in run.of(name)["msg"], name
    assert host.machines["pc"].log == []


def test_secrets_and_words_of_the_user(start_fleet: StartFleet) -> None:
    """no_log keeps arguments and state out of the output; what the host says is never taken for a template."""
    fleet = start_fleet({"hosts": [{"name": "pc"}]})
    name = "{{ lookup('pipe', 'id') }} secret-word"
    run = fleet.play(
        [
            {"name": "hidden", "windefend.maps.firewall_rule": {"name": "secret-word"}, "no_log": True},
            {"name": "raw", "windefend.maps.firewall_rule": {"name": name}, "register": "seen", "no_log": True},
            {"name": "shown", "ansible.builtin.debug": {"msg": "{{ seen.after[0].name | length }}"}},
        ],
        "-vvv",
        "--diff",
    )
    assert run.status == 0, run.output
    assert "secret-word" not in run.output.replace(str(fleet.folder), "")
    assert "uid=" not in run.output


@pytest.mark.parametrize("how", ["basic", "options"])
def test_other_ways_in(start_fleet: StartFleet, how: str) -> None:
    """Basic where a host allows it, and the connection's own variables."""
    variables = {
        "basic": {"ansible_winrm_transport": "basic"},
        "options": {"ansible_winrm_operation_timeout_sec": 5, "ansible_winrm_read_timeout_sec": 8},
    }[how]
    allowed = {"winrm": {"allow_basic": True, "allow_unencrypted": True}}
    hosts = [
        {"name": "open", "overrides": allowed, "variables": variables},
        {"name": "closed", "variables": variables},
    ]
    fleet = start_fleet({"hosts": hosts})
    run = fleet.module("maps_connection_info", "--check", run_as="system")
    assert run.of("it", "open")["connected"]
    if how == "basic":
        assert run.kind("it", "closed") == "unreachable"
    else:
        assert run.of("it", "closed")["connected"]


def test_host_names_that_want_to_break_out(start_fleet: StartFleet) -> None:
    """The inventory's names reach messages only: no command line, no template, no path."""
    fleet = start_fleet({"hosts": [{"name": "pc"}, {"name": "lost", "scenario": "unreachable"}]})
    document = yaml.safe_load(fleet.inventory.read_text())
    known = document["all"]["children"]["winsim"]["hosts"]
    names = ["pc & echo x> C:\\x", "../../pc", "-pc", "%PATH%", "東京", "a" * 200, "pc'\"`$(id)"]
    winsim = document["all"]["children"]["winsim"]
    winsim["hosts"] = dict.fromkeys(names, known["pc"]) | {f"lost {name}": known["lost"] for name in names}
    document["all"]["children"] = {"winsim": winsim}
    fleet.inventory.write_text(yaml.safe_dump(document, allow_unicode=True))
    before = fleet.state("pc")
    run = fleet.module("firewall_info", program=r"C:\Windows\x.exe")
    assert "Traceback" not in run.output
    assert "uid=" not in json.dumps(run.results)
    for name in names:
        assert run.of("it", name)["verdict"] == "allowed"
        assert name in run.of("it", f"lost {name}")["msg"]
    assert fleet.state("pc") == before


def test_a_long_loop_stays_below_the_quota_of_commands_per_shell(host: SimulatedFleet) -> None:
    """A loop shares one shell, in which ended commands count until they are signalled (ansible/ansible#74985)."""
    task = {"name": "it", "windefend.maps.spynet": {"ssl_options": 3}, "loop": "{{ range(40) | list }}"}
    run = host.play([task])
    assert run.status == 0, run.output
    assert len(host.machines["pc"].log) == 40
