"""Runs the programs that read the exports."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import socket
import subprocess
from collections.abc import Iterator

from ansible_collections.windefend.maps.tests.perimeter.conftest import PATH, PYTHON

ASK = """
import json, pacparser, sys
asked = json.load(sys.stdin)
pacparser.init()
pacparser.parse_pac_string(asked["pac"])
print(json.dumps([pacparser.find_proxy(url, host) for url, host in asked["urls"]]))
"""


def run(*command: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    """Runs a program to its end."""
    return subprocess.run(
        command, input=stdin, capture_output=True, text=True, check=False, timeout=60, env={"PATH": PATH}
    )


def squid(folder: pathlib.Path, acls: str, rules: str) -> list[str]:
    """What `squid -k parse` complains about, one line each; rules follow the ACLs."""
    (folder / "acls.conf").write_text(acls)
    path = folder / "squid.conf"
    path.write_text(
        "http_port 127.0.0.1:3999\nvisible_hostname judge\nacl localnet src 192.0.2.0/24\n"
        f"include {folder}/acls.conf\n{rules}\nhttp_access deny all\n"
    )
    done = run("squid", "-k", "parse", "-f", str(path))
    complaints = [line for line in done.stderr.splitlines() if any(w in line for w in ("WARNING", "ERROR", "FATAL"))]
    return complaints if done.returncode == 0 else [*complaints, f"exit code {done.returncode}"]


def nft(folder: pathlib.Path, ruleset: str) -> subprocess.CompletedProcess[str]:
    """Lets nft check a ruleset, in a network namespace of its own: nothing is loaded, and no right is needed."""
    path = folder / "rules.nft"
    path.write_text(ruleset)
    return run("unshare", "--map-root-user", "--net", "nft", "--check", "--file", str(path))


def dnsmasq(folder: pathlib.Path, configuration: str) -> subprocess.CompletedProcess[str]:
    """Lets dnsmasq check a configuration."""
    path = folder / "dnsmasq.conf"
    path.write_text(configuration)
    return run("dnsmasq", "--test", f"--conf-file={path}")


def pac(text: str, urls: list[str]) -> dict[str, str]:
    """What a PAC file answers for each URL."""
    asked = [(url, url.split("://")[1].split("/")[0].split(":")[0]) for url in urls]
    done = run(PYTHON, "-c", ASK, stdin=json.dumps({"pac": text, "urls": asked}))
    assert done.returncode == 0, done.stderr
    return dict(zip(urls, json.loads(done.stdout), strict=True))


def metrics(text: str) -> subprocess.CompletedProcess[str]:
    """Lets promtool check and lint metrics."""
    return run("promtool", "check", "metrics", stdin=text)


def rules(path: pathlib.Path, how: str = "check") -> subprocess.CompletedProcess[str]:
    """Lets promtool check rules, or with `test` run their tests."""
    return run("promtool", how, "rules", str(path))


@contextlib.contextmanager
def node_exporter(folder: str) -> Iterator[str]:
    """The address of an exporter on loopback that reads a folder, as nobody where root starts it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    lower = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups") if os.geteuid() == 0 else ()
    command = (
        *lower, "prometheus-node-exporter", f"--web.listen-address={address}", "--collector.disable-defaults",
        "--collector.textfile", f"--collector.textfile.directory={folder}",
    )  # fmt: skip
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={"PATH": PATH}) as process:
        assert process.stderr is not None
        try:
            for line in process.stderr:  # it says so when it listens, and ends where it cannot
                if "Listening on" in line:
                    break
            yield f"http://{address}/metrics"
        finally:
            process.kill()
