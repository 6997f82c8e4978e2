"""What the fault codes of a WinRM service mean for the person who reads them.

The numbers are Windows' own (wsmerror.h and winerror.h). They come in every spelling: decimal,
hexadecimal and negative; as an HRESULT, and as the Win32 code inside one. Where a code is known, the words beside it
are not looked at: hosts speak many languages, and the same code comes with different words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .answered import without

ACCESS_DENIED = 5
"""winerror.h, ERROR_ACCESS_DENIED."""
SHELLS_SWITCHED_OFF = 2150859180
"""wsmerror.h, ERROR_WSMAN_REMOTESHELLS_NOT_ALLOWED."""
TOO_MANY_SHELLS = 2150859173
"""wsmerror.h, ERROR_WSMAN_QUOTA_MAX_SHELLS (hashicorp/vagrant#7489)."""
TOO_MANY_USERS = 2150859179
"""wsmerror.h, ERROR_WSMAN_QUOTA_MAX_SHELLUSERS."""
USER_LOAD = 2150859175
"""wsmerror.h, ERROR_WSMAN_QUOTA_USER."""
SYSTEM_LOAD = 2150859176
"""wsmerror.h, ERROR_WSMAN_QUOTA_SYSTEM."""
TOO_MANY_OPERATIONS = 2150859174
"""wsmerror.h, ERROR_WSMAN_QUOTA_MAX_OPERATIONS (ansible/ansible#83656)."""
TOO_MANY_OPERATIONS_OF_PLUGIN = 2150859240
"""wsmerror.h, ERROR_WSMAN_QUOTA_MAX_OPERATIONS_USER_PPQ."""
TOO_MANY_COMMANDS = 2150859241
"""wsmerror.h, ERROR_WSMAN_QUOTA_MAX_COMMANDS_PER_SHELL_PPQ (jborean93/pypsrp#148)."""
NEW_SHELL_HELPS = frozenset({TOO_MANY_OPERATIONS, TOO_MANY_OPERATIONS_OF_PLUGIN, TOO_MANY_COMMANDS})
"""Quotas of what one shell has used up: the command was not started, and the end of the shell takes it off again."""
TIMED_OUT = 2150858793
"""wsmerror.h, ERROR_WSMAN_OPERATION_TIMEDOUT: nothing to receive yet."""

_WIN32 = 0x8007
"""The upper half of an HRESULT that carries a Win32 code (winerror.h, HRESULT_FROM_WIN32)."""
_NUMBER = r"-?(?:0x)?[0-9a-f]{1,16}"
_NAMED = re.compile(
    rf"(?:wsmanfault_code['\"]?|WSMAN ERROR CODE|WSManFault\b[^<>]{{0,400}}?\bCode)[ \t]{{0,4}}[:=][ \t]{{0,4}}['\"]?"
    rf"({_NUMBER})(?![0-9a-z])",
    re.IGNORECASE,
)
"""A code where pywinrm, other client libraries and the fault itself write it."""
_FOUND = re.compile(r"(?<![0-9a-z])0x8[0-9a-f]{7}(?![0-9a-z])", re.IGNORECASE)
"""An HRESULT anywhere, as the libraries for CredSSP and NTLM print it."""


@dataclass(frozen=True)
class Fault:
    """A code: what it means, and what to do."""

    name: str
    means: str
    do: str

    @property
    def text(self) -> str:
        return f"{self.means}. {self.do}"


def _quota(name: str, means: str, setting: str, example: int, group: str = "winrs") -> Fault:
    """A quota that `winrm set` changes ([MS-WSMV] 2.2.4.42 and 2.2.4.30)."""
    raised = rf'winrm set winrm/config/{group} @{{{setting}="{example}"}}'
    return Fault(name, f"{means} (quota {setting})", f"End what is open there, or raise the quota: {raised}")


def _plugin_quota(name: str, means: str, setting: str) -> Fault:
    """A quota of cmd's plug-in, which `winrm set` does not know."""
    path = rf"WSMan:\localhost\Plugin\<plug-in>\Quotas\{setting}"
    return Fault(name, f"{means} (quota {setting} of a plug-in)", f"Try later, or raise it there in PowerShell: {path}")


_MEMORY = (
    "the host has no memory left for the shell: its own, or what a shell may use (quota MaxMemoryPerShellMB), or the "
    "processes of a shell are too many (quota MaxProcessesPerShell)"
)
_MORE_MEMORY = (
    'Close what is open there, or raise the quotas: winrm set winrm/config/winrs @{MaxMemoryPerShellMB="2048"} and '
    '@{MaxProcessesPerShell="100"}'
)
_LOGON = "Check ansible_user and ansible_password of this host"
_BLOCKED = "application control on the host blocks the program that opens the shell (winrshost.exe, cmd.exe)"
_ALLOW = "Ask whoever runs application control (AppLocker, App Control for Business) to allow it for this account"

FAULTS: dict[int, Fault] = {
    ACCESS_DENIED: Fault(
        "ERROR_ACCESS_DENIED",
        "the host knows this account but denies it a shell (access denied). By default only administrators get a cmd "
        "shell over WinRM; the group Remote Management Users gets PowerShell's endpoints, not this one. A local "
        "administrator other than the built-in one gets a filtered token over the network until "
        r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System, LocalAccountTokenFilterPolicy is 1",
        "Use a domain account with administrative rights on the host, the built-in Administrator, or set that policy. "
        "'winrm configSDDL default' (Read and Execute) can open the shell for other accounts",
    ),
    SHELLS_SWITCHED_OFF: Fault(
        "ERROR_WSMAN_REMOTESHELLS_NOT_ALLOWED",
        "the host accepts no remote shells: the policy 'Allow Remote Shell Access' "
        r"(HKLM\SOFTWARE\Policies\Microsoft\Windows\WinRM\Service\WinRS, AllowRemoteShellAccess = 0, which CIS "
        "18.10.90.1 or 18.10.89.1 (L2) and BSI SiSyPHuS 190 ask for) blocks the remote shells that this collection "
        "needs",
        "Exempt the host from that policy, or install OpenSSH there and set ansible_connection to ssh, which the "
        "policy does not concern. The connection psrp meets the same policy, PowerShell remoting too (likely)",
    ),
    2150859235: Fault(
        "ERROR_WSMAN_REMOTE_CONNECTION_NOT_ALLOWED",
        "the service rejects remote connections for the plug-in that opens cmd shells",
        "Ask whoever hardened WinRM on the host; Disable-PSRemoting does the same to PowerShell's endpoints (recalled)",
    ),
    2150859229: Fault(
        "ERROR_WSMAN_SERVICE_REMOTE_ACCESS_DISABLED",
        "the service is configured to take no remote requests (AllowRemoteAccess)",
        "Allow them in the policy 'Allow remote server management through WinRM'",
    ),
    TOO_MANY_SHELLS: _quota(
        "ERROR_WSMAN_QUOTA_MAX_SHELLS",
        "this account already has the maximum number of shells on the host",
        "MaxShellsPerUser",
        60,
    ),
    TOO_MANY_OPERATIONS: _quota(
        "ERROR_WSMAN_QUOTA_MAX_OPERATIONS",
        "this account already has the maximum number of operations on the host",
        "MaxConcurrentOperationsPerUser",
        3000,
        "service",
    ),
    TOO_MANY_USERS: _quota(
        "ERROR_WSMAN_QUOTA_MAX_SHELLUSERS",
        "the maximum number of accounts already has shells on the host",
        "MaxConcurrentUsers",
        20,
    ),
    USER_LOAD: Fault(
        "ERROR_WSMAN_QUOTA_USER",
        "this account sends requests faster than the host allows (load quota of a user)",
        "Wait a minute, and let fewer connections of this account run at the same time (forks; concurrency of a sweep)",
    ),
    SYSTEM_LOAD: Fault(
        "ERROR_WSMAN_QUOTA_SYSTEM",
        "the host gets requests faster than it allows (load quota of the system)",
        "Wait a minute, and look for what else manages this host over WinRM",
    ),
    2150858815: Fault(
        "ERROR_WSMAN_QUOTA_LIMIT",
        "the service is busy with other requests (a quota of the service, such as MaxConnections or "
        "MaxProcessesPerShell)",
        'Try later, or raise the quota: winrm set winrm/config/service @{MaxConnections="600"}',
    ),
    2150859236: _plugin_quota(
        "ERROR_WSMAN_QUOTA_MAX_SHELLS_PPQ",
        "this account already has the maximum number of shells of a plug-in",
        "MaxShellsPerUser",
    ),
    2150859237: _plugin_quota(
        "ERROR_WSMAN_QUOTA_MAX_USERS_PPQ",
        "the maximum number of accounts already uses a plug-in",
        "MaxConcurrentUsers",
    ),
    2150859238: _plugin_quota(
        "ERROR_WSMAN_QUOTA_MAX_PLUGINSHELLS_PPQ", "a plug-in already has the maximum number of shells", "MaxShells"
    ),
    2150859239: _plugin_quota(
        "ERROR_WSMAN_QUOTA_MAX_PLUGINOPERATIONS_PPQ",
        "a plug-in already has the maximum number of operations",
        "MaxConcurrentOperations",
    ),
    TOO_MANY_OPERATIONS_OF_PLUGIN: _plugin_quota(
        "ERROR_WSMAN_QUOTA_MAX_OPERATIONS_USER_PPQ",
        "this account already has the maximum number of operations of a plug-in",
        "MaxConcurrentOperationsPerUser",
    ),
    TOO_MANY_COMMANDS: _plugin_quota(
        "ERROR_WSMAN_QUOTA_MAX_COMMANDS_PER_SHELL_PPQ",
        "a shell already has the maximum number of commands",
        "MaxConcurrentCommandsPerShell",
    ),
    2150859242: Fault("ERROR_WSMAN_QUOTA_MIN_REQUIREMENT_NOT_AVAILABLE_PPQ", _MEMORY, _MORE_MEMORY),
    8: Fault("ERROR_NOT_ENOUGH_MEMORY", _MEMORY, _MORE_MEMORY),
    14: Fault("ERROR_OUTOFMEMORY", _MEMORY, _MORE_MEMORY),
    1450: Fault("ERROR_NO_SYSTEM_RESOURCES", _MEMORY, _MORE_MEMORY),
    1455: Fault("ERROR_COMMITMENT_LIMIT", _MEMORY, _MORE_MEMORY),
    1816: Fault("ERROR_NOT_ENOUGH_QUOTA", _MEMORY, _MORE_MEMORY),
    170: Fault("ERROR_BUSY", "the service is still busy with an earlier request of this shell", "Try again"),
    1115: Fault("ERROR_SHUTDOWN_IN_PROGRESS", "the host is shutting down", "Try again when it has started"),
    1260: Fault("ERROR_ACCESS_DISABLED_BY_POLICY", _BLOCKED, _ALLOW),
    4551: Fault("ERROR_SYSTEM_INTEGRITY_POLICY_VIOLATION", _BLOCKED, _ALLOW),
    1311: Fault(
        "ERROR_NO_LOGON_SERVERS",
        "the host reaches no domain controller, so it cannot check the account",
        "Repair the host's way to its domain, or use a local account",
    ),
    1326: Fault("ERROR_LOGON_FAILURE", "the user name or the password is wrong", _LOGON),
    1327: Fault(
        "ERROR_ACCOUNT_RESTRICTION",
        "a restriction of the account forbids this logon, such as an empty password",
        "Ask whoever manages the account, or use another one",
    ),
    1330: Fault("ERROR_PASSWORD_EXPIRED", "the account's password has expired", "Change it, and ansible_password too"),
    1331: Fault("ERROR_ACCOUNT_DISABLED", "the account is disabled", "Enable it, or use another one"),
    1385: Fault(
        "ERROR_LOGON_TYPE_NOT_GRANTED",
        "the account may not log on to this host over the network",
        "Grant it 'Access this computer from the network', and take it off 'Deny access to this computer from the "
        "network'",
    ),
    1396: Fault(
        "ERROR_WRONG_TARGET_NAME",
        "the host does not have the name for which the ticket is",
        "Connect to its full name in the domain, or set ansible_winrm_kerberos_hostname_override",
    ),
    1398: Fault(
        "ERROR_TIME_SKEW",
        "the clocks of host, domain controller and controller are too far apart for Kerberos (five minutes)",
        "Correct them, or use NTLM meanwhile",
    ),
    1907: Fault(
        "ERROR_PASSWORD_MUST_CHANGE",
        "the account's password must be changed before the first logon",
        "Change it, and ansible_password too",
    ),
    1909: Fault("ERROR_ACCOUNT_LOCKED_OUT", "the account is locked", "Unlock it, and find out who tried passwords"),
    0x8009030C: Fault("SEC_E_LOGON_DENIED", "the user name or the password is wrong", _LOGON),
    0x8009030E: Fault("SEC_E_NO_CREDENTIALS", "there are no credentials to log on with", _LOGON),
    0x80090311: Fault(
        "SEC_E_NO_AUTHENTICATING_AUTHORITY",
        "no domain controller could be reached to check the account",
        "Repair the way to the domain, or use a local account",
    ),
    0x80090322: Fault(
        "SEC_E_WRONG_PRINCIPAL",
        "the host does not have the name for which the ticket is",
        "Connect to its full name in the domain, or set ansible_winrm_kerberos_hostname_override",
    ),
    0x80090324: Fault(
        "SEC_E_TIME_SKEW",
        "the clocks of host, domain controller and controller are too far apart for Kerberos (five minutes)",
        "Correct them, or use NTLM meanwhile",
    ),
    0x80090346: Fault(
        "SEC_E_BAD_BINDINGS",
        "the host wants the logon bound to its TLS connection (CbtHardeningLevel), and something in between opens TLS",
        "Connect without the device that decrypts TLS, or set CbtHardeningLevel to Relaxed on the host",
    ),
}
"""Code, as `normalized` gives it -> what it means. Names and numbers: wsmerror.h, winerror.h."""

_TEXTS = (
    ("not accept any remote shell requests", SHELLS_SWITCHED_OFF),
    ("commands per shell", TOO_MANY_COMMANDS),
    ("shells per plugin", 2150859238),
    ("operations per plugin", 2150859239),
    ("concurrent shells", TOO_MANY_SHELLS),
    ("concurrent operations", TOO_MANY_OPERATIONS),
    ("users executing", TOO_MANY_USERS),
    ("users concurrently performing remote operations", TOO_MANY_USERS),
    ("user load quota", USER_LOAD),
    ("load quota for this user", USER_LOAD),
    ("system load quota", SYSTEM_LOAD),
    ("load quota for the system", SYSTEM_LOAD),
    ("paging file is too small", 1455),
    ("not enough storage is available", 8),
    ("not enough memory resources", 8),
    ("not enough quota", 1816),
    ("blocked by group policy", 1260),
    ("application control policy", 4551),
    ("not allow remote requests", 2150859229),
    ("access is denied", ACCESS_DENIED),
)
"""English words of wsmerror.h and winerror.h -> code: older client libraries drop the code and keep the words."""
SHOWN = 600
"""Characters of a host's error that a message quotes: Windows' faults have about 400."""


def excerpt(text: str) -> str:
    """As much of what a host or a client library said as belongs into a message."""
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}... ({len(text)} characters)"


def number(spelled: str) -> int | None:
    """A code as the unsigned number of 32 bits that it is, whatever its spelling; None for what is no such number."""
    text = spelled.strip().lower()
    digits = text.removeprefix("-").removeprefix("0x")
    # Eight digits that begin with 8, C or D are an HRESULT or NTSTATUS without its 0x: no decimal code has that size.
    base = 16 if "0x" in text or (len(digits) == 8 and digits[0] in "8cd") else 10
    try:
        value = int(digits, base) if len(digits) <= 16 else -1
    except ValueError:
        return None
    if text.startswith("-"):
        value = -value & 0xFFFFFFFF if value <= 1 << 31 else -1
    if value >> 32 == 0xFFFFFFFF:  # a negative one with 64 bits
        value &= 0xFFFFFFFF
    return value if 0 <= value < 1 << 32 else None


def normalized(spelled: str) -> int | None:
    """A code in any spelling as FAULTS has it: an HRESULT that carries a Win32 code is that code."""
    value = number(spelled)
    return value & 0xFFFF if value is not None and value >> 16 == _WIN32 else value


def fault_code(message: str) -> int | None:
    """The fault code that a client library's message carries, normalized; None where it carries none."""
    named = _NAMED.search(message)
    if named:
        return normalized(named[1])
    found = [normalized(one) for one in _FOUND.findall(message)]
    return next((one for one in found if one in FAULTS), found[0] if found else None)


def explain_refusal(message: str) -> str | None:
    """What a fault means and what to do: by its code, or by its words where it has none or one that is not known.
    None when neither is."""
    message = without(message)
    code = fault_code(message)
    if code in FAULTS:
        return FAULTS[code].text
    said = " ".join(message.lower().split())
    known = next((FAULTS[code].text for text, code in _TEXTS if text in said), None)
    if known is None or code is None:
        return known
    return f"{known} (by the words of the message: fault code {code} is not known)"
