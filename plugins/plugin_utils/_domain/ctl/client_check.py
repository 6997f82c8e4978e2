r"""Whether a host can read the lists of root certificates where it is to take them from, proven as SYSTEM.

Over the network SYSTEM and NETWORK SERVICE, as which CryptSvc looks for the lists, are both the computer's account
(Microsoft, "LocalSystem account", "NetworkService account": sure); so what SYSTEM can read on a share, CryptSvc can. An
HTTP address is asked over the CryptoAPI's way to a proxy. What is read is hashed on the host, so it can be compared
with what lies on the server.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Self

from ..._windows import certutil, curl, curl_probe, files, hresult, registry
from ..._windows.cmdline import NO_SUCH_PROGRAM, Assign, Command, Literal, Outcome
from ..._windows.credentials import last_words
from ..._windows.text import decode
from .. import root_lists
from ..as_system import batch as as_system_batch, task as as_system_task
from ..defender import SYSTEM, System
from ..operation import (
    Ask,
    Fact,
    HostError,
    Operation,
    Refused,
    RunIdentity,
    erase,
    facts,
    reason as why_unread,
    understood,
    values,
)
from ..proxy import STORES, Client, Route, Stores, in_force, unreadable
from .lists import REQUIRED

DEFAULT_TIMEOUT: Final = 60
LONGEST_TIMEOUT: Final = 300
FILE_URL: Final = "file://"
_STATUS = re.compile(r"error: (\d{3})")
_SHA256 = re.compile(r"[0-9a-f]{64}")
REASONS: Final = {
    0x80070002: ("missing", "the file does not exist; check whether windefend.maps.ctl_sync ran on the server"),
    0x80070003: ("missing", "the folder does not exist"),
    0x80070005: (
        "denied",
        "the computer account is not allowed to read it: grant it read access to the share and the folder, and check "
        "that the host is a member of the domain",
    ),
    0x80070035: (
        "no_server",
        "no server with that name answers: check the name, port 445 and the firewalls in between",
    ),
    0x80070043: ("no_share", "the server has no share with that name"),
    0x800703EE: ("empty", "the file is empty"),
}
"""What certutil says of a file on a share (winerror.h: sure)."""


@dataclass(frozen=True)
class CheckRequest:
    """What to ask. `identity` is for the scheduled task; `expected`: SHA-256 by file name."""

    identity: RunIdentity
    url: str = ""
    """Empty: the RootDirUrl that is stored."""
    expected: Mapping[str, str] = field(default_factory=dict)
    timeout: int = DEFAULT_TIMEOUT

    def validated(self) -> Self:
        """The request itself; raises Refused for what cannot be meant."""
        if self.url:
            _check_url("url", self.url)
        if not 1 <= self.timeout <= LONGEST_TIMEOUT:
            raise Refused(f"timeout: {self.timeout} is not between 1 and {LONGEST_TIMEOUT} seconds")
        for name, digest in self.expected.items():
            if name not in REQUIRED:
                raise Refused(f"expected: {name!a} is not one of {', '.join(REQUIRED)}")
            if not _SHA256.fullmatch(str(digest)):
                raise Refused(f"expected: the value for {name} is not a SHA-256 (64 lowercase hexadecimal digits)")
        return self


def _check_url(option: str, url: str) -> None:
    try:
        root_lists.parse_url(url)
    except Refused as error:
        raise Refused(str(error).replace("root_dir_url", option, 1)) from error
    if "!" in url:
        raise Refused(f"{option}: {url!a} contains an exclamation mark, which cannot be passed to a command as SYSTEM")


@dataclass(frozen=True)
class FileRead:
    """What came of one file."""

    name: str
    readable: bool | None
    sha256: str
    reason: str
    detail: str
    status: int | None
    hresult: str


def prove(desired: CheckRequest) -> Operation[dict[str, Any]]:
    """Reads. Raises HostError; what cannot be read is a result."""
    answer = yield Ask(
        {
            **_FIRST.commands,
            "ctl.curl": curl_probe.version().with_errors(),
        },
        reads=True,
    )
    desired = replace(desired, identity=desired.identity.by_host_clock(answer.clock_skew))
    (system, stored, stores), unread = understood(answer.outcomes, _FIRST)
    url, source = desired.url, "option"
    if not url and "ctl.url" in unread:
        message = f"it is unknown where this host downloads the lists from, so nothing was tested. {unread['ctl.url']}"
        return _with(result(desired, "", "stored", Route("", "none"), [], None, message), unread)
    if not url:
        url, source = stored, "stored"
        if not url:
            message = "RootDirUrl is not set, so this host downloads the lists from Windows Update; nothing was tested"
            return _with(result(desired, "", "none", Route("", "none"), [], None, message), unread)
        try:
            _check_url("RootDirUrl", url)
        except Refused as error:
            raise HostError(f"the stored address cannot be tested: {error}") from error
    if not system.elevated and "system.elevated" not in unread:  # where that is not known it is tried
        raise HostError(
            "the test runs as SYSTEM, but the account is not elevated; only an elevated account can create a task "
            "for SYSTEM"
        )
    run = _Run(desired, system.system_root)
    way = Route("", "none")
    if url.lower().startswith(FILE_URL):
        reads = yield from _from_folder(run, url[len(FILE_URL) :].rstrip("\\"))
    elif "ctl.curl" in unread:
        reads = [FileRead(name, None, "", "not_known", unread["ctl.curl"], None, "") for name in REQUIRED]
    elif answer["ctl.curl"].exit_code == NO_SUCH_PROGRAM:
        text = "there is no curl.exe on this host (it is part of Windows since Windows 10 1803 and Server 2019)"
        reads = [FileRead(name, None, "", "no_curl", text, None, "") for name in REQUIRED]
    else:
        way = in_force(unreadable(stores, unread), url, Client.CRYPTOAPI)
        reads = yield from _from_web(run, url.rstrip("/"), way)
    unread |= {f"files.{one.name}": one.detail for one in reads if one.reason == "not_known"}
    return _with(result(desired, url, source, way, reads, *_judged(desired, url, reads)), unread)


def _stored_url(outcome: Outcome) -> str:
    return values.text(outcome, "RootDirUrl")


_URL: Final = Fact.of("ctl.url", registry.query(root_lists.AUTO_UPDATE, "RootDirUrl"), _stored_url)


def _first(outcomes: Mapping[str, Outcome]) -> tuple[System, str, Stores]:
    return SYSTEM.parse(outcomes), _URL.parse(outcomes), STORES.parse(outcomes)


_FIRST: Final = Fact({**SYSTEM.commands, **STORES.commands, **_URL.commands}, _first)
"""What the first line tells: the system, RootDirUrl and the proxies."""


def _with(found: dict[str, Any], unread: Mapping[str, str]) -> dict[str, Any]:
    """A result with what is not known of the host."""
    found["unknown"] = facts(unread, {"ctl.url": ("url",), "ctl.curl": ("readable",), "system.elevated": ("readable",)})
    erase(found, found["unknown"])
    return found


@dataclass(frozen=True)
class _Run:
    """What every step needs."""

    desired: CheckRequest
    system_root: str

    def commands(self, commands: Mapping[str, Command]) -> Operation[dict[str, Outcome]]:
        return as_system_batch.run(
            commands, run_as="system", system_root=self.system_root, identity=self.desired.identity,
            timeout=float(self.desired.timeout),
        )  # fmt: skip

    @property
    def folder(self) -> str:
        """Of the task, which takes away what lies in it: the first of as_system.batch."""
        return as_system_task.folder(self.system_root, self.desired.identity.part("0"))


def _from_folder(run: _Run, folder: str) -> Operation[list[FileRead]]:
    commands = {name: files.sha256_anywhere(f"{folder}\\{name}").with_errors() for name in REQUIRED}
    outcomes = yield from run.commands(commands)
    reads = []
    for name in REQUIRED:
        outcome = outcomes[name]
        if why := why_unread(outcome):
            reads.append(FileRead(name, None, "", "not_known", why, None, ""))
            continue
        digest = files.parse_hash(outcome.output) if outcome.ok else None
        if digest is not None:
            reads.append(FileRead(name, True, digest, "", "", None, ""))
            continue
        code = certutil.failure(outcome.exit_code, outcome.output)
        reason, detail = REASONS.get(code or 0, ("unknown", ""))
        if not detail:
            meaning = hresult.explain(code).text if code is not None else f"exit code {outcome.exit_code}"
            detail = f"{meaning}; certutil said: {last_words(outcome.text, 200)}"
        reads.append(
            FileRead(name, False, "", reason, detail, None, hresult.format_code(code) if code is not None else "")
        )
    return reads


def _from_web(run: _Run, url: str, way: Route) -> Operation[list[FileRead]]:
    commands: dict[str, Command] = {}
    for name in REQUIRED:
        path = f"{run.folder}\\{name}"
        commands[f"get.{name}"] = curl.download(
            f"{url}/{name}", path, proxy=way.proxy, limit=run.desired.timeout
        ).with_errors()  # fmt: skip
        commands[f"hash.{name}"] = files.sha256(path).with_errors()
        commands[f"cab.{name}"] = Command.of("findstr", Literal("/m"), Literal("/b"), Assign("/c", "MSCF", ":"), path)
    outcomes = yield from run.commands(commands)
    return [_judged_download(name, outcomes) for name in REQUIRED]


def _judged_download(name: str, outcomes: Mapping[str, Outcome]) -> FileRead:
    got = outcomes[f"get.{name}"]
    if why := next(filter(None, (why_unread(outcomes[f"{step}.{name}"]) for step in ("get", "hash", "cab"))), ""):
        return FileRead(name, None, "", "not_known", why, None, "")
    status = _STATUS.search(decode(got.output))
    number = int(status[1]) if status else None
    if not got.ok:
        reason = curl.NETWORK_FAILURES.get(got.exit_code or 0, "")
        kind = {404: "missing", 403: "denied", 401: "denied", 407: "proxy_authentication"}.get(number or 0, "no_answer")
        said = last_words(got.text, 200)
        detail = f"{reason or f'curl ended with {got.exit_code}'}; curl said: {said}"
        if number == 404:
            detail = f"the web server has no such file at this address, or does not serve this type of file; {said}"
        return FileRead(name, False, "", kind, detail, number, "")
    digest = files.parse_hash(outcomes[f"hash.{name}"].output) if outcomes[f"hash.{name}"].ok else None
    if digest is None or not outcomes[f"cab.{name}"].ok:
        detail = "the response is not a cabinet file but a page of a filter or of the web server"
        return FileRead(name, False, digest or "", "not_a_list", detail, 200, "")
    return FileRead(name, True, digest, "", "", 200, "")


def _judged(desired: CheckRequest, url: str, reads: list[FileRead]) -> tuple[bool | None, str]:
    """Whether clients can read all they need, and the sentence that says it."""
    for one in reads:
        if one.readable is not True:
            word = "may not be readable" if one.readable is None else "cannot be read"
            return one.readable, f"{one.name} at {url} {word} by SYSTEM: {one.detail}"
    other = [one.name for one in reads if desired.expected.get(one.name, one.sha256) != one.sha256]
    if other:
        return (
            False,
            f"{', '.join(other)} at {url} can be read but differs from the file on the server: it may be another "
            "folder, or a cache on the network returns old files",
        )
    return True, f"SYSTEM, and therefore CryptSvc, can read the lists at {url}"


def result(
    desired: CheckRequest, url: str, source: str, way: Route, reads: list[FileRead], readable: bool | None, message: str
) -> dict[str, Any]:
    """What the module returns."""
    return {
        "changed": False,
        "url": url,
        "url_source": source,
        "proxy": way.proxy,
        "proxy_source": way.source,
        "readable": readable,
        "files": [
            {
                "name": one.name,
                "readable": one.readable,
                "sha256": one.sha256,
                "as_expected": desired.expected[one.name] == one.sha256 if one.name in desired.expected else None,
                "reason": one.reason,
                "detail": one.detail,
                "http_status": one.status,
                "hresult": one.hresult,
            }
            for one in reads
        ],
        "message": message,
        "unknown": [],
    }
