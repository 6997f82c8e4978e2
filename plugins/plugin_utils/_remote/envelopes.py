"""The envelopes of a WinRS conversation as pywinrm writes them, written once and filled in for each host.

pywinrm builds each anew from a dictionary, which costs a third of what reading a host costs. What differs from one to
the next are the ids and the command line.
"""

from __future__ import annotations

import functools
import re
import uuid
from collections.abc import Callable
from typing import Any
from xml.sax.saxutils import escape

from .optional_imports import Protocol, xmltodict
from .soap import SHELL_URI

CMD_URI = f"{SHELL_URI}/cmd"
CODE_PAGE = 65001
_SHELL, _COMMAND, _LINE, _MESSAGE, _WAIT = "@SHELL@", "@COMMAND@", "@LINE@", "@MESSAGE@", "@WAIT@"


class _Recorded(Exception):
    """Carries the envelope that would have been sent."""


class _Recorder(Protocol):  # type: ignore[misc]
    def send_message(self, message: str) -> bytes:
        raise _Recorded(message)


def create(operation_timeout: int) -> str:
    """Opens a shell with code page 65001."""
    return _fill(_template(_create, operation_timeout))


def command(operation_timeout: int, shell: str, line: str, console: bool) -> str:
    """Starts a command line; `console` False where it is to read its standard input."""
    template = _template(_command if console else _command_with_input, operation_timeout)
    return _fill(template, shell).replace(_LINE, escape(line))


def receive(operation_timeout: int, shell: str, command_id: str, wait: float) -> str:
    """Asks for the output of a command; the service answers after `wait` seconds at the latest."""
    template = _fill(_template(_receive, operation_timeout), shell)
    return template.replace(_WAIT, f"PT{wait:.3f}S").replace(_COMMAND, escape(command_id, {'"': "&quot;"}))


def receive_envelope(protocol: Any, shell: str, command_id: str, wait: float) -> str:
    """The Receive that a service answers after `wait` seconds at the latest, built as pywinrm builds its own."""
    header = getattr(protocol, "build_wsman_header", None) or protocol._get_soap_header
    message = header(resource_uri=CMD_URI, action=f"{SHELL_URI}/Receive", shell_id=shell)
    envelope = message if "env:Envelope" in message else {"env:Envelope": message}
    envelope["env:Envelope"]["env:Header"]["w:OperationTimeout"] = f"PT{wait:.3f}S"
    envelope["env:Envelope"]["env:Body"] = {
        "rsp:Receive": {"rsp:DesiredStream": {"@CommandId": command_id, "#text": "stdout stderr"}}
    }
    return str(xmltodict.unparse(envelope))


def delete(operation_timeout: int, shell: str) -> str:
    """Deletes a shell."""
    return _fill(_template(_delete, operation_timeout), shell)


def _fill(template: str, shell: str = "") -> str:
    return template.replace(_MESSAGE, str(uuid.uuid4())).replace(_SHELL, escape(shell))


@functools.lru_cache(maxsize=64)
def _template(record: Callable[[Protocol], object], operation_timeout: int) -> str:
    """Operation time-outs differ seldom: by ansible_winrm_connection_timeout alone."""
    recorder = _Recorder(
        "http://localhost/wsman",
        username="-",
        password="-",  # noqa: S106 - nobody is logged on with it
        operation_timeout_sec=operation_timeout,
        read_timeout_sec=operation_timeout + 1,
    )
    try:
        record(recorder)
    except _Recorded as recorded:
        return re.sub(r"(?<=uuid:)[0-9a-f-]{36}(?=<)", _MESSAGE, str(recorded))
    raise AssertionError("pywinrm sent nothing")


def _create(recorder: Protocol) -> None:
    recorder.open_shell(codepage=CODE_PAGE)


def _command(recorder: Protocol) -> None:
    recorder.run_command(_SHELL, _LINE)


def _command_with_input(recorder: Protocol) -> None:
    recorder.run_command(_SHELL, _LINE, console_mode_stdin=False)


def _receive(recorder: Protocol) -> None:
    recorder.send_message(receive_envelope(recorder, _SHELL, _COMMAND, 0.0).replace("PT0.000S", _WAIT))


def _delete(recorder: Protocol) -> None:
    recorder.close_shell(_SHELL)
