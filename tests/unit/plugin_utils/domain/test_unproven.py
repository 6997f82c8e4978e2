"""No exit code alone says that something is absent: each way in which a tool fails, on each command of each operation.

What such a command decides is unknown, with the reason, or the task fails with it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain import publisher_evidence, root_lists
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.ctl import folder as ctl_folder, task as ctl_task
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.defender import spynet
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.diagnosis import Validation
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.firewall import allow_rule
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.plain_values import plain
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.protocol import HostError
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.proxy import change as proxy_change
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.remediation import AssessmentRequest, assess
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.host import (
    CommandTimedOut,
    Completed,
    RemoteError,
)
from ansible_collections.windefend.maps.tests.support.operations import run_operation
from ansible_collections.windefend.maps.tests.support.simulated_host import SimulatedHost, machine
from ansible_collections.windefend.maps.tests.unit.plugin_utils.domain.test_output_limits import (
    IDENTITY,
    NOW,
    PLACE,
    READING,
    Make,
    leaves,
)

COMMAND = re.compile(r"(?<=& ver>nul& ).*?(?= & call echo #)")
TOOL = re.compile(
    r'\b(?:reg query|sc query|netsh winhttp show|schtasks /query|wevtutil qe|dir /b|findstr x)(?:"[^"]*"|[^|&()"])*'
)
WORDS = "レジストリの編集は、管理者によって使用不可にされています。"
"""What a tool says: translated, so nothing may depend on it."""
WHY = re.compile(f"{WORDS}|ended with|exit code|could not|cannot|cut off|took longer|too large|not known|unknown")
Fails = Callable[[str], str]


def _says(code: int) -> str:
    return f'(cmd /d /c "echo {WORDS}& exit {code}") 1>&2'


def _every_tool(instead: str) -> Fails:
    return lambda command: TOOL.sub(instead, command) if TOOL.search(command) else instead


CONDITIONS: Mapping[str, Fails] = {
    "switched off": _every_tool(_says(1)),
    "denied": lambda command: TOOL.sub(_says(1), command, count=1),
    "denied with a code": _every_tool(_says(5)),
    "silent": _every_tool("cmd /d /c exit 1"),
    "missing": _every_tool("cmd /d /c exit 9009"),
    "crashed": _every_tool("cmd /d /c exit -1073741502"),
    "timed out": str,
    "cut off": str,
}
"""Condition -> what a command becomes, so that its tools answer as they do in it."""


class FailingHost(SimulatedHost):
    """In the line of this number (from 1), the tools of the command of this number (from 0) are in a condition."""

    def __init__(self, line: int = 0, command: int = 0, condition: str = "") -> None:
        super().__init__(machine())
        self.at, self.command, self.condition = line, command, condition
        self.asked: list[list[str]] = []

    def run(self, line: str, **options: Any) -> Completed:
        self.asked.append(COMMAND.findall(line))
        if len(self.asked) != self.at:
            return super().run(line, **options)
        if self.condition == "timed out":
            raise CommandTimedOut("pc: the command line took longer than 60 seconds")
        found = [*COMMAND.finditer(line)][self.command]
        changed = CONDITIONS[self.condition](found[0])
        completed = super().run(line[: found.start()] + changed + line[found.end() :], **options)
        if self.condition != "cut off":
            return completed
        token = line.removeprefix("echo #")[:8].encode()
        end = completed.stdout.index(b"#%s:%d:" % (token, self.command))
        return Completed(completed.stdout[:end], completed.stderr, -1, truncated=True)


OPERATIONS: Mapping[str, Make] = {
    **{name: make for name, make in READING.items() if "SYSTEM" not in name},
    "assessment": lambda: assess(AssessmentRequest(Validation("current", 60.0, IDENTITY), probe=True)),
    "spynet": lambda: spynet.configure(
        ssl_options=2, certificate_pinning=None, revocation_check=None, reporting=2, submit_samples=None, absent=(),
        check_mode=True,
    ),
    "winhttp_proxy": lambda: proxy_change.configure(
        proxy_change.ProxySettings("p.example:80", "p.example:80"), "winhttp", True
    ),
    "firewall_rule": lambda: allow_rule.configure(allow_rule.RuleSpec("A rule"), True, True),
    "root_update": lambda: root_lists.configure(
        requested={"disable_root_auto_update": True}, absent=(), stale_after=7, now=NOW, check_mode=True
    ),
    "publisher_evidence": lambda: publisher_evidence.configure(
        enabled=False, wanted=publisher_evidence.places(["v4.0.30319"], [64]), identity=IDENTITY, check_mode=True
    ),
    "ctl_folder": lambda: ctl_folder.configure(ctl_folder.FolderSpec(PLACE, share="ctl$"), check_mode=True),
    "ctl_task": lambda: ctl_task.configure(ctl_task.TaskSpec(PLACE, IDENTITY), present=True, check_mode=True),
}  # fmt: skip
ELEVATED = r"HKU\S-1-5-19"
STRICT = ("host_info", "defender_info", "firewall_info")
FEW = ("switched off", "denied", "missing")
"""For operations whose reading the strict ones share."""
FREE = {"too_large", "rules_considered", "problem", "summary", "unknown"}
BY_PARENT = (
    "WindowsFirewall\\FirewallRules",
    "Mdm\\FirewallRules",
    "Defender\\Policy Manager",
    "Defender\\Spynet",
    "\\Features",
    "Policies\\Microsoft\\Windows Advanced Threat Protection",
)
"""What commands that bring no proof of their own ask for: another of their line lists the parent key."""
CELLS: Counter[str] = Counter()


def _result(name: str, failing: FailingHost) -> tuple[Any, list[str]]:
    """What an operation says of a host, and its warnings; the error's text where it fails."""
    warnings: list[str] = []
    try:
        return plain(run_operation(failing, OPERATIONS[name](), warnings)), warnings
    except (HostError, RemoteError) as error:
        return str(error), warnings


def _claims_nothing_else(right: Mapping[str, Any], found: Mapping[str, Any], at: object) -> None:
    """What differs from the right answer is named as unknown."""
    facts = [one["fact"] for one in found["unknown"]]
    expected = dict(leaves(right))
    for path, value in leaves(found):
        if path.startswith(("proxy.in_force.", "proxy.routes")):
            continue  # says itself which store is not known
        covered = any(path == fact or path.startswith(f"{fact}.") for fact in facts)
        of_verdict = any(fact.endswith("verdict") and path.startswith(fact.rpartition(".")[0]) for fact in facts)
        if covered:
            assert value in (None, "unknown"), (at, path)
        elif not of_verdict and path.rpartition(".")[2] not in FREE:
            assert value == expected.get(path), (at, path)


def _may_be_right(command: str, condition: str) -> bool:
    """Whether the rest of what was asked proves what is right: a key that its parent does not list, findstr, which ends
    with 1 when it runs, and what lost its turn and is asked again."""
    by_parent = any(store in command for store in BY_PARENT)
    runs = command.startswith("findstr") and condition in ("silent", "switched off")
    again = '| find "|Action=Block|"' in command  # rules that the filters show too, unless they are too long for them
    return by_parent or runs or again or condition in ("denied", "cut off")


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_tool_that_fails_is_no_absence(name: str) -> None:
    """B01, B34: whatever a tool says and whichever code it ends with, and in whichever language."""
    healthy = FailingHost()
    right, _unused = _result(name, healthy)
    for line, commands in enumerate(healthy.asked, 1):
        for number, command in enumerate(commands):
            for condition in CONDITIONS if name in STRICT else FEW:
                if condition == "denied" and ELEVATED in command:
                    continue  # that is what it asks: whether the account may read there
                at = (line, number, condition, command)
                found, _unused = _result(name, FailingHost(line, number, condition))
                CELLS[condition] += 1
                if isinstance(found, str):
                    assert WHY.search(found), (at, found)
                    continue
                assert found.get("cause") != "other_antivirus", at
                assert found.get("outcome") != "not_applicable", at
                if name in STRICT:
                    _claims_nothing_else(right, found, at)
                    assert found["unknown"] or (found == right and _may_be_right(command, condition)), at
                    assert all(WHY.search(one["reason"]) for one in found["unknown"]), at


def test_the_number_of_cells(capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print(f"\n{sum(CELLS.values())} cells: {dict(CELLS)}")
