"""windefend.maps.sweep through real ansible-playbook runs: the same as host by host, and what can go wrong."""

from __future__ import annotations

import json
import pathlib
import re
import stat
from collections.abc import Callable, Mapping
from typing import Any

import pytest
import yaml
from ansible_collections.windefend.maps.tests.support.fleet import ROOT, Run, SimulatedFleet

StartFleet = Callable[[Mapping[str, Any]], SimulatedFleet]
SWEEP: dict[str, Any] = {"name": "sweep", "windefend.maps.sweep": {}, "run_once": True, "register": "fleet"}
HANDSHAKE = 2
"""Requests of NTLM on the lean transport; pywinrm needs one more."""


def sweep(fleet: SimulatedFleet, *options: str, play: Mapping[str, Any] | None = None, **arguments: Any) -> Run:
    """Runs a sweep alone."""
    return fleet.play([{**SWEEP, "windefend.maps.sweep": arguments}], *options, **(play or {}))


def hosts(run: Run) -> dict[str, dict[str, Any]]:
    found = run.of("sweep").get("hosts")
    assert found is not None, run.output
    return dict(found)


def check_same(together: Mapping[str, Any], alone: Mapping[str, Any], name: str) -> None:
    """All fields are equal but what two runs cannot have in common: what they cost, and the time of day."""
    first, second = (comparable(result) for result in (together, alone))
    skews = [(result.get("host") or result).pop("clock_skew", None) for result in (first, second)]
    assert first == second, name
    assert skews.count(None) in (0, 2)
    if skews[0] is not None:
        assert abs(skews[0] - skews[1]) <= 5, "it includes how long an answer was under way"


NOT_COMPARED = ("traffic", "failed", "exception")


def comparable(result: Mapping[str, Any]) -> dict[str, Any]:
    """Without what tells in Ansible's result of a task that it failed, which `kind` says."""
    kept = {key: value for key, value in result.items() if key not in NOT_COMPARED and not key.startswith("_")}
    for text in {"output", "msg", "last_success"} & kept.keys():
        kept[text] = re.sub(r"\d{1,2}:\d{2}:\d{2}", "00:00:00", kept[text])
    if isinstance(kept.get("host"), dict):
        kept["host"] = dict(kept["host"])
    return kept


def test_every_demo_host_gives_what_it_gives_alone(start_fleet: StartFleet) -> None:
    fleet = start_fleet(yaml.safe_load((ROOT / "demo" / "fleet.yml").read_text(encoding="utf-8")))
    before = fleet.states()
    module = {"windefend.maps.maps_connection_info": {"run_as": "auto", "probe": "auto"}}
    alone = {"name": "alone", **module, "ignore_unreachable": True}
    run = fleet.play([{**SWEEP, "windefend.maps.sweep": {"run_as": "auto"}}, alone])
    together = hosts(run)
    assert list(together) == [host.name for host in fleet.fleet.hosts]
    seen = set()
    for name, result in together.items():
        kind = run.kind("alone", name)
        seen.add("unreachable" if result.get("unreachable") else "failed" if result.get("failed") else "ok")
        expected = run.of("alone", name)
        if result.get("unreachable"):
            assert kind == "unreachable" or expected["unreachable"], name
            assert result["msg"] in expected["msg"]
        else:
            assert (kind == "failed") is bool(result.get("failed")), name
            check_same(result, expected, name)
    assert seen == {"ok", "failed", "unreachable"}
    assert run.of("sweep")["counts"] == {"ok": 29, "failed": 2, "unreachable": 5}
    assert any(result.get("warnings") or result.get("run_as") == "system" for result in together.values())
    assert fleet.states() == before


@pytest.mark.parametrize(
    ("action", "kept"),
    [("read", {"changed"}), ("assess", {"changed", "connected", "cause", "diagnosis", "probes"})],
)
def test_a_compact_result_has_the_same_details_as_json(start_fleet: StartFleet, action: str, kept: set[str]) -> None:
    fleet = start_fleet({"hosts": [{"name": "pc", "locale": "ja"}, {"name": "down", "scenario": "unreachable"}]})
    short = {**SWEEP, "name": "compact", "windefend.maps.sweep": {"action": action, "output": "compact"}}
    run = fleet.play([short, {**SWEEP, "windefend.maps.sweep": {"action": action, "output": "full"}}])
    assert run.status == 0, run.output
    compact, full = run.of("compact")["hosts"], hosts(run)
    details = json.loads(compact["pc"].pop("details"))
    assert compact["pc"].keys() <= kept
    assert not details.keys() & compact["pc"].keys()
    check_same({**compact["pc"], **details}, full["pc"], "pc")
    assert compact["down"] == full["down"]


def test_reading_alone_gives_what_host_info_gives(start_fleet: StartFleet) -> None:
    fleet = start_fleet(
        {"hosts": [{"name": "pc", "locale": "ja"}, {"name": "pc-2", "scenario": "remote_user_with_shell"}]}
    )
    one = {**SWEEP, "windefend.maps.sweep": {"action": "read"}}
    run = fleet.play([one, {"name": "alone", "windefend.maps.host_info": {}}], "--check")
    for name, result in hosts(run).items():
        check_same(result, run.of("alone", name), name)
        # Create, Command, Receive; on a busy machine a Receive or two more.
        assert HANDSHAKE + 3 <= result["traffic"]["requests"] <= HANDSHAKE + 5
        assert result["traffic"]["bytes_received"] > 0


def test_hosts_that_do_not_answer_are_told_and_the_play_goes_on(start_fleet: StartFleet) -> None:
    slow = {"defender": {"validation_seconds": 60.0}}
    fleet = start_fleet(
        {
            "hosts": [
                {"name": "pc"},
                {"name": "wrong", "scenario": "wrong_password"},
                {"name": "down", "scenario": "unreachable"},
                {"name": "filtered", "scenario": "filtered_administrator"},
                {"name": "switched-off", "scenario": "remote_shell_disabled"},
                {"name": "slow", "overrides": slow},
                {"name": "cut-read"},
                {"name": "cut-validation"},
                {"name": "local", "variables": {"ansible_connection": "local"}},
                {"name": "nothing", "variables": {"ansible_connection": "no_such_plugin"}},
                {"name": "become", "variables": {"ansible_become": True}},
                {"name": "unfinished", "variables": {"ansible_password": "{{ not_there }}"}},
            ]
        }
    )
    create = HANDSHAKE + 1
    fleet.server.cut_after(fleet.address("cut-read"), create + 2)
    fleet.server.cut_after(fleet.address("cut-validation"), create + 4)
    # Ansible itself can do nothing with a host whose password is undefined, or whose plugin does not exist.
    after = {
        "name": "after",
        "ansible.builtin.debug": {"var": "fleet.counts"},
        "when": "inventory_hostname not in ('unfinished', 'nothing')",
    }
    run = fleet.play([{**SWEEP, "windefend.maps.sweep": {"host_timeout": 4}}, after], "-v")
    assert run.status == 0, run.output
    assert "Traceback" not in run.output
    assert {row["host"] for row in run.results if row["task"] == "after"} == set(fleet.machines)
    results = hosts(run)
    assert results["pc"]["connected"]
    for name, text in {
        "wrong": "credentials were rejected",
        "down": "refused",
        "filtered": "LocalAccountTokenFilterPolicy",
        "switched-off": "AllowRemoteShellAccess",
        "cut-read": "broke",
        "cut-validation": "broke",
    }.items():
        assert results[name]["unreachable"], name
        assert text in results[name]["msg"]
        assert name in results[name]["msg"]
    for name, text in {
        "slow": "did not finish within",
        "local": "over the connections psrp, ssh, winrm; this host uses 'local'",
        "nothing": "'no_such_plugin' was not found. The connections psrp, ssh, winrm",
        "become": "does not support become",
        "unfinished": "not_there",
    }.items():
        assert results[name]["failed"], name
        assert text in results[name]["msg"]
    assert run.of("sweep")["counts"] == {"ok": 1, "failed": 5, "unreachable": 6}


def test_each_host_is_reached_as_its_variables_say(start_fleet: StartFleet, tmp_path: pathlib.Path) -> None:
    """Templates of a host, of its group, of the play and of the task; vaulted values; `-u`, `-k` and `-e`."""
    account = {"user": "svc-maps", "password": "Other-than-1"}
    templated = {"ansible_password": "{{ secret }}", "ansible_user": "{{ who }}", "who": "svc-maps"}
    fleet = start_fleet(
        {
            "hosts": [
                {"name": "plain"},
                {"name": "play", "account": account, "variables": {**templated, "secret": "{{ from_play }}"}},
                {"name": "task", "account": account, "variables": {**templated, "secret": "{{ from_task }}"}},
                {"name": "vault", "account": account, "variables": {**templated, "secret": "{{ vaulted }}"}},
            ]
        }
    )
    (tmp_path / "key").write_text("open sesame")
    (tmp_path / "key").chmod(stat.S_IRUSR)
    (tmp_path / "vault.yml").write_text(vaulted({"vaulted": account["password"]}, "open sesame"))
    play = {"vars": {"from_play": account["password"]}, "vars_files": [str(tmp_path / "vault.yml")]}
    task = {**SWEEP, "vars": {"from_task": account["password"]}}
    run = fleet.play([task], "--vault-password-file", str(tmp_path / "key"), **play)
    assert run.of("sweep")["counts"] == {"ok": 4, "failed": 0, "unreachable": 0}, run.output
    assert account["password"] not in run.output
    assert hosts(sweep(fleet, "-e", "ansible_user=nobody"))["plain"]["unreachable"], "extra variables come first"


def vaulted(content: Mapping[str, Any], password: str) -> str:
    from ansible.parsing.vault import VaultLib, VaultSecret

    secret = VaultSecret(password.encode())
    return str(VaultLib([("default", secret)]).encrypt(yaml.safe_dump(dict(content)).encode(), secret).decode())


def test_user_and_password_of_the_command_line_count(start_fleet: StartFleet, tmp_path: pathlib.Path) -> None:
    fleet = start_fleet({"hosts": [{"name": "pc"}, {"name": "pc-2"}]})
    inventory = yaml.safe_load(fleet.inventory.read_text())
    remove(inventory, {"ansible_user", "ansible_password"})
    fleet.inventory.write_text(yaml.safe_dump(inventory))
    (tmp_path / "password").write_text("Winsim-only-1\n")
    (tmp_path / "password").chmod(stat.S_IRUSR)
    password = ("--connection-password-file", str(tmp_path / "password"))
    assert sweep(fleet, "-u", "ansible", *password).of("sweep")["counts"]["ok"] == 2
    by_keyword = {"remote_user": "{{ login }}", "vars": {"login": "ansible"}}
    assert sweep(fleet, *password, play=by_keyword).of("sweep")["counts"]["ok"] == 2
    assert sweep(fleet, "-u", "somebody", *password).of("sweep")["counts"]["unreachable"] == 2


def remove(content: Any, names: set[str]) -> None:
    """Takes keys out of nested mappings, wherever they are."""
    if isinstance(content, dict):
        for name in names & content.keys():
            del content[name]
        for inner in content.values():
            remove(inner, names)


def test_limit_serial_and_tags(start_fleet: StartFleet) -> None:
    fleet = start_fleet({"hosts": [{"name": "pc-{n}", "count": 5}]})
    quick = {**SWEEP, "windefend.maps.sweep": {"action": "read"}, "tags": ["read"]}
    limited = fleet.play([quick], "--limit", "pc-2,pc-4", "--tags", "read")
    assert list(hosts(limited)) == ["pc-2", "pc-4"]
    assert fleet.play([quick], "--skip-tags", "read").results == []
    waves = fleet.play(
        [quick, {"name": "seen", "ansible.builtin.debug": {"msg": "{{ fleet.hosts | list }}"}}], serial=2
    )
    batches = [list(row["result"]["hosts"]) for row in waves.results if row["task"] == "sweep"]
    assert batches == [["pc-1", "pc-2"], ["pc-3", "pc-4"], ["pc-5"]]
    assert waves.of("seen", "pc-4")["msg"] == ["pc-3", "pc-4"], "every host of a batch knows what was registered"


@pytest.mark.parametrize(
    ("task", "play", "text"),
    [
        ({"run_once": False}, {}, "run_once: true"),
        ({"windefend.maps.sweep": {"concurrency": 0}}, {}, "concurrency must be 1 to 512"),
        ({"windefend.maps.sweep": {"group_concurrency": {"tokyo": 1}}}, {}, "no group tokyo"),
        ({"windefend.maps.sweep": {"group_concurrency": {"winsim": "few"}}}, {}, "integer"),
        ({}, {"strategy": "free"}, "free"),
        ({"delegate_to": "pc"}, {}, "delegate_to cannot be used with a sweep"),
        ({"delegate_to": "localhost"}, {}, "delegate_to cannot be used with a sweep"),
    ],
)
def test_what_cannot_be_done_is_refused(
    host: SimulatedFleet, task: Mapping[str, Any], play: Mapping[str, Any], text: str
) -> None:
    run = host.play([{**SWEEP, **task}], **play)
    assert run.status != 0
    assert text in run.output
    assert host.machines["pc"].log == []


def test_the_playbook_shows_what_is_wrong_and_writes_the_map(start_fleet: StartFleet, tmp_path: pathlib.Path) -> None:
    fleet = start_fleet(
        {
            "hosts": [
                {"name": "pc"},
                {"name": "broken", "scenario": "no_winhttp_proxy_72f8f"},
                {"name": "down", "scenario": "unreachable"},
            ]
        }
    )
    path = tmp_path / "fleet.json"
    run = fleet.playbook(ROOT / "playbooks" / "sweep.yml", "--check", variables={"maps_report_path": str(path)})
    assert run.status == 0, run.output
    for line in (
        "Assessment: 3 hosts",
        "  1  no system-wide WinHTTP proxy, for example broken",
        "1 host: down",
        "1 host: broken",
    ):
        assert line in run.output, run.output
    written = json.loads(path.read_text())
    assert {name: one["after"].get("connected") for name, one in written["hosts"].items()} == {
        "pc": True,
        "broken": False,
        "down": None,
    }
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IRUSR | stat.S_IWUSR


def test_a_second_play_takes_those_that_need_work_as_the_page_shows(
    start_fleet: StartFleet, tmp_path: pathlib.Path
) -> None:
    """Under --limit too: the names are those of the play, so the limit lets them through."""
    broken = [{"name": f"broken-{n}", "scenario": "no_winhttp_proxy_72f8f"} for n in (1, 2, 3)]
    fleet = start_fleet({"hosts": [{"name": "pc"}, *broken, {"name": "down", "scenario": "unreachable"}]})
    page = (ROOT / "docs" / "large-fleets.md").read_text(encoding="utf-8")
    plays = yaml.safe_load(page.partition("```yaml\n")[2].partition("```")[0])
    cause = "{{ fleet.hosts[inventory_hostname].cause | default('unreachable') }}"
    assert plays[1].pop("roles") == ["windefend.maps.remediate"]
    plays[1]["tasks"] = [{"name": "seen", "ansible.builtin.debug": {"msg": cause}}]
    path = tmp_path / "two.yml"
    path.write_text(yaml.safe_dump(plays, sort_keys=False))
    run = fleet.playbook(path, "--limit", "pc,broken-1,broken-3,down")
    assert run.status == 0, run.output
    causes = {row["host"]: row["result"]["msg"] for row in run.results if row["task"] == "seen"}
    assert causes == {
        "broken-1": "winhttp_proxy_missing",
        "broken-3": "winhttp_proxy_missing",
        "down": "unreachable",
    }
