"""The examples in the filters' documentation run, through ansible-playbook, and give what the samples promise."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
FILTERS = ("explain_hresult", "parse_firewall_rule", "parse_validation", "parse_winhttp_settings")
BAD = "{{ ['12', 34] | windefend.maps.parse_winhttp_settings }}"


def document(name: str) -> dict[str, Any]:
    """A filter's documentation."""
    found: dict[str, Any] = yaml.safe_load((ROOT / "plugins" / "filter" / f"{name}.yml").read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def messages(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """What each task of all examples said, then what a bad input was answered with."""
    folder = tmp_path_factory.mktemp("examples")
    tasks = [task for name in FILTERS for task in yaml.safe_load(document(name)["EXAMPLES"])]
    tasks.append({"name": "Bad", "ansible.builtin.debug": {"msg": BAD}, "ignore_errors": True})
    for number, task in enumerate(tasks):
        task["register"] = f"said_{number}"
    said = ", ".join(f"said_{number}.msg" for number in range(len(tasks)))
    keep = {"content": f"{{{{ [{said}] | to_json }}}}", "dest": str(folder / "said.json"), "mode": "0600"}
    tasks.append({"name": "Keep", "ansible.builtin.copy": keep})
    variables = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    play = [{"hosts": "localhost", "gather_facts": False, "vars": variables, "tasks": tasks}]
    (folder / "play.yml").write_text(yaml.safe_dump(play), encoding="utf-8")
    environment = {
        **os.environ,
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / "build" / "collections"),
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_LOCAL_TEMP": str(folder / "local"),
        "ANSIBLE_NOCOLOR": "1",
    }
    command = [sys.executable, "-m", "ansible", "playbook", "-i", "localhost,", str(folder / "play.yml")]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd=folder)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    found: list[Any] = json.loads((folder / "said.json").read_text(encoding="utf-8"))
    return found


def test_the_examples_say_what_the_samples_promise(messages: list[Any]) -> None:
    samples = {
        name: {key: entry["sample"] for key, entry in document(name)["RETURN"]["_value"]["contains"].items()}
        for name in FILTERS
    }
    assert messages[0] == samples["explain_hresult"]["text"]
    assert messages[1] == samples["parse_firewall_rule"]["service"]
    assert messages[2] == samples["parse_validation"]["hresult_meaning"]
    wanted = {**samples["parse_winhttp_settings"], "bypass": "", "bypass_list": []}
    assert messages[3] == wanted


def test_an_error_in_a_template_names_filter_place_and_reason(messages: list[Any]) -> None:
    assert "windefend.maps.parse_winhttp_settings: byte 0: '12' is not a byte" in messages[4]


@pytest.mark.parametrize("name", FILTERS)
def test_every_key_of_a_result_is_documented(name: str) -> None:
    inputs = {
        "explain_hresult": "0x80072F8F",
        "parse_firewall_rule": "v2.10|Name=x|",
        "parse_validation": "",
        "parse_winhttp_settings": "1800000000000000010000000000000000000000",
    }
    module = __import__(f"ansible_collections.windefend.maps.plugins.filter.{name}", fromlist=["FilterModule"])
    (found,) = module.FilterModule().filters().items()
    assert found[0] == name
    assert list(found[1](inputs[name])) == list(document(name)["RETURN"]["_value"]["contains"])
