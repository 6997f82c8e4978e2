"""What the refusals of a WinRM service mean for the person who reads them.

The numbers are Windows' own. pywinrm keeps them inside its messages, as text; Ansible's winrm connection passes that
text on and nothing else.
"""

from __future__ import annotations

import re

ACCESS_DENIED = 5
"""winerror.h, ERROR_ACCESS_DENIED."""

SHELLS_SWITCHED_OFF = 2150859180
"""wsmerror.h, ERROR_WSMAN_REMOTESHELLS_NOT_ALLOWED."""
TOO_MANY_SHELLS = 2150859173
"""wsmerror.h, ERROR_WSMAN_QUOTA_MAX_SHELLS_PPU (hashicorp/vagrant#7489)."""

TOO_MANY_OPERATIONS = 2150859174
"""wsmerror.h, ERROR_WSMAN_QUOTA_MAX_OPERATIONS (ansible/ansible#83656)."""

_CODE = re.compile(r"wsmanfault_code['\"]?: ['\"]?([0-9]{1,10})")

_MEANINGS = {
    SHELLS_SWITCHED_OFF: (
        "the host accepts no remote shells: the policy 'Allow Remote Shell Access' "
        r"(HKLM\SOFTWARE\Policies\Microsoft\Windows\WinRM\Service\WinRS, AllowRemoteShellAccess = 0, which hardening "
        "baselines set) blocks the remote shells that this collection needs. Exempt the host from that policy, or "
        "manage it by other means"
    ),
    TOO_MANY_SHELLS: (
        "this account already has the maximum number of shells on the host (MaxShellsPerUser). End open sessions, or "
        "raise the quota"
    ),
    ACCESS_DENIED: (
        "the host knows this account but denies it a shell (access denied). A local administrator other than the "
        "built-in one gets a filtered token over the network until "
        r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System, LocalAccountTokenFilterPolicy is 1; "
        "any other account must be a member of Remote Management Users or Administrators. Use a domain account with "
        "administrative rights on the host, the built-in Administrator, or set that policy"
    ),
}
# Older client libraries drop the code and keep the host's English text.
_TEXTS = (
    ("not accept any remote shell requests", SHELLS_SWITCHED_OFF),
    ("concurrent shells", TOO_MANY_SHELLS),
    ("access is denied", ACCESS_DENIED),
)
SHOWN = 600
"""Characters of a host's error that a message quotes: Windows' faults have about 400."""


def excerpt(text: str) -> str:
    """As much of what a host or a client library said as belongs into a message."""
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}... ({len(text)} characters)"


def fault_code(message: str) -> int | None:
    """The WSManFault code that a client library's message carries; None where it carries none."""
    found = _CODE.search(message)
    return int(found[1]) if found else None


def explain_refusal(message: str) -> str | None:
    """What a refused Create means and what to do, or None when the message is no such refusal."""
    code = fault_code(message)
    if code is None:
        said = " ".join(message.lower().split())
        code = next((code for text, code in _TEXTS if text in said), None)
    return _MEANINGS.get(code) if code is not None else None


_HINTS = (
    (
        r"credentials were rejected|unauthorized",
        "Check ansible_user, ansible_password and ansible_winrm_transport of this host",
    ),
    (
        r"certificate|SSLError",
        "Check the certificate of the host's WinRM listener, and ansible_winrm_ca_trust_path on the controller",
    ),
    (
        r"no answer of a WinRM service|not complete within",
        "Check what listens on ansible_port of this address: the answer is not from a WinRM service, but maybe from "
        "a proxy or another program. If the connection is only slow, raise ansible_winrm_read_timeout_sec",
    ),
    (
        r"refused|timed out|no answer in time|unreachable|no route|resolve|name or service",
        "Check that the host is up, that WinRM listens on ansible_port, and that the firewalls in between allow the "
        "connection",
    ),
)


def connection_hint(message: str) -> str:
    """What to look at when no connection came about, by what the client library said; empty for anything else."""
    return next((hint for pattern, hint in _HINTS if re.search(pattern, message, re.IGNORECASE)), "")
