"""What Windows writes of fetched revocation lists, where the log Microsoft-Windows-CAPI2/Operational is on.

The shape of an event 53 follows one that was published (Microsoft Q&A 63671: likely). Who fetches for Defender is not
known, so winsim writes svchost.exe, in which CryptSvc runs (guess). The log is off until somebody switches it on
(Microsoft Learn: sure); `Enabled` below WINEVT\\Channels says so (published exports: sure).
"""

from __future__ import annotations

from xml.sax.saxutils import escape

from .. import physics, routing
from ..machine.model import Machine
from ..physics import NETWORK_SERVICE
from ..routing import Condition

CHANNEL = "Microsoft-Windows-CAPI2/Operational"
CHANNELS_KEY = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\WINEVT\Channels"
FETCHED = 53
ERRORS = {
    Condition.NAME_RESOLUTION: (0x2EE7, "The server name or address could not be resolved"),
    Condition.PERIMETER_DROP: (0x2EE2, "The operation timed out"),
    Condition.PERIMETER_CUT: (0x2EFE, "The connection with the server was terminated abnormally"),
}
"""WinHTTP's numbers, as the event has them; the others below."""
NO_CONNECTION = (0x2EFD, "A connection with the server could not be established")


def is_on(machine: Machine) -> bool:
    return machine.registry.number(f"{CHANNELS_KEY}\\{CHANNEL}", "Enabled") == 1


def switch(machine: Machine, on: bool) -> None:
    machine.registry.set_dword(f"{CHANNELS_KEY}\\{CHANNEL}", "Enabled", int(on))


def note_lists(machine: Machine) -> None:
    """The lists that a validation needs were fetched: one event for each."""
    for url in machine.network.server_lists if is_on(machine) else ():
        to = routing.Target(url.partition("//")[2].partition("/")[0], 80)
        stopped = routing.route(
            machine, routing.Route.CRYPTOAPI, NETWORK_SERVICE, to, program=physics.SVCHOST, service="CryptSvc"
        )[1]
        machine.events.append(_event(machine, url, None if stopped is None else ERRORS.get(stopped, NO_CONNECTION)))


def _event(machine: Machine, url: str, failed: tuple[int, str] | None) -> str:
    moment = machine.now()
    error = "" if failed is None else f"<Error value='{failed[0]:X}'>{escape(failed[1])}</Error>"
    result = "<Result value='0'/>" if failed is None else f"<Result value='{failed[0]:X}'>{escape(failed[1])}</Result>"
    return (
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>"
        "<Provider Name='Microsoft-Windows-CAPI2' Guid='{5bbca4a8-b209-48dc-a8c7-b23d3e5216fb}'/>"
        f"<EventID>{FETCHED}</EventID><Version>0</Version><Level>{4 if failed is None else 2}</Level><Task>53</Task>"
        "<Opcode>2</Opcode><Keywords>0x4000000000000036</Keywords>"
        f"<TimeCreated SystemTime='{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond:06}000Z'/>"
        f"<EventRecordID>{len(machine.events) + 1}</EventRecordID><Correlation/>"
        f"<Execution ProcessID='2412' ThreadID='720'/><Channel>{CHANNEL}</Channel>"
        f"<Computer>{escape(machine.name)}</Computer><Security UserID='S-1-5-20'/></System>"
        f"<UserData><CryptRetrieveObjectByUrlWire><URL scheme='http'>{escape(url)}</URL>"
        "<Object type='CONTEXT_OID_CRL' constant='2'/><Timeout>PT15S</Timeout>"
        "<Flags value='202005' CRYPT_RETRIEVE_MULTIPLE_OBJECTS='true' CRYPT_WIRE_ONLY_RETRIEVAL='true' "
        "CRYPT_LDAP_SCOPE_BASE_ONLY_RETRIEVAL='true' CRYPT_PROXY_CACHE_RETRIEVAL='true'/>"
        "<AuxInfo maxUrlRetrievalByteCount='104857600' fProxyCacheRetrieval='true'/><AdditionalInfo>"
        "<NetworkConnectivityStatus value='1' _SENSAPI_NETWORK_ALIVE_LAN='true'/>"
        f"<Action name='Call_WinHttpSendRequest'>{error}</Action></AdditionalInfo>"
        "<EventAuxInfo ProcessName='svchost.exe'/>"
        "<CorrelationAuxInfo TaskId='{15140D67-0627-40B3-8D5E-137AD20679F2}' SeqNumber='6'/>"
        f"{result}</CryptRetrieveObjectByUrlWire></UserData></Event>"
    )
