"""pytest fixtures: simulated Windows endpoints of a test's own, and those that Molecule keeps running.

A conftest.py asks for them with `pytest_plugins = ["ansible_collections.windefend.maps.winsim.pytest_plugin"]`.

- `winsim`: starts a fleet in this process, `winsim({"hosts": [{"name": "pc", "scenario": "proxy_dead"}]})`, and gives
  its Endpoints. At the end of the test no shell may be open, and no command may have been unknown to winsim.
- `winsim_host`: one host `pc`; `@pytest.mark.winsim_host(scenario="proxy_dead", locale="ja")` says what it is.
- `winsim_running`: the Endpoints of a winsim that runs elsewhere: Molecule's, or that of `--winsim-directory`.
"""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
import yaml

from . import control, fleet, inventory, listeners, serving
from .control import Control, ControlError
from .machine.model import Machine
from .wire.server import serve_in_thread

Ask = Callable[..., Any]


@dataclass
class Endpoints:
    """Hosts that listen."""

    inventory: pathlib.Path
    """An Ansible inventory with everything a connection needs."""
    ask: Ask
    """Asks the control channel: `ask("change", host="pc", scenario="proxy_dead")`; control.py tells what."""
    machines: Mapping[str, Machine] = field(default_factory=dict)
    """The machines themselves, where they live in this process."""

    @property
    def names(self) -> list[str]:
        """The hosts, in the order of the fleet file."""
        return list(self._group["hosts"])

    def variables(self, name: str) -> dict[str, Any]:
        """What the inventory says of a host; raises KeyError."""
        return {**self._group["vars"], **self._group["hosts"][name]}

    def host(self, name: str) -> Any:
        """The host as pytest-testinfra has it, over its winrm back end: `host("pc").run("hostname").stdout`."""
        import testinfra  # noqa: PLC0415 - only who asks for it needs it

        of = self.variables(name)
        login = f"{of['ansible_user']}:{of['ansible_password']}"
        plain = of["ansible_winrm_scheme"] == "http"
        where = f"winrm://{login}@{of['ansible_host']}:{of['ansible_port']}"
        return testinfra.get_host(where, no_ssl=plain, no_verify_ssl=not plain)

    def state(self, name: str) -> dict[str, Any]:
        """The whole state of a host, to compare."""
        return dict(self.ask("state", host=name))

    def change(self, name: str, scenario: str | None = None, **overrides: Any) -> None:
        """Changes a host while it runs: scenario first, then overrides as in a fleet file."""
        given = {"scenario": scenario} if scenario else {}
        self.ask("change", host=name, overrides=overrides, **given)

    def commands(self, name: str) -> list[str]:
        """The command lines that a host was sent."""
        return [command["line"] for command in self.ask("commands", host=name)[name]]

    def unknown(self) -> list[str]:
        """Command lines with something that winsim does not know, each with its host."""
        found = self.ask("commands", unknown=True)
        return [f"{host}: {one['line']} ({', '.join(one['unknown'])})" for host, many in found.items() for one in many]

    def open_shells(self) -> list[str]:
        """The hosts on which a client left a shell."""
        return [host for host, shells in self.ask("shells").items() if shells]

    @property
    def _group(self) -> dict[str, Any]:
        document = yaml.safe_load(self.inventory.read_text(encoding="utf-8"))
        return dict(document["all"]["children"]["winsim"])


@contextlib.contextmanager
def endpoints(document: Mapping[str, Any], folder: pathlib.Path) -> Iterator[Endpoints]:
    """Serves the fleet that a fleet file's content describes, and writes its inventory into the folder."""
    wanted = fleet.parse(dict(document))
    machines = serving.build(wanted)
    file = folder / "inventory.yml"
    issued = listeners.issue(wanted, listeners.beside(file))
    with serve_in_thread(serving.hosts(wanted, machines), listeners=issued) as server:
        inventory.write(file, wanted, server.port, machines)
        yield Endpoints(file, _asking(Control(wanted, machines, server)), machines)


def running(folder: pathlib.Path, inventory_file: pathlib.Path | None = None) -> Endpoints:
    """The hosts of a winsim that `winsim start` started with this folder."""

    def ask(do: str, **arguments: object) -> Any:
        return control.ask(folder / "control.sock", do, **arguments)

    return Endpoints(inventory_file or folder / "inventory.yml", ask)


def _asking(channel: Control) -> Ask:
    def ask(do: str, **arguments: object) -> Any:
        answer = json.loads(channel.answer(json.dumps({"do": do, **arguments}).encode()))
        if "error" in answer:
            raise ControlError(str(answer["error"]))
        return answer["result"]

    return ask


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.getgroup("winsim").addoption(
        "--winsim-directory", metavar="DIR", help="the folder of the winsim that winsim_running is about"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "winsim_host(**entry): what the host of the fixture winsim_host is")


@pytest.fixture
def winsim(tmp_path: pathlib.Path) -> Iterator[Callable[..., Endpoints]]:
    """Starts a fleet; `check=False` where commands may be unknown and shells stay open."""
    checked: list[Endpoints] = []
    count = 0
    with contextlib.ExitStack() as stack:

        def start(document: Mapping[str, Any], *, check: bool = True) -> Endpoints:
            nonlocal count
            count += 1
            started = stack.enter_context(endpoints(document, tmp_path / f"winsim-{count}"))
            if check:
                checked.append(started)
            return started

        yield start
        for one in checked:
            if unknown := one.unknown():
                pytest.fail("winsim does not know all of these commands:\n" + "\n".join(unknown))
            if shells := one.open_shells():
                pytest.fail(f"Shells were left open on {', '.join(shells)}")


@pytest.fixture
def winsim_host(winsim: Callable[..., Endpoints], request: pytest.FixtureRequest) -> Endpoints:
    """Endpoints with the one host `pc`."""
    marker = request.node.get_closest_marker("winsim_host")
    return winsim({"hosts": [{"name": "pc", **(marker.kwargs if marker else {})}]})


@pytest.fixture(scope="session")
def winsim_running(pytestconfig: pytest.Config) -> Endpoints:
    """The hosts that Molecule's create playbook started, or those of --winsim-directory."""
    given, molecule = pytestconfig.getoption("--winsim-directory"), os.environ.get("MOLECULE_EPHEMERAL_DIRECTORY")
    if given:
        return running(pathlib.Path(given))
    if molecule:
        return running(pathlib.Path(molecule, "winsim"), pathlib.Path(molecule, "inventory", "winsim.yml"))
    raise pytest.UsageError("winsim_running: neither Molecule runs these tests nor is there a --winsim-directory")
