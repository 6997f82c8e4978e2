"""The block that ends a playbook, under each callback, and typos that end red: real ansible-playbook runs, no hosts."""

from __future__ import annotations

import json
import os
import pathlib
import shlex
import subprocess
import sys
from typing import Any

import pytest
import yaml
from ansible_collections.windefend.maps.tests.support import report_fleet
from ansible_collections.windefend.maps.tests.support.fleet import ROOT, RUN_LIMIT

PROGRAM = pathlib.Path(sys.executable).parent / "ansible-playbook"
HEAD = "Who must do what"
OUTCOMES = ("  10  healthy ", "   1  not reached ")
CALLBACKS = [
    {},
    {"ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml"},
    {"ANSIBLE_DISPLAY_OK_HOSTS": "false"},
    {"ANSIBLE_DISPLAY_OK_HOSTS": "false", "ANSIBLE_DISPLAY_SKIPPED_HOSTS": "false"},
    {"ANSIBLE_STDOUT_CALLBACK": "minimal"},
    {"ANSIBLE_STDOUT_CALLBACK": "oneline"},
    {"ANSIBLE_STDOUT_CALLBACK": "json_of_tests"},
]


def environment(folder: pathlib.Path, **variables: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    return {
        **kept,
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / "build" / "collections"),
        "ANSIBLE_HOME": str(ROOT / "build" / "ansible"),
        "ANSIBLE_CALLBACK_PLUGINS": str(ROOT / "tests" / "support" / "callback"),
        "ANSIBLE_NOCOLOR": "1",
        "HOME": str(folder),
        **variables,
    }


def run(folder: pathlib.Path, *options: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(PROGRAM), "play.yml", *options],
        cwd=folder,
        env=environment(folder, **variables),
        capture_output=True,
        text=True,
        timeout=RUN_LIMIT,
        check=False,
    )


def reports() -> dict[str, Any]:
    """Twelve hosts: ten healthy ones, one to repair, one that is not reached."""
    hosts = report_fleet.generated(400)["hosts"]
    wanted = {"healthy": 10, "repaired": 1, "unreachable": 1}
    found = {}
    for name, one in hosts.items():
        if wanted.get(one["outcome"], 0):
            wanted[one["outcome"]] -= 1
            found[name] = one
    return found


@pytest.fixture
def closing(tmp_path: pathlib.Path) -> pathlib.Path:
    """A folder with a playbook that ends with the block."""
    (tmp_path / "reports.json").write_text(json.dumps({"reports": reports()}))
    task = {
        "name": "Close",
        "windefend.maps.closing": {
            "kind": "remediate",
            "reports": "{{ reports }}",
            "run": "monday",
            "report_path": "/srv/r.json",
            "fail_on": "{{ fail_on | default([]) }}",
        },
        "run_once": True,
    }
    play = {"name": "Play", "hosts": "all", "gather_facts": False, "vars_files": ["reports.json"], "tasks": [task]}
    (tmp_path / "play.yml").write_text(yaml.safe_dump([play]))
    return tmp_path


@pytest.mark.parametrize("variables", CALLBACKS, ids=lambda one: " ".join(one.values()) or "default")
def test_the_block_is_printed_once_under_every_callback(closing: pathlib.Path, variables: dict[str, str]) -> None:
    done = run(closing, "-i", "pc-1,pc-2,", **variables)
    assert done.returncode == 0, done.stdout + done.stderr
    json_wanted = "json" in variables.get("ANSIBLE_STDOUT_CALLBACK", "")
    shown, other = (done.stderr, done.stdout) if json_wanted else (done.stdout, done.stderr)
    assert shown.count(HEAD) == 1
    assert HEAD not in other
    assert [row for row in OUTCOMES if shown.count(row) != 1] == []
    undo = "ansible-playbook -i pc-1,pc-2, windefend.maps.rollback -e rollback_run=monday"
    assert [line for line in shown.splitlines() if line.strip() == undo] != []
    if json_wanted:
        assert json.loads(done.stdout)[0]["outcomes"]["healthy"] == 10


def test_it_fails_after_it_has_printed(closing: pathlib.Path) -> None:
    done = run(closing, "-i", "pc,", "-e", '{"fail_on": ["unreachable", "failed"]}')
    assert done.returncode == 2
    output = done.stdout + done.stderr
    assert output.count(HEAD) == 1
    message = "hosts with an outcome for which the run fails: unreachable: 1"
    assert output.index(HEAD) < output.index(message)
    assert run(closing, "-i", "pc,", "-e", '{"fail_on": ["failed"]}').returncode == 0


def test_a_json_text_is_as_good_as_a_mapping(closing: pathlib.Path) -> None:
    by_mapping = run(closing, "-i", "pc,").stdout
    (closing / "reports.json").write_text(json.dumps({"reports": json.dumps(reports())}))
    assert run(closing, "-i", "pc,").stdout == by_mapping


def test_more_comes_with_v_and_diff(closing: pathlib.Path) -> None:
    plain, more, steps = (run(closing, "-i", "pc,", *options).stdout for options in ((), ("-v",), ("-vv",)))
    name, repaired = next((name, one) for name, one in reports().items() if one["outcome"] == "repaired")
    assert f"  {name}: repaired: " not in plain
    assert f"  {name}: repaired: " in more
    reason = f": {repaired['steps'][0]['reason']}"
    assert reason not in more
    assert reason in steps
    assert "\nDifferences\n" not in plain
    assert "\nDifferences\n" in run(closing, "-i", "pc,", "--diff").stdout


def test_a_command_from_the_block_runs_as_it_stands(closing: pathlib.Path) -> None:
    inventory = closing / "my inventory.yml"
    inventory.write_text("all: {hosts: {pc: {}}}\n")
    shown = run(closing, "-i", str(inventory), "--limit", "pc", "-e", "maps_hosts=p*").stdout
    (line,) = [line for line in shown.replace("\\\n", "").splitlines() if "windefend.maps.rollback" in line]
    words = shlex.split(line)
    assert words[:3] == ["ansible-playbook", "-i", str(inventory)]
    assert words[4:] == ["--limit", "pc", "-e", "maps_hosts='p*'", "-e", "rollback_run=monday"]
    listed = subprocess.run(
        [str(PROGRAM), *words[1:], "--list-hosts"],
        cwd=closing,
        env=environment(closing),
        capture_output=True,
        text=True,
        timeout=RUN_LIMIT,
        check=False,
    )
    assert listed.returncode == 0, listed.stderr
    assert "hosts (1):\n      pc" in listed.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"kind": "remediate"}, "one of the following is required: reports, results, reports_file"),
        (
            {"kind": "remediate", "results": {}},
            "results is for the kinds assess, rollback and validate, not for remediate",
        ),
        ({"kind": "remediate", "reports": {"pc": 1}}, "must have a mapping for each host"),
        ({"kind": "validate", "results": {"pc": {"x": 1}}}, "must be results of maps_connection_info"),
    ],
)
def test_what_makes_no_block_is_refused(tmp_path: pathlib.Path, arguments: dict[str, Any], message: str) -> None:
    play = {"name": "Play", "hosts": "all", "gather_facts": False, "tasks": [{"windefend.maps.closing": arguments}]}
    (tmp_path / "play.yml").write_text(yaml.safe_dump([play]))
    done = run(tmp_path, "-i", "pc,")
    assert done.returncode == 2
    assert message in done.stdout + done.stderr


# Typos


@pytest.fixture
def checked(tmp_path: pathlib.Path) -> pathlib.Path:
    """A folder with a playbook whose hosts are checked, and an inventory with two hosts."""
    call = "('windefend.maps.checked_hosts', maps_hosts | default('all'))"
    tasks = [
        {
            "name": "Check the request",
            "ansible.builtin.assert": {"that": f"query{call} | length > 0"},
            "run_once": True,
            "tags": ["always"],
        },
        {"name": "Work", "ansible.builtin.debug": {"msg": "it worked"}},
    ]
    pattern = f"{{{{ lookup{call} }}}}"
    play = {"name": "Play", "hosts": pattern, "gather_facts": False, "tasks": tasks}
    (tmp_path / "play.yml").write_text(yaml.safe_dump([play]))
    (tmp_path / "inventory.yml").write_text("all: {hosts: {pc-1: {}, pc-2: {}}}\n")
    return tmp_path


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("-e", "remediate_winhttp_proxi=p:1"), "remediate_winhttp_proxi (did you mean remediate_winhttp_proxy?)"),
        (("-e", '{"maps_report_pat": "x"}'), "maps_report_pat (did you mean maps_report_path?)"),
        (("-e", "rollback_rum=x", "--limit", "pc-1"), "rollback_rum (did you mean rollback_run?)"),
        (("--tags", "firewall"), "--tags firewall: "),
        (("-e", "maps_hosts=windws"), "no host of the inventory matches 'windws'"),
        (("-e", "maps_hosts=pc-2", "--limit", "pc-1"), "matches 'pc-2' within --limit pc-1"),
        (("-e", "remediate_winhttp_proxy=http://p:1"), "remediate_winhttp_proxy must be host:port without a scheme"),
        (("-e", "maps_report_path=nodir/r.json"), "maps_report_path: the directory "),
        (("-e", "maps_journal=journal"), "maps_journal: journal is not an absolute path"),
    ],
)
def test_a_typo_ends_red_before_the_first_host(checked: pathlib.Path, options: tuple[str, ...], message: str) -> None:
    done = run(checked, "-i", "inventory.yml", *options)
    output = " ".join((done.stdout + done.stderr).split())
    assert done.returncode not in (0, 250), output
    assert message in output
    assert "TASK" not in output


@pytest.mark.parametrize("options", [(), ("-i", "nosuch.yml")])
def test_no_inventory_ends_red(checked: pathlib.Path, options: tuple[str, ...]) -> None:
    done = run(checked, *options)
    assert done.returncode not in (0, 250)
    assert "the inventory has no hosts" in " ".join((done.stdout + done.stderr).split())


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--tags", "all"),
        ("--limit", "pc-1"),
        ("-e", "maps_hosts=pc-1:pc-2"),
        ("-e", '{"maps_hosts": ["pc-1", "pc-2"]}'),
        ("-e", "mine=1", "-e", "maps_of_mine=1", "-e", '{"maps_known_variables": ["maps_of_mine"]}'),
        ("-e", "remediate_winhttp_proxy=p:1", "-e", "maps_report_path=r.json", "-e", "remediate_fail_on=[]"),
    ],
)
def test_what_is_no_typo_runs(checked: pathlib.Path, options: tuple[str, ...]) -> None:
    done = run(checked, "-i", "inventory.yml", *options)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "it worked" in done.stdout


def test_an_empty_slice_ends_well_where_that_was_asked_for(checked: pathlib.Path) -> None:
    (checked / "inventory.yml").write_text("all: {hosts: {}}\n")
    assert run(checked, "-i", "inventory.yml", "-e", "maps_allow_no_hosts=true").returncode == 0


@pytest.mark.parametrize("option", ["--syntax-check", "--list-tasks", "--list-tags"])
def test_a_look_at_the_playbook_needs_no_inventory(checked: pathlib.Path, option: str) -> None:
    done = run(checked, option)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_typo_in_the_inventory_only_warns(checked: pathlib.Path) -> None:
    folder = checked / "group_vars"
    folder.mkdir()
    (folder / "all.yml").write_text("remediate_winhttp_prxy: p:1\nremediate_ticket_of_our_own: 1\n")
    (checked / "inventory.yml").write_text("all: {hosts: {pc-1: {maps_hots: x}, pc-2: {}}}\n")
    done = run(checked, "-i", "inventory.yml")
    output = " ".join((done.stdout + done.stderr).split())
    assert done.returncode == 0, output
    assert "the inventory has a variable remediate_winhttp_prxy; did you mean remediate_winhttp_proxy?" in output
    assert "the inventory has a variable maps_hots; did you mean maps_hosts?" in output
    assert "remediate_ticket_of_our_own" not in output
    (folder / "all.yml").write_text("maps_known_variables: [maps_hots]\n")
    assert "maps_hots" not in "".join(run(checked, "-i", "inventory.yml").stderr)


def test_a_malformed_proxy_of_the_inventory_ends_red_before_the_work(checked: pathlib.Path) -> None:
    (checked / "inventory.yml").write_text("all: {hosts: {pc-1: {}}, vars: {remediate_winhttp_proxy: 'http://p:1'}}\n")
    done = run(checked, "-i", "inventory.yml")
    assert done.returncode == 2
    assert "remediate_winhttp_proxy must be host:port" in done.stdout + done.stderr
    assert "it worked" not in done.stdout
