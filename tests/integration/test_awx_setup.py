"""playbooks/awx_setup.yml with the real modules of awx.awx against a stand-in for the controller's API.

Nothing here is an AWX. What can be shown is that the modules take every argument, that what they make fits together,
and that the playbooks run with the variables that a job would get.
"""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import jinja2
import pytest
import yaml
from ansible_collections.windefend.maps.tests.support.controller import TOKEN, Controller, controller
from ansible_collections.windefend.maps.tests.support.fleet import ROOT, RUN_LIMIT, Run, SimulatedFleet, run_playbook

StartFleet = Callable[[Mapping[str, Any]], SimulatedFleet]
COLLECTIONS = f"{ROOT / 'build' / 'collections'}:{ROOT / 'build' / 'others'}"
PASSWORD = "Winsim-only-1"
KEY = "0123456789abcdef" * 4
JOB = 4711


def setup(address: str, shared: pathlib.Path, token: str = TOKEN) -> subprocess.CompletedProcess[str]:
    variables = {
        "awx_project_url": "https://git.corp.example/maps.git",
        "awx_image": "registry.corp.example/maps:1",
        "awx_user": "ansible",
        "awx_password": PASSWORD,
        "awx_journal_key": KEY,
        "awx_proxy": "proxy.corp.example:3128",
        "awx_inventory_path": "inventory.yml",
        "awx_notification_url": "https://chat.corp.example/hook",
        "awx_slices": 4,
        "awx_shared": str(shared),
    }
    return subprocess.run(
        [
            *(str(pathlib.Path(sys.executable).parent / "ansible-playbook"), str(ROOT / "playbooks" / "awx_setup.yml")),
            *("-e", json.dumps(variables)),
        ],
        env={
            **os.environ,
            "ANSIBLE_CONFIG": str(ROOT / "demo" / "ansible.cfg"),
            "ANSIBLE_COLLECTIONS_PATH": COLLECTIONS,
            "ANSIBLE_HOME": str(ROOT / "build" / "ansible"),
            "CONTROLLER_HOST": address,
            "CONTROLLER_OAUTH_TOKEN": token,
        },
        capture_output=True,
        text=True,
        timeout=RUN_LIMIT,
        check=False,
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Controller, pathlib.Path]]:
    """What the playbook made, after it ran twice; the second run must change nothing."""
    shared = tmp_path_factory.mktemp("shared")
    with controller() as (state, address):
        first = setup(address, shared)
        assert first.returncode == 0, first.stdout + first.stderr
        before = json.dumps([state.objects, sorted(map(repr, state.associations.items()))])
        second = setup(address, shared)
        assert second.returncode == 0, second.stdout + second.stderr
        assert json.dumps([state.objects, sorted(map(repr, state.associations.items()))]) == before
        # awx.awx itself calls every workflow with an approval changed; of all other tasks none may say so.
        changed = [line for line in second.stdout.splitlines() if line.startswith("changed: ")]
        assert len(changed) == 1, second.stdout
        assert "changed=1 " in second.stdout
        assert PASSWORD not in first.stdout + second.stdout
        assert KEY not in first.stdout + second.stdout
        yield state, shared


def test_what_is_made(made: tuple[Controller, pathlib.Path]) -> None:
    state, _shared = made
    windows = json.loads(state.named("inventories", "MAPS")["variables"])
    assert windows["ansible_connection"] == "winrm"
    assert windows["ansible_winrm_scheme"] == "https"
    assert state.named("inventory_sources", "MAPS")["source_path"] == "inventory.yml"
    assert state.named("credentials", "MAPS Windows account")["inputs"] == {
        "username": "ansible",
        "password": "$encrypted$",
    }
    assert state.named("projects", "MAPS")["scm_url"] == "https://git.corp.example/maps.git"
    slices = {one["name"]: one["job_slice_count"] for one in state.objects["job_templates"].values()}
    assert slices == {
        "MAPS assess": 4,
        "MAPS canary": 1,
        "MAPS remediate": 4,
        "MAPS rollback": 1,
        "MAPS report": 1,
    }
    assert state.named("job_templates", "MAPS canary")["limit"] == "canary"
    for name in slices:
        assert state.linked("job_templates", name, "credentials") == ["MAPS Windows account", "MAPS journal key"]
        assert state.linked("job_templates", name, "notification_templates_error") == ["MAPS notification"]
    rules = {one["name"]: one["rrule"] for one in state.objects["schedules"].values()}
    assert rules == {
        "MAPS every night": "DTSTART;TZID=UTC:20260105T020000 RRULE:FREQ=DAILY;INTERVAL=1",
        "MAPS every Monday": "DTSTART;TZID=UTC:20260105T060000 RRULE:FREQ=WEEKLY;INTERVAL=1;BYDAY=MO",
    }


def test_nothing_is_changed_without_an_approval(made: tuple[Controller, pathlib.Path]) -> None:
    state, _shared = made
    nodes = [one["identifier"] for one in state.objects["workflow_job_template_nodes"].values()]
    edges = {
        (name, kind, other)
        for name in nodes
        for kind in ("success_nodes", "failure_nodes", "always_nodes")
        for other in state.linked("workflow_job_template_nodes", name, kind)
    }
    assert edges == {
        ("assess", "success_nodes", "approve"),
        ("approve", "success_nodes", "canary"),
        ("canary", "success_nodes", "remediate"),
        ("canary", "failure_nodes", "report"),
        ("remediate", "always_nodes", "report"),
    }
    approval = state.named("workflow_job_template_nodes", "approve")["unified_job_template"]
    assert state.objects["workflow_approval_templates"][approval]["name"] == "MAPS approval"
    workflow = ("workflow_job_templates", "MAPS workflow", "notification_templates_approvals")
    assert state.linked(*workflow) == ["MAPS notification"]


def test_the_surveys_ask_for_what_the_roles_know(made: tuple[Controller, pathlib.Path]) -> None:
    state, _shared = made
    asked = {question["variable"]: question for survey in state.surveys.values() for question in survey["spec"]}
    assert set(asked) == {
        "remediate_winhttp_proxy",
        "remediate_ssl_options_workaround",
        "rollback_run",
        "rollback_source",
    }
    for name, question in asked.items():
        specs = yaml.safe_load((ROOT / "roles" / name.partition("_")[0] / "meta" / "argument_specs.yml").read_text())
        option = specs["argument_specs"]["main"]["options"][name]
        assert set(question["choices"]) <= set(option.get("choices", ()))


def test_the_nodes_have_only_options_that_the_module_documents() -> None:
    """The module takes its nodes unchecked, so a misspelt key would be ignored in silence."""
    documentation = subprocess.run(
        [str(pathlib.Path(sys.executable).parent / "ansible-doc"), "-j", "awx.awx.workflow_job_template"],
        env={**os.environ, "ANSIBLE_COLLECTIONS_PATH": COLLECTIONS},
        capture_output=True,
        text=True,
        check=True,
    )
    options = json.loads(documentation.stdout)["awx.awx.workflow_job_template"]["doc"]["options"]

    class Loader(yaml.SafeLoader):
        """Reads Ansible's tag as the text that it stands before."""

    Loader.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(node))
    play = yaml.load((ROOT / "playbooks" / "awx_setup.yml").read_text(), Loader)[0]  # noqa: S506
    (task,) = [task for task in play["tasks"] if "awx.awx.workflow_job_template" in task]

    def unknown(value: Any, known: Mapping[str, Any], where: str) -> list[str]:
        found = []
        for one in value if isinstance(value, list) else [value]:
            if not isinstance(one, dict):
                continue
            for key, inner in one.items():
                if key not in known:
                    found.append(f"{where}.{key}")
                elif known[key].get("suboptions"):
                    found += unknown(inner, known[key]["suboptions"], f"{where}.{key}")
        return found

    nodes = task["awx.awx.workflow_job_template"]["workflow_nodes"]
    assert unknown(nodes, options["workflow_nodes"]["suboptions"], "node") == []
    assert unknown([{"relatd": {}}], options["workflow_nodes"]["suboptions"], "node") == ["node.relatd"]


def launch(state: Controller, template: str, fleet: SimulatedFleet, **answers: Any) -> Run:
    """Runs what a job of a template would run, with the variables that it would get; the inventory is the fleet's."""
    stored = state.named("job_templates", template)
    injected = state.named("credential_types", "Windows account over WinRM")["injectors"]["extra_vars"]
    account = {"username": "ansible", "password": PASSWORD}
    journals = state.named("credential_types", "Key of windefend.maps journals")["injectors"]
    assert set(journals) == {"env"}, "never an extra variable"
    environment = {name: jinja2.Template(text).render(journal_key=KEY) for name, text in journals["env"].items()}
    shutil.rmtree(fleet.folder / "home", ignore_errors=True)  # as an execution environment forgets its files
    survey = state.surveys.get(("job_templates", stored["id"]), {"spec": []})
    variables = {
        **json.loads(stored["extra_vars"]),
        **{question["variable"]: question["default"] for question in survey["spec"]},
        **{name: jinja2.Template(text).render(account) for name, text in injected.items()},
        "awx_job_id": JOB,
        **answers,
    }
    return run_playbook(
        ROOT / stored["playbook"], fleet.folder, fleet.inventory, variables=variables, environment=environment
    )


def test_the_jobs_run_with_these_variables(made: tuple[Controller, pathlib.Path], start_fleet: StartFleet) -> None:
    state, shared = made
    shutil.rmtree(shared / "reports", ignore_errors=True)
    (shared / "reports").mkdir()
    fleet = start_fleet(
        {"hosts": [{"name": "pc", "scenario": "no_winhttp_proxy_72f8f"}, {"name": "gone", "scenario": "unreachable"}]}
    )
    before = fleet.states()
    assess = launch(state, "MAPS assess", fleet)
    assert assess.status == 0, assess.output
    remediate = launch(state, "MAPS remediate", fleet)
    assert remediate.status == 0, remediate.output
    assert [path.name for path in (shared / "reports").iterdir()] == [f"{JOB:010}.json"]
    report = launch(state, "MAPS report", fleet)
    assert report.status == 0, report.output
    hosts = json.loads((shared / "report.json").read_text())["hosts"]
    assert {name: host["outcome"] for name, host in hosts.items()} == {"pc": "repaired", "gone": "unreachable"}
    # The run by its name, and from the copy on the host, as if the shared folder had been lost.
    assert (shared / "journal").is_dir()
    shutil.rmtree(shared / "journal")
    assert fleet.states() != before
    rollback = launch(state, "MAPS rollback", fleet, rollback_run=f"awx-{JOB}", maps_hosts="pc")
    assert rollback.status == 0, rollback.output
    assert fleet.states() == before


@pytest.mark.parametrize("name", ["assess", "remediate"])
def test_a_slice_without_hosts_ends_well(tmp_path: pathlib.Path, name: str) -> None:
    inventory = tmp_path / "inventory.yml"
    inventory.write_text("all: {hosts: {}}\n")
    variables = {"maps_report_path": "r.json", "maps_allow_no_hosts": True}
    run = run_playbook(ROOT / "playbooks" / f"{name}.yml", tmp_path, inventory, variables=variables)
    assert run.status == 0, run.output
    assert not (tmp_path / "r.json").exists()


def test_every_playbook_is_one_of_the_collections(made: tuple[Controller, pathlib.Path]) -> None:
    state, _shared = made
    books = {str(one["playbook"]).partition("/")[2] for one in state.objects["job_templates"].values()}
    assert books == {"assess.yml", "remediate.yml", "rollback.yml", "report.yml"}
    assert all((ROOT / "playbooks" / book).is_file() for book in books)


def test_a_wrong_token_ends_it(tmp_path: pathlib.Path) -> None:
    with controller() as (state, address):
        done = setup(address, tmp_path, token="wrong")
    assert done.returncode == 2
    assert "401" in done.stdout
    assert not state.objects["job_templates"]
