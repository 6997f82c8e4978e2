"""The envelopes of a WinRS conversation ([MS-WSMV] 3.1.4), as pywinrm 0.5.0 writes them to Windows.

What differs from one to the next are the ids, the times and the command line. No client library is needed for them, so
that every carrier of WS-Management sends the same.
"""

from __future__ import annotations

import base64
import uuid
from xml.sax.saxutils import escape, quoteattr

from .soap import SHELL_URI

CMD_URI = f"{SHELL_URI}/cmd"
CODE_PAGE = 65001
_TRANSFER = "http://schemas.xmlsoap.org/ws/2004/09/transfer"
_NAMESPACES = {
    "xsd": "http://www.w3.org/2001/XMLSchema",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
    "env": "http://www.w3.org/2003/05/soap-envelope",
    "a": "http://schemas.xmlsoap.org/ws/2004/08/addressing",
    "b": "http://schemas.dmtf.org/wbem/wsman/1/cimbinding.xsd",
    "n": "http://schemas.xmlsoap.org/ws/2004/09/enumeration",
    "x": _TRANSFER,
    "w": "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd",
    "p": "http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd",
    "rsp": SHELL_URI,
    "cfg": "http://schemas.microsoft.com/wbem/wsman/1/config",
}
_DECLARED = " ".join(f'xmlns:{prefix}="{address}"' for prefix, address in _NAMESPACES.items())
_MUST = 'mustUnderstand="true"'
_BEGIN = (
    f'<?xml version="1.0" encoding="utf-8"?>\n<env:Envelope {_DECLARED}><env:Header>'
    "<a:To>http://windows-host:5985/wsman</a:To>"
    f"<a:ReplyTo><a:Address {_MUST}>{_NAMESPACES['a']}/role/anonymous</a:Address></a:ReplyTo>"
    f"<w:MaxEnvelopeSize {_MUST}>153600</w:MaxEnvelopeSize><a:MessageID>uuid:"
)
_LANGUAGES = "".join(
    f'<{name} mustUnderstand="false" xml:lang="en-US"></{name}>' for name in ("w:Locale", "p:DataLocale")
)
_RESOURCE = f"<w:ResourceURI {_MUST}>{CMD_URI}</w:ResourceURI><a:Action {_MUST}>"


def create(operation_timeout: int) -> str:
    """Opens a shell with code page 65001."""
    streams = "<rsp:InputStreams>stdin</rsp:InputStreams><rsp:OutputStreams>stdout stderr</rsp:OutputStreams>"
    options = _options(WINRS_NOPROFILE="FALSE", WINRS_CODEPAGE=str(CODE_PAGE))
    return _envelope(f"{_TRANSFER}/Create", str(operation_timeout), options, f"<rsp:Shell>{streams}</rsp:Shell>")


def command(operation_timeout: int, shell: str, line: str, console: bool) -> str:
    """Starts a command line; `console` False where it is to read its standard input."""
    options = _options(WINRS_CONSOLEMODE_STDIN=str(console).upper(), WINRS_SKIP_CMD_SHELL="FALSE")
    body = f"<rsp:CommandLine><rsp:Command>{escape(line)}</rsp:Command></rsp:CommandLine>"
    return _envelope(f"{SHELL_URI}/Command", str(operation_timeout), _of(shell) + options, body)


def send(operation_timeout: int, shell: str, command_id: str, data: bytes) -> str:
    """All that a command reads from its standard input, which ends with it."""
    text = base64.b64encode(data).decode()
    stream = f'<rsp:Stream CommandId={quoteattr(command_id)} Name="stdin" End="true">{text}</rsp:Stream>'
    return _envelope(f"{SHELL_URI}/Send", str(operation_timeout), _of(shell), f"<rsp:Send>{stream}</rsp:Send>")


def receive(shell: str, command_id: str, wait: float) -> str:
    """Asks for the output of a command; the service answers after `wait` seconds at the latest."""
    wanted = f"<rsp:DesiredStream CommandId={quoteattr(command_id)}>stdout stderr</rsp:DesiredStream>"
    return _envelope(f"{SHELL_URI}/Receive", f"{wait:.3f}", _of(shell), f"<rsp:Receive>{wanted}</rsp:Receive>")


def terminate(operation_timeout: int, shell: str, command_id: str) -> str:
    """Ends a command, and tells the service that no more is wanted of one that has ended."""
    code = f"<rsp:Code>{SHELL_URI}/signal/terminate</rsp:Code>"
    body = f"<rsp:Signal CommandId={quoteattr(command_id)}>{code}</rsp:Signal>"
    return _envelope(f"{SHELL_URI}/Signal", str(operation_timeout), _of(shell), body)


def delete(operation_timeout: int, shell: str) -> str:
    """Deletes a shell."""
    return _envelope(f"{_TRANSFER}/Delete", str(operation_timeout), _of(shell), "")


def _envelope(action: str, seconds: str, more: str, body: str) -> str:
    return (
        f"{_BEGIN}{uuid.uuid4()}</a:MessageID>{_LANGUAGES}<w:OperationTimeout>PT{seconds}S</w:OperationTimeout>"
        f"{_RESOURCE}{action}</a:Action>{more}</env:Header><env:Body>{body}</env:Body></env:Envelope>"
    )


def _of(shell: str) -> str:
    return f'<w:SelectorSet><w:Selector Name="ShellId">{escape(shell)}</w:Selector></w:SelectorSet>'


def _options(**options: str) -> str:
    texts = "".join(f'<w:Option Name="{name}">{value}</w:Option>' for name, value in options.items())
    return f"<w:OptionSet>{texts}</w:OptionSet>"
