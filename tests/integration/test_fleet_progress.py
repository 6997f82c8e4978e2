"""The callback fleet_progress with real ansible-playbook runs, on a terminal that pyte emulates and without one."""

from __future__ import annotations

import fcntl
import os
import pathlib
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyte
import yaml
from ansible_collections.windefend.maps.tests.support.fleet import ROOT, RUN_LIMIT, SimulatedFleet

StartFleet = Callable[[Mapping[str, Any]], SimulatedFleet]
ROWS, COLUMNS = 24, 100
HOSTS = {
    "hosts": [
        {"name": "pc"},
        {"name": "no-proxy", "scenario": "no_winhttp_proxy_72f8f"},
        {"name": "blocked", "scenario": "local_block_rule"},
        {"name": "passive", "scenario": "other_antivirus"},
        {"name": "gone", "scenario": "unreachable"},
    ]
}
REMEDIATE = ("-e", "remediate_winhttp_proxy=proxy.corp.example:3128")
DRAWN = re.compile(rb"(?<=\x1b8)")
ROW = re.compile(rb"\x1b7\x1b\[\d+;1H\x1b\[2K(.*?)\x1b8", re.DOTALL)


def command(fleet: SimulatedFleet, playbook: pathlib.Path, *options: str) -> list[str]:
    program = pathlib.Path(sys.executable).parent / "ansible-playbook"
    return [str(program), str(playbook), "-i", str(fleet.inventory), "--forks", "4", *options]


def environment(**variables: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWX_", "WINDEFEND_MAPS_"))}
    return {
        **kept,
        "ANSIBLE_CONFIG": str(ROOT / "demo" / "ansible.cfg"),
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / "build" / "collections"),
        "ANSIBLE_HOME": str(ROOT / "build" / "ansible"),
        "ANSIBLE_CALLBACKS_ENABLED": "windefend.maps.fleet_progress",
        "ANSIBLE_NOCOLOR": "1",
        "TERM": "xterm",
        "COLUMNS": str(COLUMNS),
        **variables,
    }


def without_callback() -> dict[str, str]:
    return {name: value for name, value in environment().items() if name != "ANSIBLE_CALLBACKS_ENABLED"}


def piped(fleet: SimulatedFleet, playbook: pathlib.Path, *options: str, **variables: str) -> str:
    """What a run writes where there is no terminal."""
    done = subprocess.run(
        command(fleet, playbook, *options),
        env=environment(**variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=RUN_LIMIT,
        check=False,
    )
    return done.stdout + done.stderr


@dataclass
class Terminal:
    """A terminal that runs a command, and what stood on it."""

    columns: int = COLUMNS
    rows: int = ROWS
    data: bytes = b""
    feet: list[str] = field(default_factory=list)
    """The last row after each piece of output, and after each time the cursor went back from it."""

    def __post_init__(self) -> None:
        self.screen = pyte.HistoryScreen(self.columns, self.rows, history=100_000)
        self.stream = pyte.ByteStream(self.screen)

    def run(
        self,
        arguments: list[str],
        variables: dict[str, str],
        watch: Callable[[Terminal, subprocess.Popen[bytes]], None] = lambda _terminal, _process: None,
    ) -> int:
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", self.rows, self.columns, 0, 0))
        process = subprocess.Popen(
            arguments, env=variables, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
        )
        os.close(theirs)
        limit = threading.Timer(RUN_LIMIT, process.kill)
        limit.start()
        try:
            while piece := self._read(ours):
                self.data += piece
                # After each row that was drawn, however much of the output came in one piece.
                for part in DRAWN.split(piece):
                    self.stream.feed(part)
                    self.feet.append(self.screen.display[-1].rstrip())
                watch(self, process)
        finally:
            limit.cancel()
            os.close(ours)
        return process.wait(RUN_LIMIT)

    @staticmethod
    def _read(descriptor: int) -> bytes:
        try:
            return os.read(descriptor, 65536)
        except OSError:  # Linux' word for the end, once nobody holds the other side
            return b""

    @property
    def lines(self) -> list[str]:
        """Everything that was ever on the screen and scrolled away, then what stands there now."""
        scrolled = ["".join(line[x].data for x in range(self.columns)).rstrip() for line in self.screen.history.top]
        return scrolled + [line.rstrip() for line in self.screen.display]


def without_rows(data: bytes) -> str:
    """The output without all that the status row wrote."""
    text = ROW.sub(b"", data)
    text = re.sub(rb"\n\x1b7\x1b\[1;\d+r\x1b8\x1b\[1A", b"", text)
    return text.decode().replace("\r\n", "\n")


def comparable(text: str) -> list[str]:
    """Lines in an order that does not depend on which host answered first."""
    return sorted(line for line in text.splitlines() if line.strip())


def test_a_remediation_on_a_terminal(start_fleet: StartFleet) -> None:
    fleet = start_fleet(HOSTS)
    terminal = Terminal()
    alone = ("-e", "maps_use_sweep=false")
    terminal.run(command(fleet, ROOT / "playbooks" / "remediate.yml", *REMEDIATE, *alone), environment())
    # The row was there, counted up, and told the causes while the run went on.
    rows = [row for row in terminal.feet if " hosts: " in row]
    first = next(number for number, row in enumerate(rows) if " 5 done" in row)
    assert all(" done" in row and " 5 done" not in row for row in rows[:first])
    assert any(" 1 done" in row for row in rows[:first]), "the canary comes first"
    assert any("5 done, 1 failing, 1 unreachable | " in row for row in rows), rows[-5:]
    assert any("winhttp_proxy_missing 1" in row for row in rows)
    # Afterwards the terminal is as it was: all rows scroll, no row is left, and no line of Ansible's was touched.
    assert terminal.screen.margins is None or terminal.screen.margins == (0, ROWS - 1)
    assert not any(re.match(r"\d+:\d\d  \d+ hosts: ", line) for line in terminal.lines)
    for host in ("pc", "no-proxy", "blocked", "passive", "gone"):
        assert any(re.match(rf"{host} +: ok=\d+ ", line) for line in terminal.lines), host
    assert "\x1b" not in without_rows(terminal.data)
    assert "CAUSES" in without_rows(terminal.data)


def test_the_default_output_is_the_same_with_it(start_fleet: StartFleet) -> None:
    fleet = start_fleet({"hosts": [{"name": "gone", "scenario": "unreachable"}]})
    tasks = [
        {"name": "A failure that counts", "ansible.builtin.fail": {"msg": "on purpose"}, "ignore_errors": True},
        {"name": "Reach it", "windefend.maps.host_info": {}},
    ]
    path = fleet.folder / "play.yml"
    path.write_text(yaml.safe_dump([{"hosts": "all", "gather_facts": False, "tasks": tasks}]))
    alone, both = Terminal(), Terminal()
    assert alone.run(command(fleet, path), without_callback()) == 4
    assert both.run(command(fleet, path), environment()) == 4
    table = re.compile(r"^CAUSES.*", re.DOTALL | re.MULTILINE)
    assert comparable(table.sub("", without_rows(both.data))) == comparable(without_rows(alone.data))


def test_a_sweep_is_known_at_once(start_fleet: StartFleet) -> None:
    fleet = start_fleet(HOSTS)
    terminal = Terminal()
    sweep = ("-e", "maps_use_sweep=true")
    terminal.run(command(fleet, ROOT / "playbooks" / "remediate.yml", *REMEDIATE, *sweep), environment())
    rows = [row for row in terminal.feet if " hosts: " in row]
    # The host with a plan is diagnosed, and not done before its wave.
    assert any(" diagnosed, 4 done, 2 failing, 1 unreachable | " in row for row in rows), rows
    assert any("5 done, 1 failing, 1 unreachable | " in row for row in rows), rows[-5:]


def test_the_table_at_the_end(start_fleet: StartFleet) -> None:
    fleet = start_fleet(HOSTS)
    output = piped(
        fleet, ROOT / "playbooks" / "remediate.yml", *REMEDIATE, WINDEFEND_MAPS_FLEET_PROGRESS_INTERVAL="3600"
    )
    assert "progress:" not in output
    assert output.rpartition("CAUSES")[2].splitlines()[1:] == [
        "cause                  hosts  repaired  not applicable  left  hosts left",
        "---------------------  -----  --------  --------------  ----  ----------",
        "firewall_block_rule    1      0         0               1     blocked",
        "unreachable            1      0         0               1     gone",
        "other_antivirus        1      0         1               0",
        "winhttp_proxy_missing  1      1         0               0",
        "5 hosts: 1 healthy, 1 not applicable, 1 not repairable, 1 repaired, 1 unreachable",
    ]
    assert "\x1b" not in output


def test_plain_lines_come_where_there_is_no_terminal(start_fleet: StartFleet) -> None:
    fleet = start_fleet(HOSTS)
    output = piped(fleet, ROOT / "playbooks" / "assess.yml", WINDEFEND_MAPS_FLEET_PROGRESS_INTERVAL="0")
    lines = re.findall(r"^progress: (.*)", output, re.MULTILINE)
    assert lines[-1].partition("  ")[2].startswith("5 hosts: 5 done, 2 failing, 1 unreachable | ")
    assert "\x1b" not in output


def test_a_terminal_that_can_nothing_gets_plain_lines(start_fleet: StartFleet) -> None:
    fleet = start_fleet({"hosts": [{"name": "pc"}]})
    terminal = Terminal()
    variables = environment(TERM="dumb", WINDEFEND_MAPS_FLEET_PROGRESS_INTERVAL="0")
    assert terminal.run(command(fleet, ROOT / "playbooks" / "assess.yml"), variables) == 0
    assert b"\x1b" not in terminal.data
    assert b"progress: " in terminal.data


def test_it_is_quiet_under_awx_although_there_is_a_terminal(start_fleet: StartFleet) -> None:
    fleet = start_fleet({"hosts": [{"name": "blocked", "scenario": "local_block_rule"}]})
    terminal = Terminal()
    variables = environment(WINDEFEND_MAPS_FLEET_PROGRESS_INTERVAL="0", AWX_HOST="https://awx.example")
    assert terminal.run(command(fleet, ROOT / "playbooks" / "assess.yml"), variables) == 0
    assert b"\x1b" not in terminal.data
    assert b"progress: " not in terminal.data
    assert b"firewall_block_rule  1" in terminal.data


def test_a_failed_task_is_told_by_both(start_fleet: StartFleet) -> None:
    fleet = start_fleet({"hosts": [{"name": "pc"}, {"name": "other"}]})
    tasks = [{"name": "Break it", "ansible.builtin.fail": {"msg": "on purpose"}, "when": "inventory_hostname == 'pc'"}]
    path = fleet.folder / "play.yml"
    path.write_text(yaml.safe_dump([{"hosts": "all", "gather_facts": False, "tasks": tasks}]))
    output = piped(fleet, path)
    assert "fatal: [pc]: FAILED!" in output or "[ERROR]: Task failed" in output
    assert "failed: pc: Break it" in output.rpartition("CAUSES")[2]


def test_a_play_that_has_nothing_to_do_with_it_gets_no_table(start_fleet: StartFleet) -> None:
    fleet = start_fleet({"hosts": [{"name": "pc"}]})
    path = fleet.folder / "play.yml"
    path.write_text(yaml.safe_dump([{"hosts": "all", "gather_facts": False, "tasks": [{"ansible.builtin.debug": {}}]}]))
    assert "CAUSES" not in piped(fleet, path)


def test_an_interruption_gives_the_terminal_back_and_says_how_far_it_came(start_fleet: StartFleet) -> None:
    fleet = start_fleet({"hosts": [{"name": "pc"}]})
    begun = fleet.folder / "begun"
    tasks = [
        {"windefend.maps.maps_connection_info": {}},
        {"ansible.builtin.shell": f"touch {begun}; exec sleep 60", "delegate_to": "localhost"},
    ]
    path = fleet.folder / "play.yml"
    path.write_text(yaml.safe_dump([{"hosts": "all", "gather_facts": False, "tasks": tasks}]))
    sent: list[int] = []

    def interrupt(terminal: Terminal, process: subprocess.Popen[bytes]) -> None:
        # The row is written after the first task's result, and again when the second task starts.
        if not sent and terminal.data.count(b" 1 done") >= 2:
            # Stopped while it hands something over, a worker of Ansible's leaves ansible-playbook waiting for ever.
            while not begun.exists() and process.poll() is None:
                time.sleep(0.05)
            sent.append(process.pid)
            os.killpg(process.pid, signal.SIGINT)

    terminal = Terminal()
    assert terminal.run(command(fleet, path), environment(), interrupt) != 0
    assert sent
    assert terminal.screen.margins is None or terminal.screen.margins == (0, ROWS - 1)
    assert "The run ended early. 1 host: 1 healthy" in without_rows(terminal.data)


def test_the_row_follows_the_size_of_the_terminal(tmp_path: pathlib.Path) -> None:
    """Straight at the class: when a run reads the size is not to be steered from outside."""
    script = tmp_path / "script.py"
    script.write_text(
        "import fcntl, struct, sys, termios\n"
        "from ansible_collections.windefend.maps.plugins.plugin_utils._ansible.terminal_row import StatusRow\n"
        "def size(rows, columns):\n"
        "    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))\n"
        "row = StatusRow(1)\n"
        "row.show('x' * 500)\n"
        "for n in range(40): print('line', n, flush=True)\n"
        "size(12, 50)\n"
        "row.show('y' * 500)\n"
        "size(3, 50)\n"
        "row.show('never on so low a terminal')\n"
        "size(20, 50)\n"
        "row.show('z')\n"
        "row.remove(); row.remove()\n"
    )
    terminal = Terminal()
    variables = environment(PYTHONPATH=str(ROOT / "build" / "collections"))
    assert terminal.run([sys.executable, str(script)], variables) == 0
    assert "x" * (COLUMNS - 1) in terminal.feet
    assert b"\x1b[12;1H\x1b[2K" + b"y" * 49 + b"\x1b8" in terminal.data
    assert b"never" not in terminal.data
    # Grown: what stood in the old row goes, the region follows; then the whole terminal scrolls again, said once.
    assert b"\x1b[12;1H\x1b[J\x1b[r\x1b8\r\n\x1b7\x1b[1;19r" in terminal.data
    assert terminal.data.endswith(b"\x1b[20;1H\x1b[2K\x1b[r\x1b8")
    assert [line for line in terminal.lines if line.startswith("line ")][:20] == [f"line {n}" for n in range(20)]
