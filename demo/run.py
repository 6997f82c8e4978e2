"""What `make demo` does: starts winsim with the demo fleet, runs the playbooks, and shows before and after.

Everything is real but the hosts: ansible-playbook, pywinrm, WS-Management with sealed NTLM messages over TCP.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from typing import Any

from ..winsim.fleet import load
from . import table

ROOT = pathlib.Path(__file__).resolve().parent.parent
COLLECTIONS = pathlib.Path(__file__).absolute().parents[4]
"""Where Ansible finds the collection by its name: a checkout is linked there, an artifact installed."""
PACKAGE = __package__.rpartition(".")[0]
PROXY = "proxy.corp.example:3128"
BYPASS_LIST = ["<local>", "*.corp.example"]
START_SECONDS = 60.0
FAILED, UNREACHABLE = 2, 4
"""Ansible's exit status where a host failed, and where one is unreachable; their sum for both."""


class DemoFailed(Exception):
    """The demo cannot go on; the message says why and what to do."""


def main() -> int:
    """Exit status 0 when every host ended as its scenario should."""
    parser = argparse.ArgumentParser(description="Diagnoses and repairs a simulated fleet.")
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / "build" / "demo", help="where the report goes")
    output: pathlib.Path = parser.parse_args().output.resolve()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    os.chdir(ROOT)
    shutil.rmtree(output, ignore_errors=True)
    output.mkdir(parents=True)
    try:
        with winsim(output):
            return demonstrate(output)
    except DemoFailed as error:
        print(f"\nThe demo stopped: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted; what the demo started was stopped.", file=sys.stderr)
        return 130


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


@contextlib.contextmanager
def winsim(output: pathlib.Path) -> Iterator[None]:
    """winsim with the demo fleet, on a free port of loopback addresses; stopped in every path."""
    command = [
        *(sys.executable, "-m", f"{PACKAGE}.winsim", "serve"),
        *("--fleet", str(ROOT / "demo" / "fleet.yml"), "--port", "0"),
        *("--inventory", str(output / "inventory.yml"), "--log", str(output / "commands.jsonl")),
    ]
    with (output / "winsim.log").open("w+") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
        try:
            deadline = time.monotonic() + START_SECONDS
            while not (output / "inventory.yml").exists() or "ready" not in (output / "winsim.log").read_text().lower():
                if process.poll() is not None:
                    raise DemoFailed(f"winsim did not start:\n{(output / 'winsim.log').read_text()}")
                if time.monotonic() > deadline:
                    raise DemoFailed(f"winsim was not ready after {START_SECONDS:g} s; see {output / 'winsim.log'}")
                time.sleep(0.1)
            print((output / "winsim.log").read_text().strip())
            yield
        finally:
            stop(process)


def stop(process: subprocess.Popen[Any]) -> None:
    """Ends a process and all that it started in its session."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)


def demonstrate(output: pathlib.Path) -> int:
    """The five runs and the table."""
    expected = {host.name: host.expect for host in load(ROOT / "demo" / "fleet.yml").hosts}
    playbook(output, "1. Assess: what is wrong with each host?", "assess.yml")
    playbook(
        output, "2. Remediate in check mode: what would change?", "remediate.yml", "--check", "--diff", report="check"
    )
    playbook(output, "3. Remediate for real", "remediate.yml", report="report")
    again = playbook(output, "4. Once more: nothing must change", "remediate.yml", report="again")
    page = {
        "report_sources": [str(output / "report.json")],
        "maps_report_path": str(output / "report.html"),
        "report_site_group_prefix": "site_",
    }
    playbook(output, "5. The report as a page", "report.yml", variables=page)
    try:
        report = json.loads((output / "report.json").read_text())
    except FileNotFoundError:
        raise DemoFailed(f"{output / 'report.json'} is gone; does another demo run in this folder?") from None
    lines, wrong = table.compare(report["hosts"], expected)
    print(f"\n{'=' * 20} Before and after {'=' * 20}\n")
    print("\n".join(lines))
    changed = changes(again)
    for host in changed:
        print(f"WRONG: the second run changed {host} again")
    print(f"\nReport: {output / 'report.json'}")
    print(f"As a page, for your browser: {output / 'report.html'}")
    if wrong or changed:
        print("\n".join(["", *wrong]))
        return 1
    print(f"All {len(expected)} hosts ended as their scenarios should; the second run changed nothing.")
    return 0


def playbook(
    output: pathlib.Path,
    title: str,
    name: str,
    *options: str,
    report: str = "",
    variables: Mapping[str, Any] | None = None,
) -> str:
    """Runs a playbook with its output on the terminal and returns it; raises DemoFailed when a task failed."""
    print(f"\n{'=' * 20} {title} {'=' * 20}\n", flush=True)
    command = [
        *(str(pathlib.Path(sys.executable).parent / "ansible-playbook"), str(ROOT / "playbooks" / name)),
        *("-i", str(output / "inventory.yml"), "--forks", "10"),
        *("-e", json.dumps({"remediate_winhttp_proxy": PROXY, "remediate_winhttp_proxy_bypass_list": BYPASS_LIST})),
        *("-e", json.dumps({"maps_journal": f"{output / 'journal'}"})),
        *(("-e", json.dumps(variables)) if variables else ()),
        *options,
    ]
    if report:
        # As JSON: key=value pairs are split at the blanks that a path may hold.
        command += ["-e", json.dumps({"maps_report_path": f"{output / report}.json"})]
    environment = {
        **os.environ,
        "ANSIBLE_CONFIG": str(ROOT / "demo" / "ansible.cfg"),
        "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
        "ANSIBLE_HOME": str(output / "ansible"),
    }
    lines = []
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    ) as process:
        try:
            assert process.stdout is not None  # noqa: S101 - asked for one line above
            for line in process.stdout:
                lines.append(line)
                print(line, end="", flush=True)
        except BaseException:
            stop(process)
            raise
    text = "".join(lines)
    # Both are part of the demo; the report reaches no host.
    if process.returncode & ~(UNREACHABLE if name == "report.yml" else FAILED | UNREACHABLE):
        raise DemoFailed(f"{name} ended with status {process.returncode}; its output stands above")
    return text


def changes(output: str) -> list[str]:
    """The hosts that the PLAY RECAP of a run shows as changed."""
    return re.findall(r"^(\S+)\s+: ok=\d+\s+changed=[1-9]\d*", re.sub(r"\x1b\[[0-9;]*m", "", output), re.MULTILINE)


if __name__ == "__main__":
    sys.exit(main())
