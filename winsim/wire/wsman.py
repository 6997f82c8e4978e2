"""WS-Management for the cmd shell of one host: Create, Command, Send, Receive, Signal, Delete, Identify.

The shapes of all answers are those of conversations recorded on Windows Server 2008 R2 to 2016 (test data of pypsrp).
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import time
import urllib.parse
import xml.etree.ElementTree as ET
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from typing import TypeVar
from xml.sax.saxutils import escape, quoteattr

from ..shared import SharedDict
from . import faults, soap
from .backend import Host, Limits, ShellOptions, ShellRefused
from .shells import Command, OpenShell

CMD = f"{soap.RSP[1:-1]}/cmd"
TRANSFER = "http://schemas.xmlsoap.org/ws/2004/09/transfer/"
SHELL = f"{soap.RSP[1:-1]}/"
IDLE_TIMEOUT = 7200.0
"""Seconds, the default of IdleTimeout (recorded: PT7200.000S)."""
_END = frozenset({f"{SHELL}signal/terminate", f"{SHELL}signal/ctrl_c", f"{SHELL}signal/ctrl_break"})
_OVERHEAD = 4096
"""Bytes of an envelope around its body, generously, sealing included."""

_T = TypeVar("_T")


class Service:
    """The shells of one host and the operations on them."""

    def __init__(self, host: Host, executor: Executor) -> None:
        self.host = host
        self.shells: SharedDict[str, OpenShell] = SharedDict()
        self._executor = executor
        self._opening: dict[str, int] = {}
        self._operations: dict[str, Callable[[soap.Message, OpenShell, Limits], Awaitable[tuple[str, str]]]] = {
            f"{SHELL}Command": self._command,
            f"{SHELL}Send": self._send,
            f"{SHELL}Receive": self._receive,
            f"{SHELL}Signal": self._signal,
            f"{TRANSFER}Delete": self._delete,
        }

    async def answer(self, data: bytes, user: str, client: str, address: str) -> tuple[int, bytes]:
        """HTTP status and envelope for a request of an authenticated user. `client` is the peer's address, `address`
        the host's own."""
        message: soap.Message | None = None
        try:
            message = soap.parse(data)
            if message.identify:
                return 200, soap.identity(self.host.version)
            action, body, prefixes = await self._dispatch(message, user, client)
            return 200, soap.envelope(action, message.message_id, body, prefixes)
        except faults.Fault as fault:
            related, to = (message.message_id, message.to) if message else ("", "")
            return 500, soap.fault_envelope(fault, related, _machine(to) or address)

    async def close(self) -> None:
        """Deletes every shell."""
        for shell in list(self.shells.values()):
            await self._remove(shell)

    async def sweep(self) -> None:
        """Deletes the shells that were idle for too long."""
        for shell in list(self.shells.values()):
            if shell.idle_for > shell.idle_timeout:
                await self._remove(shell)

    async def _dispatch(self, message: soap.Message, user: str, client: str) -> tuple[str, str, str]:
        if not message.action:
            raise faults.header_missing()
        if message.resource_uri != CMD:
            raise faults.no_such_resource()
        await self.sweep()
        limits = self.host.limits()
        if message.action == f"{TRANSFER}Create":
            return f"{TRANSFER}CreateResponse", await self._create(message, user, client, limits), "s a x w rsp p"
        operation = self._operations.get(message.action)
        if operation is None:
            raise faults.action_not_supported()
        shell = self._find(message, user)
        shell.busy += 1
        try:
            body, prefixes = await operation(message, shell, limits)
        finally:
            shell.busy -= 1
            shell.used = time.monotonic()
        return f"{message.action}Response", body, prefixes

    def _find(self, message: soap.Message, user: str) -> OpenShell:
        shell_id = message.selectors.get("ShellId", "")
        if not shell_id:
            raise faults.shell_id_missing()
        shell = self.shells.get(shell_id.upper())
        if shell is None:
            raise faults.no_such_shell(shell_id)
        if shell.owner.lower() != user.lower():
            raise faults.access_denied()
        return shell

    async def _create(self, message: soap.Message, user: str, client: str, limits: Limits) -> str:
        if not limits.allow_remote_shell:
            raise faults.shells_switched_off()
        element = message.body.find(f"{soap.RSP}Shell")
        if element is None:
            raise faults.schema_violation("Shell")
        environment = {
            variable.get("Name", ""): variable.text or ""
            for variable in element.findall(f"{soap.RSP}Environment/{soap.RSP}Variable")
        }
        if any("%" in name or "%" in value or not name for name, value in environment.items()):
            raise faults.invalid_parameter()
        idle_timeout = _idle_timeout(element)
        options = ShellOptions(
            code_page=_code_page(message.options.get("WINRS_CODEPAGE")),
            no_profile=_true(message.options.get("WINRS_NOPROFILE")),
            working_directory=element.findtext(f"{soap.RSP}WorkingDirectory") or None,
            environment=environment,
        )
        owner = user.lower()
        mine = sum(shell.owner.lower() == owner for shell in self.shells.values()) + self._opening.get(owner, 0)
        if mine >= limits.max_shells_per_user:
            raise faults.too_many_shells(limits.max_shells_per_user)
        self._opening[owner] = self._opening.get(owner, 0) + 1
        try:
            opened = await self._run(lambda: self.host.open_shell(user, options))
        except ShellRefused:
            raise faults.access_denied() from None
        finally:
            self._opening[owner] -= 1
        shell = OpenShell(user, opened, idle_timeout)
        self.shells[shell.id] = shell
        created = _resource(shell, message.to)
        # Windows 7 leaves the shell out (recorded: cloudsoft/winrm4j, win7.xml).
        return created if self.host.version.startswith("6.1.") else created + _shell(shell, client, element, options)

    async def _command(self, message: soap.Message, shell: OpenShell, limits: Limits) -> tuple[str, str]:
        element = message.body.find(f"{soap.RSP}CommandLine")
        program = element.findtext(f"{soap.RSP}Command") if element is not None else None
        if element is None or not program:
            raise faults.schema_violation("CommandLine")
        if shell.processes >= limits.max_processes_per_shell:
            raise faults.too_many_processes()
        line = " ".join([program, *(part.text or "" for part in element.findall(f"{soap.RSP}Arguments"))])
        skip = _true(message.options.get("WINRS_SKIP_CMD_SHELL"))
        command = Command(asyncio.get_running_loop())
        shell.commands[command.id] = command
        try:
            command.running = await self._run(lambda: shell.shell.start(line, skip, command.output, command.done))
        except FileNotFoundError:
            del shell.commands[command.id]
            raise faults.file_not_found() from None
        except BaseException:
            shell.commands.pop(command.id, None)
            raise
        body = f"<rsp:CommandResponse><rsp:CommandId>{command.id}</rsp:CommandId></rsp:CommandResponse>"
        return body, "s a x w rsp p"

    async def _send(self, message: soap.Message, shell: OpenShell, limits: Limits) -> tuple[str, str]:
        streams = message.body.findall(f"{soap.RSP}Send/{soap.RSP}Stream")
        if not streams:
            raise faults.schema_violation("Send")
        for stream in streams:
            command = shell.command(soap.command_id(stream))
            if stream.get("Name") != "stdin":
                raise faults.schema_violation("Stream")
            try:
                data = base64.b64decode((stream.text or "").encode("ascii"))
            except (binascii.Error, UnicodeEncodeError):
                raise faults.schema_violation("Stream") from None
            running, end = command.running, _true(stream.get("End"))
            if command.ended or running is None:
                raise faults.no_such_command()
            await self._run(lambda running=running, data=data, end=end: running.send(data, end))  # type: ignore[misc]
        return "<rsp:SendResponse/>", "s a x w rsp p"

    async def _receive(self, message: soap.Message, shell: OpenShell, limits: Limits) -> tuple[str, str]:
        wanted = message.body.find(f"{soap.RSP}Receive/{soap.RSP}DesiredStream")
        if wanted is None:
            raise faults.schema_violation("Receive")
        command = shell.command(soap.command_id(wanted))
        if command.delivered:
            raise faults.no_such_command()
        size = limits.max_envelope_size_kb * 1024
        if message.max_envelope_size is not None:
            size = min(size, message.max_envelope_size)
        body = await command.receive(message.timeout, size - _OVERHEAD, limits.repeat_command_state)
        return body, "s a w rsp p"

    async def _signal(self, message: soap.Message, shell: OpenShell, limits: Limits) -> tuple[str, str]:
        element = message.body.find(f"{soap.RSP}Signal")
        code = element.findtext(f"{soap.RSP}Code", "").strip() if element is not None else ""
        if element is None or code not in _END:
            raise faults.schema_violation("Signal")
        command = shell.command(soap.command_id(element))
        if code.endswith("terminate") or command.delivered:
            shell.commands.pop(command.id, None)
            command.abort()
        if command.running is not None and not command.ended:
            await self._run(command.running.terminate)
        return "<rsp:SignalResponse/>", "s a x w rsp p"

    async def _delete(self, message: soap.Message, shell: OpenShell, limits: Limits) -> tuple[str, str]:
        await self._remove(shell)
        return "", "s a w p"

    async def _remove(self, shell: OpenShell) -> None:
        if self.shells.pop(shell.id, None) is not None:
            shell.abort()
            # A shell that cannot be closed properly is gone all the same.
            with contextlib.suppress(faults.Fault):
                await self._run(shell.shell.close)

    async def _run(self, call: Callable[[], _T]) -> _T:
        """Calls the host in a thread: it may take its time. What it should not raise becomes a fault."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._executor, call)
        except (faults.Fault, ShellRefused, FileNotFoundError):
            raise
        except Exception as error:
            raise faults.internal_error() from error


def _resource(shell: OpenShell, to: str) -> str:
    """The first element of a CreateResponse's body."""
    return (
        f"<x:ResourceCreated><a:Address>{escape(to)}</a:Address><a:ReferenceParameters>"
        f"<w:ResourceURI>{CMD}</w:ResourceURI><w:SelectorSet>"
        f'<w:Selector Name="ShellId">{shell.id}</w:Selector></w:SelectorSet></a:ReferenceParameters>'
        "</x:ResourceCreated>"
    )


def _shell(shell: OpenShell, client: str, asked: ET.Element, options: ShellOptions) -> str:
    """The second one; Name and Lifetime are not repeated (recorded)."""
    fields = ""
    if options.environment:
        # The backslash of a name is lost in the echo, though not in the environment itself (recorded).
        variables = "".join(
            f"<rsp:Variable Name={_attribute(name.replace(chr(92), ''))}>{escape(value)}</rsp:Variable>"
            for name, value in options.environment.items()
        )
        fields += f"<rsp:Environment>{variables}</rsp:Environment>"
    if options.working_directory:
        fields += f"<rsp:WorkingDirectory>{escape(options.working_directory)}</rsp:WorkingDirectory>"
    fields += f"<rsp:IdleTimeOut>PT{shell.idle_timeout:.3f}S</rsp:IdleTimeOut>"
    for name, default in (("InputStreams", "stdin"), ("OutputStreams", "stdout stderr")):
        fields += f"<rsp:{name}>{escape(asked.findtext(f'{soap.RSP}{name}') or default)}</rsp:{name}>"
    return (
        f'<rsp:Shell xmlns:rsp="{soap.RSP[1:-1]}"><rsp:ShellId>{shell.id}</rsp:ShellId>'
        f"<rsp:ResourceUri>{CMD}</rsp:ResourceUri><rsp:Owner>{escape(shell.owner)}</rsp:Owner>"
        f"<rsp:ClientIP>{client}</rsp:ClientIP>{fields}<rsp:ShellRunTime>P0DT0H0M0S</rsp:ShellRunTime>"
        "<rsp:ShellInactivity>P0DT0H0M0S</rsp:ShellInactivity></rsp:Shell>"
    )


def _attribute(value: str) -> str:
    return quoteattr(value, {'"': "&quot;"})


def _true(text: str | None) -> bool:
    return (text or "").strip().lower() in ("true", "1")


def _code_page(text: str | None) -> int | None:
    if text is None or not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise faults.invalid_parameter()
    return int(text)


def _idle_timeout(element: ET.Element) -> float:
    text = element.findtext(f"{soap.RSP}IdleTimeOut")
    if not text:
        return IDLE_TIMEOUT
    seconds = soap.duration(text)
    if not seconds:
        raise faults.schema_violation("IdleTimeOut")
    return seconds


def _machine(to: str) -> str:
    """The host's name in the address that the client called."""
    try:
        return urllib.parse.urlsplit(to).hostname or ""
    except ValueError:
        return ""
