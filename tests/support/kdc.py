"""MIT's KDC on loopback, with a realm of its own, for tests of Kerberos: nothing of it is known outside its folder."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pathlib
import shutil
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from unittest import mock

from .installed import needs

REALM = "CORP.EXAMPLE"
_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin"
_PROGRAMS = ("krb5kdc", "kdb5_util", "kadmin.local", "kinit")
_PACKAGES = ("gssapi", "krb5", "kerberos")
MISSING = [
    *(program for program in _PROGRAMS if not shutil.which(program, path=_PATH)),
    *(package for package in _PACKAGES if not importlib.util.find_spec(package)),
]
"""What is not installed of what the tests of Kerberos need."""

needed = needs(MISSING, "tests/kerberos/install, then make test")


@dataclass(frozen=True)
class Kdc:
    """A KDC that runs."""

    folder: pathlib.Path

    @property
    def environment(self) -> dict[str, str]:
        """What the programs and libraries of a client and of winsim need. No cache is shared with anyone."""
        return {
            "KRB5_CONFIG": str(self.folder / "krb5.conf"),
            "KRB5_KTNAME": f"FILE:{self.folder / 'keytab'}",
            "KRB5CCNAME": f"FILE:{self.folder / 'ccache'}",
        }

    def add(self, users: Mapping[str, str], services: Iterable[str] = ()) -> None:
        """Adds users with their passwords, which they have to prove as in a domain of Windows, and services as
        `HTTP/name`, whose keys go into the keytab."""
        lines = [f'addprinc +requires_preauth -pw "{password}" "{name}"' for name, password in users.items()]
        for service in services:
            lines += [f"addprinc -randkey {service}", f"ktadd -k {self.folder / 'keytab'} {service}"]
        _run(self.folder, "kadmin.local", "-r", REALM, given="\n".join([*lines, "quit", ""]))

    def wrong_passwords(self) -> list[str]:
        """Who gave one, in order."""
        lines = (self.folder / "kdc.log").read_text().splitlines()
        return [
            line.partition("PREAUTH_FAILED: ")[2].partition(" for ")[0] for line in lines if "PREAUTH_FAILED" in line
        ]

    def issued(self) -> list[str]:
        """For whom a ticket to which service was issued, `client for service`, in order."""
        lines = (self.folder / "kdc.log").read_text().splitlines()
        return [line.rpartition("}, ")[2] for line in lines if ": ISSUE: " in line]


@contextlib.contextmanager
def kdc(folder: pathlib.Path, users: Mapping[str, str]) -> Iterator[Kdc]:
    """Runs a KDC, as the user of the tests, until the end; the environment of this process names it for as long."""
    assert not MISSING, f"tests/kerberos/install did not install {', '.join(MISSING)}"
    folder.mkdir(parents=True, exist_ok=True)
    port = _free_port()
    (folder / "krb5.conf").write_text(_CLIENT.format(realm=REALM, port=port, domain=REALM.lower()))
    (folder / "kdc.conf").write_text(_SERVER.format(realm=REALM, port=port, folder=folder))
    _run(folder, "kdb5_util", "-r", REALM, "create", "-s", "-P", "no secret: it dies with the test")
    running = Kdc(folder)
    running.add(users)
    with (folder / "out").open("wb") as out:
        command = [str(shutil.which("krb5kdc", path=_PATH)), "-n", "-r", REALM]
        process = subprocess.Popen(command, env=_environment(folder), stdout=out, stderr=subprocess.STDOUT)
        try:
            _wait(port, process, folder)
            with mock.patch.dict(os.environ, running.environment):
                yield running
        finally:
            process.terminate()
            process.wait()


def _environment(folder: pathlib.Path) -> dict[str, str]:
    own = {"KRB5_CONFIG": str(folder / "krb5.conf"), "KRB5_KDC_PROFILE": str(folder / "kdc.conf")}
    return {**os.environ, **own, "KRB5_TRACE": "/dev/null"}


def _run(folder: pathlib.Path, program: str, *arguments: str, given: str = "") -> None:
    command = [str(shutil.which(program, path=_PATH)), *arguments]
    done = subprocess.run(
        command, env=_environment(folder), input=given, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _free_port() -> int:
    """One that is free for both TCP and UDP."""
    for _unused in range(20):
        with socket.create_server(("127.0.0.1", 0)) as taken, socket.socket(type=socket.SOCK_DGRAM) as other:
            port = int(taken.getsockname()[1])
            with contextlib.suppress(OSError):
                other.bind(("127.0.0.1", port))
                return port
    raise AssertionError("no port is free")


def _wait(port: int, process: subprocess.Popen[bytes], folder: pathlib.Path) -> None:
    for _unused in range(200):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        assert process.poll() is None, (folder / "out").read_text()
        time.sleep(0.05)
    raise AssertionError("the KDC does not listen")


_CLIENT = """\
[libdefaults]
default_realm = {realm}
dns_lookup_kdc = false
dns_lookup_realm = false
dns_canonicalize_hostname = false
rdns = false
[realms]
{realm} = {{
 kdc = 127.0.0.1:{port}
}}
[domain_realm]
.{domain} = {realm}
"""

_SERVER = """\
[kdcdefaults]
kdc_listen = 127.0.0.1:{port}
kdc_tcp_listen = 127.0.0.1:{port}
[realms]
{realm} = {{
 database_name = {folder}/principal
 key_stash_file = {folder}/stash
 acl_file = {folder}/acl
 max_life = 1h
}}
[logging]
kdc = FILE:{folder}/kdc.log
default = FILE:{folder}/kdc.log
"""


def services(addresses: Iterable[str]) -> list[str]:
    """The names by which both connection plugins ask for a host at one of these addresses: psrp for WSMAN, and from
    ansible-core 2.21 on for host."""
    return [f"{service}/{address}" for address in addresses for service in ("HTTP", "WSMAN", "host")]
