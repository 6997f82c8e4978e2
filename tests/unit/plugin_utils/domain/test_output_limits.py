"""A command that prints more than it may: its facts are unknown, with the reason, and all others are right."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain import host, publisher_evidence, root_lists
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.as_system import task as as_system_task
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.ctl import (
    client_check,
    folder as ctl_folder,
    lists as ctl_lists,
    task as ctl_task,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.defender import (
    settings as defender_settings,
    spynet,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.detection import run as detection_run
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.firewall import (
    allow_rule,
    verdict as firewall_verdict,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.firewall.verdict import firewall_info
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation import RunIdentity, temp_folder
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.plain_values import plain
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.protocol import (
    Ask,
    HostError,
    Operation,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.probes import probe
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.proxy import change as proxy_change
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.remediation import history as remediation_history
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.host import Completed
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.cmdline import MOST_OUTPUT, Command
from ansible_collections.windefend.maps.tests.support.operations import run_operation, validation
from ansible_collections.windefend.maps.tests.support.remediation import SEAL
from ansible_collections.windefend.maps.tests.support.simulated_host import SimulatedHost, machine
from ansible_collections.windefend.maps.winsim.snapshot import snapshot

NOW = 1_800_000_000.0
IDENTITY = RunIdentity(temp_folder.unique_name(NOW, "0123456789ab"), NOW)
JUNK = b"MAPS: <Event " * 80_000
"""A megabyte, which is none of the answers."""
WHY = re.compile("bytes|not understood|did not finish|could not be read")
SUBJECT = firewall_verdict.Subject(r"C:\Windows\System32\curl.exe", "", 443)
SYSTEM = {"run_as": "system", "timeout": 60.0, "identity": IDENTITY}


class ChattyHost(SimulatedHost):
    """In the line of this number (from 1), the command of this number (from 0) prints junk besides its own output."""

    def __init__(self, line: int = 0, command: int = 0, scenario: str = "healthy") -> None:
        super().__init__(machine(scenario))
        self.noisy = line, command
        self.answered: list[int] = []
        self.received = 0

    def run(self, line: str, **options: Any) -> Completed:
        most = options["max_bytes"]
        completed = super().run(line, **{**options, "max_bytes": 1 << 30})
        out = completed.stdout
        if len(self.lines) == self.noisy[0]:
            token = line.removeprefix("echo #")[:8].encode()
            out = out.replace(b"#%s:%d:" % (token, self.noisy[1]), JUNK + b"\r\n#%s:%d:" % (token, self.noisy[1]), 1)
        self.answered.append(line.count("call echo #"))
        self.received += min(len(out), most)
        if len(out) > most:
            return Completed(out[:most], b"", -1, truncated=True)
        return Completed(out, completed.stderr, completed.exit_code)


Make = Callable[[], Operation[Any]]
READING: dict[str, Make] = {
    "host_info": host.read,
    "defender_info": lambda: defender_settings.read(NOW),
    "firewall_info": lambda: firewall_info(SUBJECT, 4 << 20),
    "maps_connection_info": lambda: validation(**{**SYSTEM, "run_as": "current"}),
    "maps_connection_info, SYSTEM": lambda: validation(**SYSTEM),
    "endpoint_info": lambda: probe.probe(probe.ProbeRequest(IDENTITY)),
    "ctl_source_info": lambda: client_check.prove(client_check.CheckRequest(IDENTITY, "http://ctl.example/a")),
    "remediation_history": lambda: remediation_history.remember(
        step=None,
        depends_on="",
        present=True,
        now=NOW,
        check_mode=False,
        keys=remediation_history.Keys(lambda: SEAL, lambda: SEAL),
    ),
}
PLACE = ctl_lists.Place("C:\\ctl")
CHANGING: dict[str, Make] = {
    "spynet": lambda: spynet.configure(
        ssl_options=2, certificate_pinning=None, revocation_check=None, reporting=None, submit_samples=None, absent=(),
        check_mode=False,
    ),
    "winhttp_proxy": lambda: proxy_change.configure(
        proxy_change.ProxySettings("p.example:80", "p.example:80"), "winhttp", False
    ),
    "firewall_rule": lambda: allow_rule.configure(allow_rule.RuleSpec("A rule"), True, False),
    "root_update": lambda: root_lists.configure(
        requested={"disable_root_auto_update": True}, absent=(), stale_after=7, now=NOW, check_mode=False,
    ),
    "publisher_evidence": lambda: publisher_evidence.configure(
        enabled=False, wanted=publisher_evidence.places(["v4.0.30319"], [64]), identity=IDENTITY, check_mode=False,
    ),
    "ctl_folder": lambda: ctl_folder.configure(
        ctl_folder.FolderSpec(PLACE, share="ctl$"), check_mode=False
    ),
    "ctl_task": lambda: ctl_task.configure(
        ctl_task.TaskSpec(PLACE, IDENTITY), present=True, check_mode=False
    ),
    "detection_test": lambda: detection_run.run(detection_run.DetectionRequest(IDENTITY)),
}  # fmt: skip


def every(make: Make, first_line: bool = False) -> Iterator[tuple[int, int]]:
    """Line and command of everything that an operation asks on a healthy host."""
    quiet = ChattyHost()
    run_operation(quiet, make())
    for number, count in enumerate(quiet.answered[: 1 if first_line else None], 1):
        yield from ((number, command) for command in range(count))


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        for name, item in value.items():
            yield from leaves(item, f"{path}.{name}".lstrip("."))
    else:
        yield path, value


@pytest.mark.parametrize("name", ["host_info", "defender_info", "firewall_info"])
def test_what_a_chatty_command_decides_is_unknown_and_nothing_else(name: str) -> None:
    make = READING[name]
    right = dict(leaves(plain(run_operation(ChattyHost(), make()))))
    assert right["unknown"] == []
    read_twice = 0
    for line, command in every(make):
        noisy = ChattyHost(line, command)
        found = plain(run_operation(noisy, make()))
        facts = [one["fact"] for one in found["unknown"]]
        if not facts and dict(leaves(found)) == right:
            read_twice += 1
            continue
        assert facts, (line, command)
        assert all(WHY.search(one["reason"]) for one in found["unknown"])
        judged = {"too_large", "rules_considered", "problem", "summary"}
        for path, value in leaves(found):
            covered = any(path == fact or path.startswith(f"{fact}.") for fact in facts)
            of_verdict = any(fact.endswith("verdict") and path.startswith(fact.rpartition(".")[0]) for fact in facts)
            of_verdict = of_verdict or path.startswith(
                ("proxy.in_force.", "proxy.routes")
            )  # says itself which store is not known
            if covered:
                assert value in (None, "unknown"), path
            elif not of_verdict and path.rpartition(".")[2] not in judged and path != "unknown":
                assert value == right.get(path), (line, command, path)
        assert noisy.received < 2 * len(JUNK) or name != "defender_info", "no more than two lines' limits"
    assert read_twice == (0 if name == "defender_info" else 2), "rules that block, of two stores, if they are too many"


@pytest.mark.parametrize("name", READING)
def test_a_chatty_command_does_not_fail_a_module_that_reads(name: str) -> None:
    make = READING[name]
    right = plain(run_operation(ChattyHost(), make()))
    for line, command in every(make):
        warnings: list[str] = []
        noisy = ChattyHost(line, command)
        found = plain(run_operation(noisy, make(), warnings))
        for one in (right, found):  # MpCmdRun prints the time
            one.update(dict.fromkeys({"output", "last_success"} & one.keys()))
        said = [*found["unknown"], *warnings, *([found["host"]["unknown"]] if found.get("host") else [])]
        # What was printed after all that is read, or while something was removed that is gone then, costs nothing.
        assert found == right or any(WHY.search(str(one)) for one in said), (line, command)


@pytest.mark.parametrize("name", CHANGING)
def test_a_module_that_changes_refuses_before_it_changes(name: str) -> None:
    make = CHANGING[name]
    refusals: list[str] = []
    for line, command in every(make, first_line=True):
        noisy = ChattyHost(line, command)
        before = snapshot(noisy.machine)
        with contextlib.suppress(ValueError):  # not understood: what a task makes of that has a test of its own
            refusals.append(_refusal(noisy, make))
            if refusals[-1]:
                assert snapshot(noisy.machine) == before
    assert any(refusals)
    assert all(re.search("Nothing was changed|no file was downloaded", one) for one in filter(None, refusals))


def _refusal(noisy: ChattyHost, make: Make) -> str:
    """Why the module refused; empty where it need not know what the command was to tell."""
    try:
        run_operation(noisy, make())
    except HostError as error:
        return str(error)
    return ""


def test_a_validation_that_prints_a_megabyte_is_no_answer() -> None:
    noisy = ChattyHost(2, 0)
    found = run_operation(noisy, READING["maps_connection_info"]())
    assert found["connected"] is None
    assert found["output"] == ""
    assert found["unknown"][0] == {
        "fact": "connected",
        "reason": "validate: the output has more than 65536 bytes, so its result is unknown",
    }
    assert {one["fact"] for one in found["unknown"][1:]} == {
        "standing.root_update_off", "standing.roots_frozen", "standing.signatures_age_hours"
    }, "what was asked behind it was never answered"  # fmt: skip
    assert found["host"]["unknown"] == []
    assert noisy.received < 2 * MOST_OUTPUT + 20_000, "a line is ended where its commands may print no more"


def test_nothing_is_concluded_from_what_is_not_known() -> None:
    """Otherwise a host whose registry answers too much would be said to have no Defender."""
    service = list(host.HOST.commands).index("defender.service")
    found = run_operation(ChattyHost(1, service, "proxy_dead"), READING["maps_connection_info"]())
    assert found["host"]["defender"]["installed"] is None
    assert found["cause"] != "other_antivirus"
    assert "other_antivirus" not in [one["id"] for one in plain(found["excluded"])]


def test_what_lost_its_turn_is_asked_again_only_where_nothing_changes() -> None:
    def asking(reads: bool) -> Operation[list[str]]:
        commands = {str(number): Command("ver") for number in range(4)}
        answer = yield Ask(commands, reads=reads)
        return [name for name in commands if answer[name].exit_code is not None]

    noisy = ChattyHost(1, 0)
    assert run_operation(noisy, asking(reads=True)) == ["1", "2", "3"]
    assert len(noisy.lines) == 2
    noisy = ChattyHost(1, 0)
    assert run_operation(noisy, asking(reads=False)) == []
    assert len(noisy.lines) == 1


def test_a_host_does_not_decide_how_much_is_cleaned_up() -> None:
    left = [temp_folder.unique_name(NOW - 7200 - age, "ab") for age in range(2000)]
    there = machine()
    for one in left:
        there.files.make_directory(f"C:\\Program Files\\{one}")
    quiet = SimulatedHost(there)
    warnings: list[str] = []
    swept = run_operation(quiet, as_system_task.remove_leftovers("C:\\Windows", NOW, False), warnings)
    assert swept == left[:-51:-1], "the oldest first"
    assert len(quiet.lines) < 10
    assert "2000 tasks and folders of earlier runs are on the host" in warnings[0]
