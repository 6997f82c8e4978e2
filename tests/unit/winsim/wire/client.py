"""A small WS-Management client for tests that want to see every element and every byte."""

from __future__ import annotations

import base64
import http.client
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable
from xml.sax.saxutils import escape, quoteattr

from ansible_collections.windefend.maps.tests.unit.winsim.wire.fake import PASSWORD, USER
from ansible_collections.windefend.maps.winsim.wire.soap import PREFIXES

NS = {**PREFIXES, "f": "http://schemas.microsoft.com/wbem/wsman/1/wsmanfault"}
CMD = f"{NS['rsp']}/cmd"
ACTIONS = {
    "Create": "http://schemas.xmlsoap.org/ws/2004/09/transfer/Create",
    "Delete": "http://schemas.xmlsoap.org/ws/2004/09/transfer/Delete",
    **{name: f"{NS['rsp']}/{name}" for name in ("Command", "Send", "Receive", "Signal")},
}


def envelope(
    action: str,
    body: str = "",
    shell: str = "",
    options: dict[str, str] | None = None,
    resource: str = CMD,
    headers: str = "",
) -> bytes:
    """A request. `action` is a name of ACTIONS or a whole URI; `headers` is more XML for the header."""
    declared = "".join(f' xmlns:{prefix}="{uri}"' for prefix, uri in PREFIXES.items())
    selector = (
        f'<w:SelectorSet><w:Selector Name="ShellId">{escape(shell)}</w:Selector></w:SelectorSet>' if shell else ""
    )
    option = "".join(f"<w:Option Name={quoteattr(k)}>{escape(v)}</w:Option>" for k, v in (options or {}).items())
    return (
        f"<s:Envelope{declared}><s:Header><a:To>http://windows-host:5985/wsman</a:To>"
        f"<a:Action>{ACTIONS.get(action, action)}</a:Action><a:MessageID>uuid:1</a:MessageID>"
        f"<w:ResourceURI>{resource}</w:ResourceURI>{selector}<w:OptionSet>{option}</w:OptionSet>{headers}</s:Header>"
        f"<s:Body>{body}</s:Body></s:Envelope>"
    ).encode()


def until(condition: Callable[[], object]) -> None:
    """Waits for what other threads bring about."""
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.002)


class Failed(Exception):
    """The answer was a fault."""

    def __init__(self, status: int, root: ET.Element) -> None:
        fault = root.find(".//f:WSManFault", NS)
        assert fault is not None
        self.status = status
        self.code = int(fault.get("Code", ""))
        self.machine = fault.get("Machine")
        self.subcode = root.findtext(".//s:Subcode/s:Value", "", NS)
        self.message = "".join(fault.itertext())
        self.related = root.findtext(".//a:RelatesTo", None, NS)
        super().__init__(f"{self.code} {self.message}")


class Client:
    """One connection with Basic and unsealed messages."""

    def __init__(self, address: str, port: int, user: str = USER, password: str = PASSWORD) -> None:
        self.connection = http.client.HTTPConnection(address, port, timeout=20)
        self.headers = {
            "Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode(),
            "Content-Type": "application/soap+xml;charset=UTF-8",
        }
        self.size = 0
        """Bytes of the last answer's body."""

    def post(self, data: bytes) -> ET.Element:
        """The answer's Envelope. Raises Failed for a fault."""
        self.connection.request("POST", "/wsman", data, self.headers)
        answer = self.connection.getresponse()
        body = answer.read()
        self.size = len(body)
        root = ET.fromstring(body)  # noqa: S314  # our own server's
        if answer.status != 200:
            raise Failed(answer.status, root)
        return root

    def create(self, inner: str = "", options: dict[str, str] | None = None) -> str:
        root = self.post(envelope("Create", f"<rsp:Shell>{inner}</rsp:Shell>", options=options))
        return root.findtext(".//rsp:ShellId", "", NS)

    def command(self, shell: str, line: str, **options: str) -> str:
        body = f"<rsp:CommandLine><rsp:Command>{escape(line)}</rsp:Command></rsp:CommandLine>"
        return self.post(envelope("Command", body, shell, options)).findtext(".//rsp:CommandId", "", NS)

    def receive(self, shell: str, command: str, timeout: str = "PT10S", headers: str = "") -> tuple[bytes, str | None]:
        """Standard output and error of one answer together, and the exit code once it is done."""
        body = f'<rsp:Receive><rsp:DesiredStream CommandId="{command}">stdout stderr</rsp:DesiredStream></rsp:Receive>'
        headers += f"<w:OperationTimeout>{timeout}</w:OperationTimeout>"
        root = self.post(envelope("Receive", body, shell, headers=headers))
        output = b"".join(base64.b64decode(e.text or "") for e in root.iterfind(".//rsp:Stream", NS))
        return output, root.findtext(".//rsp:ExitCode", None, NS)

    def signal(self, shell: str, command: str, code: str = "terminate") -> None:
        body = f'<rsp:Signal CommandId="{command}"><rsp:Code>{NS["rsp"]}/signal/{code}</rsp:Code></rsp:Signal>'
        self.post(envelope("Signal", body, shell))

    def delete(self, shell: str) -> None:
        self.post(envelope("Delete", "", shell))
