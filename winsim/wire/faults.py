"""The faults that a WinRM service answers with.

Shapes and texts come from conversations recorded on real Windows (the test data of pypsrp) where the comment of an
entry says "recorded"; codes otherwise from Windows' wsmerror.h, whose comments also name the SOAP subcode. Texts end in
a blank because Windows' do. Every SOAP fault travels with HTTP status 500 (recorded).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from xml.sax.saxutils import escape, quoteattr

WSMAN_FAULT = "http://schemas.dmtf.org/wbem/wsman/1/wsman/fault"
ADDRESSING_FAULT = "http://schemas.xmlsoap.org/ws/2004/08/addressing/fault"
DETAIL = "http://schemas.dmtf.org/wbem/wsman/1/wsman/faultDetail/"
NAMESPACE = "http://schemas.microsoft.com/wbem/wsman/1/wsmanfault"
CMD_PROVIDER = ("Shell cmd plugin", "%systemroot%\\system32\\winrscmd.dll")


@dataclass
class Fault(Exception):
    """One fault. `code` is the WSManFault code, `detail` the last part of the wsman:FaultDetail address (or empty),
    `message` the text of the WSManFault (empty: the reason again), `provider` whether cmd's plug-in reports it."""

    code: int
    subcode: str
    reason: str
    message: str = ""
    detail: str = ""
    role: str = "s:Sender"
    provider: bool = False

    def __str__(self) -> str:
        return f"{self.code} {self.subcode}: {self.message or self.reason}"

    @property
    def action(self) -> str:
        """The wsa:Action of the answer."""
        return ADDRESSING_FAULT if self.subcode.startswith("a:") else WSMAN_FAULT

    def xml(self, machine: str) -> str:
        """The s:Fault element; `machine` is the name by which the client called the host (recorded)."""
        detail = f"<w:FaultDetail>{DETAIL}{self.detail}</w:FaultDetail>" if self.detail else ""
        text = escape(self.message or self.reason)
        if self.provider:
            name, path = CMD_PROVIDER
            text = f'<f:ProviderFault provider="{name}" path="{path}">{text}</f:ProviderFault>'
        return (
            f"<s:Fault><s:Code><s:Value>{self.role}</s:Value><s:Subcode><s:Value>{self.subcode}</s:Value></s:Subcode>"
            f'</s:Code><s:Reason><s:Text xml:lang="en-US">{escape(self.reason)}</s:Text></s:Reason><s:Detail>{detail}'
            f'<f:WSManFault xmlns:f="{NAMESPACE}" Code="{self.code}" Machine={quoteattr(machine)}>'
            f"<f:Message>{text}</f:Message></f:WSManFault></s:Detail></s:Fault>"
        )


_SELECTORS = Fault(  # recorded
    2150858843,
    "w:InvalidSelectors",
    "The WS-Management service cannot process the request because the request contained invalid selectors for the "
    "resource. ",
    detail="UnexpectedSelectors",
)
_SCHEMA = Fault(  # recorded, in the unit tests of pypsrp
    2150858817,
    "w:SchemaValidationError",
    "The SOAP XML in the message does not match the corresponding XML schema definition. Change the XML and retry. ",
)
_HEADER = Fault(  # recorded
    2150858767,
    "a:InvalidMessageInformationHeader",
    "The WS-Management service cannot process the request. The request contains one or more invalid SOAP headers. ",
)


def no_such_shell(shell_id: str) -> Fault:
    """The text is seen in WinRb/WinRM#253 and others; the rest as for a command (likely)."""
    return replace(
        _SELECTORS,
        message=f"The request for the Windows Remote Shell with ShellId {shell_id} failed because the shell was not "
        "found on the server. Possible causes are: the specified ShellId is incorrect or the shell no longer exists on "
        "the server. Provide the correct ShellId or create a new shell and retry the operation. ",
    )


def no_such_command() -> Fault:
    """Recorded."""
    return replace(
        _SELECTORS,
        message="The Windows Remote Shell received a request to perform an operation on a command identifier that does "
        "not exist. Either the command has completed execution or the client specified an invalid command identifier. ",
    )


def shell_id_missing() -> Fault:
    """The message is seen in Openwsman/openwsman#83; code and shape are recalled."""
    return Fault(
        2150858842,
        "w:InvalidSelectors",
        "The WS-Management service cannot process the request because the request did not contain all required "
        "selectors. ",
        message="The Windows Remote Shell cannot process the request because it requires the following selector: "
        "ShellId. ",
        detail="InsufficientSelectors",
    )


def timed_out() -> Fault:
    """Recorded, with its two blanks at the end."""
    return Fault(
        2150858793,
        "w:TimedOut",
        "The WS-Management service cannot complete the operation within the time specified in OperationTimeout.  ",
        role="s:Receiver",
    )


def invalid_parameter() -> Fault:
    """Recorded for a Receive without command id; for a `%` in a variable of Create apache/brooklyn-docs#391."""
    return Fault(87, "w:InvalidParameter", "The parameter is incorrect. ", detail="InvalidValue", provider=True)


def file_not_found() -> Fault:
    """Recorded: a program without cmd.exe whose path does not name a file."""
    return Fault(
        2147942402,
        "w:InternalError",
        "The system cannot find the file specified. ",
        role="s:Receiver",
        provider=True,
    )


def access_denied() -> Fault:
    """Code and text: published error messages; subcode: DSP0226 (likely)."""
    return Fault(5, "w:AccessDenied", "Access is denied. ")


def shells_switched_off() -> Fault:
    """Code: wsmerror.h (ERROR_WSMAN_REMOTESHELLS_NOT_ALLOWED); text: jpboyce/cb_cis_windows_2016#5. Shape recalled."""
    return Fault(
        2150859180,
        "w:AccessDenied",
        "The WS-Management service cannot process the request. The service is configured to not accept any remote "
        "shell requests. ",
    )


def too_many_shells(limit: int) -> Fault:
    """Code, subcode and both texts: hashicorp/vagrant#7489 and a published envelope (sure)."""
    return Fault(
        2150859173,
        "w:QuotaLimit",
        "The WS-Management service cannot process the request. The maximum number of concurrent shells for this user "
        "has been exceeded. Close existing shells or raise the quota for this user. ",
        message="The WS-Management service cannot process the request. This user is allowed a maximum number of "
        f"{limit} concurrent shells, which has been exceeded. Close existing shells or raise the quota for this user. ",
    )


def too_many_processes() -> Fault:
    """Code: wsmerror.h (ERROR_WSMAN_QUOTA_LIMIT); that this quota answers with it is a guess; the text is that of the
    quota of commands per shell (jborean93/pypsrp#148)."""
    return Fault(
        2150858815,
        "w:QuotaLimit",
        "The WS-Management service cannot process the request. The maximum number of concurrent commands per shell has "
        "been exceeded. Retry the request later or raise the Maximum Commands per Shell quota. ",
    )


def aborted() -> Fault:
    """A Receive that waits while its command or shell goes away: ERROR_OPERATION_ABORTED (WinRb/WinRM knows code 995;
    likely; subcode recalled)."""
    return Fault(
        995,
        "w:InternalError",
        "The I/O operation has been aborted because of either a thread exit or an application request. ",
        role="s:Receiver",
    )


def schema_violation(element: str) -> Fault:
    """Recorded for an element that does not belong; for one that is missing or unreadable a guess."""
    return replace(
        _SCHEMA,
        message=f"The Windows Remote Shell cannot process the request. The SOAP packet contains an element {element} "
        "that is invalid. Retry the request with the correct XML element. ",
    )


def invalid_xml() -> Fault:
    """Code and text: wsmerror.h (ERROR_WSMAN_INVALID_XML); that a document which is not well-formed, or has a DOCTYPE,
    gets it is a guess."""
    return replace(
        _SCHEMA,
        code=2150858819,
        reason="The WS-Management service cannot process the request because the XML is invalid. ",
    )


def invalid_timeout(text: str) -> Fault:
    """Recorded."""
    return replace(
        _HEADER,
        message="The WS-Management service cannot process the request. The XML contains an invalid timeout field in "
        f"the SOAP header: {text}. ",
    )


def invalid_header() -> Fault:
    """Recorded, but for the message."""
    return replace(_HEADER)


def header_missing() -> Fault:
    """Code, subcode and text: wsmerror.h (ERROR_WSMAN_MESSAGE_INFORMATION_HEADER_REQUIRED)."""
    return Fault(
        2150858769,
        "a:MessageInformationHeaderRequired",
        "The WS-Management service cannot process the request. The request does not have all the expected SOAP "
        "headers. ",
    )


def action_not_supported() -> Fault:
    """Code, subcode and text: wsmerror.h (ERROR_WSMAN_ACTION_NOT_SUPPORTED)."""
    return Fault(
        2150858771,
        "a:ActionNotSupported",
        "The WS-Management service does not support the action specified in the request. ",
    )


def no_such_resource() -> Fault:
    """Code: wsmerror.h (ERROR_WSMAN_RESOURCE_NOT_FOUND); subcode: DSP0226; text recalled."""
    return Fault(
        2150858752,
        "a:DestinationUnreachable",
        "The WS-Management service cannot process the request. The service cannot find the resource identified by the "
        "resource URI and selectors. ",
        detail="InvalidResourceURI",
    )


def internal_error() -> Fault:
    """What a failing provider comes to: E_FAIL (recalled)."""
    return Fault(2147500037, "w:InternalError", "Unspecified error ", role="s:Receiver", provider=True)
