"""What it means that no ssh connection came about, by what OpenSSH's client, sshpass and Ansible say of it."""

from __future__ import annotations

import re

_ROWS = (
    (
        r"host key verification failed|host key checking is enabled|REMOTE HOST IDENTIFICATION HAS CHANGED",
        "The controller does not know the host's key, or knows another one. Add it to known_hosts (ssh-keyscan, after "
        "you have compared it), or find out why it changed",
    ),
    (
        r"sshpass program|sshpass error",
        "A password needs the program sshpass on the controller (Debian and Red Hat: sshpass), or a key instead of it",
    ),
    (
        r"permission denied|incorrect password|invalid/incorrect|too many authentication failures",
        "The host's OpenSSH server did not accept the logon. Check ansible_user, ansible_password or "
        "ansible_ssh_private_key_file. The keys of administrators stand in "
        r"C:\ProgramData\ssh\administrators_authorized_keys",
    ),
    (
        r"unprotected private key|bad permissions|no such identity|error in libcrypto|invalid format",
        "The private key on the controller cannot be used. Correct ansible_ssh_private_key_file, and let only its "
        "owner read it (chmod 600)",
    ),
    (
        r"could not resolve|name or service not known|name resolution",
        "The controller cannot resolve the host's name. Correct ansible_host, or the controller's DNS",
    ),
    (
        r"connection refused",
        "The address answers and nothing listens on ansible_port. Check that the service sshd runs there ('sc query "
        "sshd') and on which port",
    ),
    (
        r"no route to host|network is unreachable",
        "There is no way from the controller to the host's address. Check the route and the firewalls in between",
    ),
    (
        r"timed out|timeout",
        "Nothing came back in time: the host is down, or a firewall drops the connection to ansible_port",
    ),
    (
        r"no matching (?:host key|key exchange|cipher|mac)|unable to negotiate",
        "Client and server have no algorithm in common. Update OpenSSH on the host, or allow an older one in "
        "ansible_ssh_common_args",
    ),
    (
        r"connection (?:to .{1,200} )?closed|closed by|reset by peer|broken pipe|kex_exchange_identification",
        "The connection came about and was cut. Check the host's OpenSSH server (event log OpenSSH/Operational), its "
        "MaxStartups, and what is in between",
    ),
    (
        r"request a terminal",
        "Take -t, -tt and RequestTTY out of ansible_ssh_args, ansible_ssh_common_args and ansible_ssh_extra_args",
    ),
)


_PATTERNS = tuple(pattern for pattern, _hint in _ROWS)


def ssh_hint(message: str) -> str:
    """What to do about a message; empty for one that is not known."""
    found = (at for at, pattern in enumerate(_PATTERNS) if re.search(pattern, message, re.IGNORECASE))
    return next((_ROWS[at][1] for at in found), "")
