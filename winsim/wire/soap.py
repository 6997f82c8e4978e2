"""SOAP envelopes: what clients send, parsed with suspicion; what Windows answers, written as Windows writes it.

A request with a document type declaration is refused before any entity could be declared, and nesting is bounded.
"""

from __future__ import annotations

import re
import uuid
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from . import faults

S = "{http://www.w3.org/2003/05/soap-envelope}"
A = "{http://schemas.xmlsoap.org/ws/2004/08/addressing}"
W = "{http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd}"
RSP = "{http://schemas.microsoft.com/wbem/wsman/1/windows/shell}"
WSMID = "{http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd}"
ANONYMOUS = "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous"

PREFIXES = {
    "s": S[1:-1],
    "a": A[1:-1],
    "x": "http://schemas.xmlsoap.org/ws/2004/09/transfer",
    "e": "http://schemas.xmlsoap.org/ws/2004/08/eventing",
    "n": "http://schemas.xmlsoap.org/ws/2004/09/enumeration",
    "w": W[1:-1],
    "rsp": RSP[1:-1],
    "p": "http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd",
}

MAX_DEPTH = 64
DEFAULT_TIMEOUT = 60.0
"""Seconds; MaxTimeoutms of the configuration (Microsoft, winrm configuration page: 60000)."""

_DURATION = re.compile(
    r"P(?=.)(?:(\d{1,6})D)?(?:T(?=.)(?:(\d{1,8})H)?(?:(\d{1,8})M)?(?:(\d{1,10}(?:\.\d{1,9})?)S)?)?", re.ASCII
)


@dataclass(frozen=True)
class Message:
    """A request, its headers read."""

    action: str
    message_id: str
    to: str
    resource_uri: str
    body: ET.Element
    selectors: dict[str, str] = field(default_factory=dict)
    options: dict[str, str] = field(default_factory=dict)
    timeout: float = DEFAULT_TIMEOUT
    """Seconds."""
    max_envelope_size: int | None = None
    """Bytes that the client takes."""

    @property
    def identify(self) -> bool:
        """Whether this asks who is there; such a message has no headers."""
        return self.body.find(f"{WSMID}Identify") is not None


class _Target:
    """Builds the tree and refuses what no WS-Management client sends."""

    def __init__(self) -> None:
        self._builder = ET.TreeBuilder()
        self._depth = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise faults.invalid_xml()
        self._builder.start(tag, attributes)

    def end(self, tag: str) -> None:
        self._depth -= 1
        self._builder.end(tag)

    def data(self, data: str) -> None:
        self._builder.data(data)

    def doctype(self, name: str, public: str | None, system: str | None) -> None:
        raise faults.invalid_xml()

    def close(self) -> ET.Element:
        return self._builder.close()


def duration(text: str) -> float | None:
    """The seconds of an xs:duration of days and less; None when it is none."""
    match = _DURATION.fullmatch(text.strip())
    if not match:
        return None
    days, hours, minutes, seconds = (float(part or 0) for part in match.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds


def parse(data: bytes) -> Message:
    """Reads a request. Raises Fault for what is not XML, has a DOCTYPE, is no envelope or has unreadable headers."""
    try:
        parser = ET.XMLParser(target=_Target())  # noqa: S314  # the target refuses DOCTYPE, hence entities
        parser.feed(data)
        root = parser.close()
    except (ET.ParseError, ValueError, LookupError):
        raise faults.invalid_xml() from None
    body = root.find(f"{S}Body") if root.tag == f"{S}Envelope" else None
    if body is None:
        raise faults.schema_violation("Envelope")
    header = root.find(f"{S}Header")
    if header is None:
        header = ET.Element(f"{S}Header")
    return Message(
        action=_text(header, f"{A}Action"),
        message_id=_text(header, f"{A}MessageID"),
        to=_text(header, f"{A}To"),
        resource_uri=_text(header, f"{W}ResourceURI"),
        body=body,
        selectors=_named(header, f"{W}SelectorSet/{W}Selector"),
        options=_named(header, f"{W}OptionSet/{W}Option"),
        timeout=_timeout(_text(header, f"{W}OperationTimeout")),
        max_envelope_size=_size(_text(header, f"{W}MaxEnvelopeSize")),
    )


def command_id(element: ET.Element) -> str | None:
    """The attribute of a stream or a signal, without a prefix or with the shell's, as winrm4j's DesiredStream has it;
    Windows 7 and Server 2012 take both (recorded: cloudsoft/winrm4j)."""
    return element.get("CommandId") or element.get(f"{RSP}CommandId")


def _text(parent: ET.Element, path: str) -> str:
    return (parent.findtext(path) or "").strip()


def _named(header: ET.Element, path: str) -> dict[str, str]:
    return {element.get("Name", ""): (element.text or "").strip() for element in header.findall(path)}


def _timeout(text: str) -> float:
    if not text:
        return DEFAULT_TIMEOUT
    seconds = duration(text)
    if seconds is None:
        raise faults.invalid_timeout(text)
    return seconds


def _size(text: str) -> int | None:
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{1,10}", text):
        raise faults.invalid_header()
    return int(text)


def identifier() -> str:
    """A new GUID as Windows spells it."""
    return str(uuid.uuid4()).upper()


def envelope(action: str, relates_to: str, body: str, prefixes: str) -> bytes:
    """An answer. `body` is XML text, `prefixes` the namespace prefixes to declare, blanks between."""
    declared = "".join(f' xmlns:{prefix}="{PREFIXES[prefix]}"' for prefix in prefixes.split())
    related = f"<a:RelatesTo>{escape(relates_to)}</a:RelatesTo>" if relates_to else ""
    return (
        f'<s:Envelope xml:lang="en-US"{declared}><s:Header><a:Action>{action}</a:Action>'
        f"<a:MessageID>uuid:{identifier()}</a:MessageID><p:ActivityId>{identifier()}</p:ActivityId>"
        f"<a:To>{ANONYMOUS}</a:To>{related}</s:Header><s:Body>{body}</s:Body></s:Envelope>"
    ).encode()


def fault_envelope(fault: faults.Fault, relates_to: str, machine: str) -> bytes:
    """The answer that carries a fault."""
    return envelope(fault.action, relates_to, fault.xml(machine), "s a x e n w p")


def identity(version: str) -> bytes:
    """The answer to Identify (Microsoft, "Detecting whether a remote computer supports WS-Management": sure)."""
    stack = "2.0" if version.startswith("6.1.") else "3.0"
    return (
        f'<s:Envelope xml:lang="en-US" xmlns:s="{S[1:-1]}"><s:Header/><s:Body>'
        f'<wsmid:IdentifyResponse xmlns:wsmid="{WSMID[1:-1]}">'
        f"<wsmid:ProtocolVersion>{W[1:-1]}</wsmid:ProtocolVersion>"
        "<wsmid:ProductVendor>Microsoft Corporation</wsmid:ProductVendor>"
        f"<wsmid:ProductVersion>OS: {escape(version)} SP: 0.0 Stack: {stack}</wsmid:ProductVersion>"
        "</wsmid:IdentifyResponse></s:Body></s:Envelope>"
    ).encode()
