"""What is told of each condition that keeps a connection from coming about: which host, port and user, what it means
and what to do. Here: WinRM's faults, by their code in every spelling."""

from __future__ import annotations

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._remote import faults
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.host import ShellRefused
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.winrm import WinrmHost
from ansible_collections.windefend.maps.tests.support.failed_connections import Connection, ConnectionFailed, Said, told
from ansible_collections.windefend.maps.tests.support.hostile_server import hostile, once, whole

pytestmark = pytest.mark.usefixtures("no_proxies")


def fault(detail: str, reason: str = "Zugriff verweigert") -> bytes:
    """The answer of a WinRM service that refuses, with a text that no English word can be found in."""
    body = (
        '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><s:Fault><s:Code><s:Value>s:Sender'
        "</s:Value><s:Subcode><s:Value>w:X</s:Value></s:Subcode></s:Code><s:Reason><s:Text xml:lang='de-DE'>"
        f"{reason}</s:Text></s:Reason><s:Detail>{detail}</s:Detail></s:Fault></s:Body></s:Envelope>"
    )
    return whole(body.encode(), b"HTTP/1.1 500 \r\nContent-Type: application/soap+xml;charset=UTF-8\r\n")


def wsman(code: str) -> str:
    space = "http://schemas.microsoft.com/wbem/wsman/1/wsmanfault"
    return f'<f:WSManFault xmlns:f="{space}" Code="{code}" Machine="pc"><f:Message>Nein.</f:Message></f:WSManFault>'


def wmi(code: str) -> str:
    """How a service reports a quota: without a WSManFault (ansible/ansible#83656)."""
    space = "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/hardware/MSFT_WmiError"
    return f'<p:MSFT_WmiError xmlns:p="{space}"><p:error_Code>{code}</p:error_Code></p:MSFT_WmiError>'


def spelled(code: int) -> dict[str, str]:
    """A code as Win32 or WS-Management code, and as an HRESULT, in each way that is seen."""
    full = code if code >> 16 else 0x80070000 | code
    return {
        "plain": str(code),
        "decimal": str(full),
        "hexadecimal": f"0x{full:08X}",
        "lower": f"0x{full:x}",
        "negative": str(full - (1 << 32)),
        "wide": f"0xFFFFFFFF{full:08X}",
    }


SPELLINGS = tuple(spelled(5))


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("code", faults.FAULTS)
def test_each_fault_in_each_spelling(code: int, spelling: str) -> None:
    """B12 (2147942405 for 5), B13 (quotas), B46 (5 beside French words): by the code alone, in any language."""
    known = faults.FAULTS[code]
    with hostile({"fault": once(fault(wsman(spelled(code)[spelling])))}) as servers:
        text = told(Connection(servers["fault"].port))
    assert known.means in text
    assert known.do in text
    assert f"port {servers['fault'].port}" in text
    assert "Zugriff verweigert" in text, "the host's own words are shown too"


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_quota_that_is_reported_as_an_error_of_wmi(spelling: str) -> None:
    with hostile({"fault": once(fault(wmi(spelled(faults.TOO_MANY_OPERATIONS)[spelling])))}) as servers:
        assert "MaxConcurrentOperationsPerUser" in told(Connection(servers["fault"].port))


@pytest.mark.parametrize("code", faults.FAULTS)
def test_a_fault_refuses_the_shell(code: int) -> None:
    with hostile({"fault": once(fault(wsman(str(code))))}) as servers:
        host = WinrmHost(Connection(servers["fault"].port), "pc", (ConnectionFailed,))
        with pytest.raises(ShellRefused):
            host.run("ver", timeout=2, max_bytes=1000)


@pytest.mark.parametrize(
    ("text", "quota"),
    [
        ("The maximum number of concurrent shells for this user has been exceeded.", "MaxShellsPerUser"),
        ("This user is allowed a maximum number of 15 concurrent operations, which has been", "OperationsPerUser"),
        ("The maximum number of users executing shell operations has been exceeded.", "MaxConcurrentUsers"),
        ("The user load quota of 1000 requests per 2 seconds has been exceeded.", "load quota of a user"),
        ("The load quota for the system has been exceeded.", "load quota of the system"),
        ("The maximum number of concurrent commands per shell has been exceeded.", "MaxConcurrentCommandsPerShell"),
        ("The paging file is too small for this operation to complete.", "MaxMemoryPerShellMB"),
        ("Not enough quota is available to process this command.", "MaxProcessesPerShell"),
    ],
)
def test_a_quota_by_its_words_where_no_code_came(text: str, quota: str) -> None:
    assert quota in told(Said(f"ntlm: The WS-Management service cannot process the request. {text}"))


def test_a_code_that_is_not_known_is_shown_and_its_words_are_looked_at() -> None:
    with hostile({"fault": once(fault(wsman("0x803389FF"), "Access is denied."))}) as servers:
        text = told(Connection(servers["fault"].port))
    assert "LocalAccountTokenFilterPolicy" in text
    assert f"fault code {0x803389FF} is not known" in text
    with hostile({"fault": once(fault(wsman("0x803389FF")))}) as servers:
        text = told(Connection(servers["fault"].port))
    assert str(0x803389FF) in text
    assert "Zugriff verweigert" in text


@pytest.mark.parametrize("code", ["", "many", "0x", "99999999999999999999", "5;5", "\uff15"])
def test_what_is_no_code_is_no_traceback(code: str) -> None:
    with hostile({"fault": once(fault(wsman(code)))}) as servers:
        text = told(Connection(servers["fault"].port))
    assert "Zugriff verweigert" in text
    assert "invalid literal" not in text


def test_a_known_code_is_not_overruled_by_words() -> None:
    with hostile({"fault": once(fault(wsman("2150859179"), "Access is denied. concurrent shells"))}) as servers:
        text = told(Connection(servers["fault"].port))
    assert "MaxConcurrentUsers" in text
    assert "LocalAccountTokenFilterPolicy" not in text


def test_remote_management_users_are_not_recommended() -> None:
    """diyan/pywinrm#336, #362: the group opens PowerShell's endpoints and no cmd shell."""
    text = faults.FAULTS[faults.ACCESS_DENIED].text
    assert "must be a member of Remote Management Users" not in text
    assert "winrm configSDDL default" in text
