"""What the requests of a sweep cost at least in Python: a bare asyncio client that sends the same ones.

It knows neither Ansible nor pywinrm, checks next to nothing and gives up at the first surprise. Authentication and
sealing are pyspnego's, by its public way, or with the password hashed once for all hosts, as the sweep does it. Run
as a program it takes a JSON file (`Work`) and ends with 0 when every host answered every line with exit code 0.
"""

from __future__ import annotations

import asyncio
import base64
import dataclasses
import json
import pathlib
import re
import struct
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import spnego
from spnego._ntlm_raw.crypto import lmowfv1, ntowfv1

SEALED = "application/HTTP-SPNEGO-session-encrypted"
MESSAGE, SHELL, COMMAND = "@MESSAGE@", "@SHELL@", "@COMMAND@"
"""What stands in the envelopes for that which differs from one request to the next."""
_BEFORE = (
    f"--Encrypted Boundary\r\n\tContent-Type: {SEALED}\r\n"
    "\tOriginalContent: type=application/soap+xml;charset=UTF-8;Length=%d\r\n"
    "--Encrypted Boundary\r\n\tContent-Type: application/octet-stream\r\n"
).encode()
_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
_SHELL_ID = re.compile(r'Name="ShellId">([^<]+)<')
_COMMAND_ID = re.compile(r"CommandId>([^<]+)<")
_EXIT_CODE = re.compile(r'/CommandState/Done"[^>]*>.*?ExitCode>(\d+)<', re.DOTALL)


@dataclass(frozen=True)
class Work:
    """What to send to whom."""

    addresses: list[str]
    port: int
    user: str
    password: str
    concurrency: int
    create: str
    commands: list[str]
    """One for each command line."""
    receive: str
    delete: str
    hash_once: bool = False
    """By functions of pyspnego that it does not promise."""

    def save(self, path: pathlib.Path) -> None:
        path.write_text(json.dumps(dataclasses.asdict(self)))


class Surprise(Exception):
    """A host did not answer as expected."""


class _Talk:
    """The conversation with one host."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, work: Work, address: str) -> None:
        self._reader = reader
        self._writer = writer
        self._host = f"{address}:{work.port}"
        if work.hash_once:
            who: tuple[str | spnego.NTLMHash, str | None] = (spnego.NTLMHash(work.user, *_hashes(work.password)), None)
        else:
            who = (work.user, work.password)
        self._context = spnego.client(*who, hostname=address, service="http", protocol="ntlm")

    async def authenticate(self) -> None:
        token = self._context.step() or b""
        for status in (401, 200):
            field = f"Authorization: Negotiate {base64.b64encode(token).decode()}\r\n"
            head, _unused = await self._exchange(field, b"")
            if not head.startswith(b"HTTP/1.1 %d" % status):
                raise Surprise(f"{self._host}: {head[:40]!r}")
            found = re.search(rb"Negotiate ([A-Za-z0-9+/=]+)", head)
            if found and not self._context.complete:
                token = self._context.step(base64.b64decode(found[1])) or b""

    async def send(self, envelope: str) -> str:
        message = envelope.replace(MESSAGE, str(uuid.uuid4())).encode()
        sealed = self._context.wrap(message, encrypt=True).data
        before = _BEFORE % len(message) + struct.pack("<i", 16)
        field = f'Content-Type: multipart/encrypted;protocol="{SEALED}";boundary="Encrypted Boundary"\r\n'
        head, answer = await self._exchange(field, before + sealed + b"--Encrypted Boundary--\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise Surprise(f"{self._host}: {head[:40]!r}")
        begin = answer.index(b"octet-stream\r\n") + 18
        return self._context.unwrap(answer[begin : answer.rindex(b"--Encrypted")]).data.decode()

    async def _exchange(self, field: str, body: bytes) -> tuple[bytes, bytes]:
        head = f"POST /wsman HTTP/1.1\r\nHost: {self._host}\r\n{field}Content-Length: {len(body)}\r\n\r\n"
        self._writer.write(head.encode() + body)
        answer = await self._reader.readuntil(b"\r\n\r\n")
        length = _LENGTH.search(answer)
        return answer, await self._reader.readexactly(int(length[1]) if length else 0)


async def visit(address: str, work: Work) -> None:
    """All requests to one host. Raises Surprise, OSError."""
    reader, writer = await asyncio.open_connection(address, work.port, limit=1 << 20)
    try:
        talk = _Talk(reader, writer, work, address)
        await talk.authenticate()
        shell = _found(_SHELL_ID, await talk.send(work.create))
        for command in work.commands:
            started = await talk.send(command.replace(SHELL, shell))
            receive = work.receive.replace(SHELL, shell).replace(COMMAND, _found(_COMMAND_ID, started))
            code = None
            while code is None:
                code = _EXIT_CODE.search(await talk.send(receive))
            if int(code[1]):
                raise Surprise(f"{address}: a line ended with {code[1]}")
        await talk.send(work.delete.replace(SHELL, shell))
    finally:
        writer.close()


async def visit_all(work: Work) -> None:
    """All hosts, so many at the same time."""
    waiting = iter(work.addresses)

    async def take(addresses: Iterator[str]) -> None:
        for address in addresses:
            await visit(address, work)

    async with asyncio.TaskGroup() as group:
        for _unused in range(work.concurrency):
            group.create_task(take(waiting))


def _found(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    if found is None:
        raise Surprise(f"no {pattern.pattern} in {text[:200]}")
    return found[1]


_known: dict[str, tuple[str, str]] = {}


def _hashes(password: str) -> tuple[str, str]:
    if password not in _known:
        _known[password] = (lmowfv1(password).hex(), ntowfv1(password).hex())
    return _known[password]


if __name__ == "__main__":
    asyncio.run(visit_all(Work(**json.loads(pathlib.Path(sys.argv[1]).read_text()))))
