"""Nothing leaves an action or a filter but through the exit, and no code prints what did not come through it."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure, AnsibleFilterError
from ansible_collections.windefend.maps.plugins.plugin_utils._ansible.exit import ShownAction
from ansible_collections.windefend.maps.plugins.plugin_utils._ansible.filters import shown_filter
from ansible_collections.windefend.maps.plugins.plugin_utils._ansible.sweep.action import SweepAction

PLUGINS = Path(__file__).resolve().parents[4] / "plugins"
PACKAGE = "ansible_collections.windefend.maps.plugins"
ESCAPE = "\x1b]0;owned\x07\u202e\x9b"
PROXY = "http://svc:S3cretPw@proxy.old:8080"


class Action(ShownAction):
    def __init__(self, outcome: Any) -> None:
        self.will = outcome
        self._task = type("Task", (), {"action": "windefend.maps.x"})

    def outcome(self, tmp: str | None, task_vars: dict[str, Any] | None) -> dict[str, Any]:
        if isinstance(self.will, Exception):
            raise self.will
        return dict(self.will)


def clean(value: Any) -> bool:
    if isinstance(value, dict):
        return all(clean(key) and clean(item) for key, item in value.items())
    if isinstance(value, list):
        return all(clean(item) for item in value)
    text = str(value)
    return not set(text) & set("\x1b\x07\u202e\x9b\r") and "S3cretPw" not in text


def modules(folder: str) -> list[str]:
    return sorted(path.stem for path in (PLUGINS / folder).glob("*.py"))


@pytest.mark.parametrize("name", modules("action"))
def test_every_action_leaves_through_the_exit(name: str) -> None:
    action = importlib.import_module(f"{PACKAGE}.action.{name}").ActionModule
    assert issubclass(action, ShownAction)
    assert action.run is ShownAction.run, "it would go round the exit"
    assert (frozenset(("hosts",)) if issubclass(action, SweepAction) else frozenset()) == action.SHOWN_BEFORE


@pytest.mark.parametrize("name", modules("filter"))
def test_every_filter_leaves_through_the_exit(name: str) -> None:
    filters = importlib.import_module(f"{PACKAGE}.filter.{name}").FilterModule().filters()
    marked = shown_filter(len).__code__
    assert filters
    assert {one for one, work in filters.items() if work.__code__ is not marked} == set()


def test_nothing_derives_from_ansibles_base_beside_the_exit() -> None:
    for path in PLUGINS.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                bases = [ast.unparse(base) for base in node.bases]
                assert "ActionBase" not in bases or path.name == "exit.py", f"{path}: {node.name}"


def test_nothing_is_printed_that_was_not_made_safe() -> None:
    """Calls on Ansible's display: a constant, or `shown(...)`."""
    found = []
    for path in PLUGINS.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            if ast.unparse(node.func.value) not in ("self._display", "display", "Display()"):
                continue
            said = ast.unparse(node.args[0])
            if not (said.startswith(("shown(", "visible(")) or isinstance(node.args[0], ast.Constant)):
                found.append(f"{path.name}: {said}")
    assert found == []


def test_results_are_shown() -> None:
    result = Action(
        {
            "msg": f"it said: {ESCAPE}\r\nok: [pc]",
            "warnings": [f"{ESCAPE} {PROXY}"],
            "before": {ESCAPE: {"proxy": PROXY, "blob": PROXY.encode().hex()}},
            "changed": False,
            "diff": {"before": f"a\nb{ESCAPE}", "after": PROXY},
        }
    ).run(None, {})
    assert clean(result)
    assert "\n" not in result["msg"]
    assert result["diff"]["before"].startswith("a\nb⟨U+001B⟩")
    assert result["changed"] is False


@pytest.mark.parametrize("kind", [AnsibleConnectionFailure, AnsibleActionFail])
def test_failures_are_shown_and_keep_their_class(kind: type[Exception]) -> None:
    with pytest.raises(kind) as failed:
        Action(kind(f"{ESCAPE} {PROXY}\nok: [pc]")).run(None, {})
    assert failed.type is kind
    assert clean(failed.value)
    assert "\n" not in str(failed.value)
    assert failed.value.__cause__ is None
    assert failed.value.__suppress_context__, "a traceback would have the first message"


def test_a_fault_of_ours_is_a_failure_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    action = Action(KeyError(f"{ESCAPE} {PROXY}"))
    said: list[str] = []
    monkeypatch.setattr(action, "_display", type("Display", (), {"vvv": staticmethod(said.append)}), raising=False)
    with pytest.raises(AnsibleActionFail, match=r"windefend\.maps\.x: unexpected: KeyError") as failed:
        action.run(None, {})
    assert clean(failed.value)
    assert "Traceback" in said[0]
    assert clean(said[0])


def test_a_filter_shows_its_result_and_its_failure() -> None:
    assert clean(shown_filter(lambda: {"text": f"{ESCAPE} {PROXY}"})())

    def fail() -> None:
        raise AnsibleFilterError(f"{ESCAPE} {PROXY}")

    with pytest.raises(AnsibleFilterError) as failed:
        shown_filter(fail)()
    assert clean(failed.value)
