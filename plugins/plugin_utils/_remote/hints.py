"""What it means that no connection to a host came about, by what the client libraries say of it.

The texts are those of Python's ssl and socket, of requests and urllib3, pywinrm and its libraries, MIT Kerberos and
Ansible's connection winrm. They stand on the controller, so they are English; the host's own words are not looked at.
The rows are tried in order, so what is special stands first. A pattern is a phrase, and no word that the name of a host
or of a method of authentication may hold.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .answered import without


@dataclass(frozen=True)
class Hint:
    """A condition: how its message is known, what it means, and what to do."""

    name: str
    """For the page on errors."""
    pattern: str
    means: str
    do: str
    on_the_way: bool = False
    """It is about the way or about who answers: where a proxy is in between, that is the first to look at."""

    @property
    def text(self) -> str:
        return f"{self.means}. {self.do}"


_DIRECT = (
    "Put the host into no_proxy in the environment that runs Ansible, or set ansible_winrm_proxy to '' for it. The "
    "host itself was not reached"
)
PROXY = Hint(
    "the controller's proxy",
    r"ProxyError|(?:cannot|unable to) connect to proxy|Tunnel connection failed|\bCode 407\b",
    "The controller connects through a proxy, which its environment (http_proxy, https_proxy, all_proxy) or "
    "ansible_winrm_proxy names, and the proxy failed or refused",
    _DIRECT,
)
_LISTENER = "On the host, 'winrm enumerate winrm/config/listener' shows on which port, and with which certificate"
_SOMETHING = "Something answers at ansible_port of this address, but it is no WinRM service"
_KDC = (
    "Check the realm, in capitals, in ansible_user and in krb5.conf, and that the controller reaches a domain "
    "controller on port 88"
)
_NAME_OF_TICKET = (
    "Use the host's full name in the domain as ansible_host, or set ansible_winrm_kerberos_hostname_override; "
    "'setspn -L HOST' shows which names it has"
)

HINTS: tuple[Hint, ...] = (
    PROXY,
    Hint(
        "no password, or no user",
        r"auth method \w{1,20} requires a (?:password|username)|the (?:username|password) must be specified|"
        r"No username or password was specified",
        "This host has no password, or no user",
        "Set ansible_user and ansible_password for it (in a vault, or with --ask-pass); for a Kerberos ticket that is "
        "there, set ansible_winrm_transport to kerberos",
    ),
    Hint(
        "a library for Kerberos is missing",
        r"kerberos library is not installed|kerberos is not installed|No module named '(?:kerberos|gssapi|krb5)'|"
        r"libgssapi|does not support transport\(s\) [^.]{0,80}kerberos",
        "The Python that runs Ansible has no library for Kerberos ('ansible --version' names that Python)",
        "Install it there: python -m pip install 'pywinrm[kerberos]', after the headers of Kerberos (on Debian "
        "libkrb5-dev, on Red Hat krb5-devel); or set ansible_winrm_transport to ntlm",
    ),
    Hint(
        "a library for NTLM or CredSSP is missing",
        r"requests[_-](?:ntlm|credssp) is not installed|does not support transport\(s\) [^.]{0,80}(?:ntlm|credssp)",
        "The Python that runs Ansible has no library for this ansible_winrm_transport",
        "Install it there: python -m pip install 'pywinrm[credssp]' requests_ntlm",
    ),
    Hint(
        "an unknown transport",
        r"unsupported auth method|does not support transport\(s\)",
        "The value of ansible_winrm_transport is not known to pywinrm",
        "Set it to ntlm, kerberos, credssp, certificate or basic",
    ),
    Hint(
        "kinit is missing",
        r"when calling kinit cmd",
        "Ansible gets the Kerberos ticket with kinit, and cannot start it",
        "Install it on the controller (Debian krb5-user, Red Hat krb5-workstation), or name it in "
        "ansible_winrm_kinit_cmd",
    ),
    Hint(
        "no domain controller for the realm",
        r"Cannot (?:find|contact any|locate) KDC|Cannot resolve (?:servers|network address) for KDC|"
        r"Cannot determine realm|does not specify default realm",
        "Kerberos finds or reaches no domain controller of the realm",
        _KDC,
    ),
    Hint(
        "Kerberos: the clocks differ",
        r"Clock skew|KRB_AP_ERR_SKEW",
        "The clocks of the controller, the domain controller and the host are more than five minutes apart",
        "Correct them; a host whose own clock is wrong can be reached with ansible_winrm_transport: ntlm meanwhile",
    ),
    Hint(
        "Kerberos: wrong password",
        r"Password incorrect|Preauthentication failed|Decrypt integrity check failed",
        "Kerberos did not accept the password",
        "Check ansible_password, and the spelling of ansible_user (name@REALM)",
    ),
    Hint(
        "Kerberos: unknown account",
        r"Client .{0,200}not found in Kerberos database|C_PRINCIPAL_UNKNOWN",
        "The domain does not know this account",
        "Check ansible_user (name@REALM, the realm in capitals)",
    ),
    Hint(
        "Kerberos: the account is locked, disabled or expired",
        r"credentials have been revoked|Password has expired|Password change|entry in database has expired|"
        r"KDC policy rejects request",
        "The domain knows this account and does not let it log on: it is locked or disabled, or its password has "
        "expired",
        "Ask whoever manages the account",
    ),
    Hint(
        "Kerberos: no such service principal",
        r"Server .{0,200}not found in Kerberos database|S_PRINCIPAL_UNKNOWN|Wrong principal|KRB_AP_ERR_MODIFIED|"
        r"Kerberos mutual authentication",
        "The domain has no host of the name HTTP/ansible_host, or the ticket is for another one",
        _NAME_OF_TICKET,
    ),
    Hint(
        "Kerberos: no ticket",
        r"No Kerberos credentials|No credentials (?:cache|were supplied)|find client principal|Matching credential not "
        r"found|cache file .{0,200}not found|Ticket (?:has )?expired|Ticket not yet valid",
        "There is no valid Kerberos ticket for this account on the controller",
        "Get one with kinit name@REALM, or set ansible_password so that Ansible gets it (ansible_winrm_kinit_mode: "
        "managed)",
    ),
    Hint(
        "Kerberos: no common encryption",
        r"no support for encryption type|Encryption type .{0,80}not (?:permitted|supported)|etype",
        "Controller and domain have no encryption type in common",
        "Look at permitted_enctypes in the controller's krb5.conf; current domains want AES",
    ),
    Hint(
        "Kerberos: another failure",
        r"Kerberos auth failure|authGSS|GSSError|SpnegoError|GSSAPI",
        "Kerberos failed on the controller",
        "'KRB5_TRACE=/dev/stderr kinit name@REALM' shows where; check the realm, the clock and the host's name",
    ),
    Hint(
        "the client certificate's files are missing",
        r"cert_pem|cert_key_pem|certificate_pem|certificate_key_pem|Could not find the TLS",
        "The files with which the controller is to log on are missing",
        "Set ansible_winrm_cert_pem and ansible_winrm_cert_key_pem to files that exist on the controller",
    ),
    Hint(
        "a certificate without TLS",
        r"SSL must be used",
        "The controller shows its certificate when TLS begins, and this connection has no TLS",
        "Set ansible_winrm_scheme to https, and ansible_port to the port of an HTTPS listener (5986)",
    ),
    Hint(
        "the client certificate's key is encrypted",
        r"Client private key is encrypted",
        "The key of the certificate with which the controller is to log on is encrypted, and there is no password for "
        "it",
        "Store it without one, readable by its owner alone: openssl pkey -in KEY -out OTHER; the connection psrp also "
        "takes a password, in ansible_psrp_certificate_key_password (ansible-core 2.21)",
    ),
    Hint(
        "the file of authorities is missing",
        r"CA certificate bundle",
        "The file of trusted authorities does not exist on the controller",
        "Correct ansible_winrm_ca_trust_path (or REQUESTS_CA_BUNDLE)",
    ),
    Hint(
        "the certificate is for another name",
        r"(?:Hostname|IP address) mismatch|doesn't match|is not valid for",
        "The certificate of the host's WinRM listener is for another name than the one that Ansible connects to",
        "Set ansible_host to a name that the certificate has, or give the listener a certificate for this name. "
        + _LISTENER,
    ),
    Hint(
        "the certificate has expired",
        r"certificate has expired|certificate is not yet valid",
        "The certificate of the host's WinRM listener is not within its time, or the controller's clock is wrong",
        "Check the clock, then renew the certificate and give it to the listener. " + _LISTENER,
    ),
    Hint(
        "the certificate's authority is unknown",
        r"self[- ]signed certificate|issuer certificate|verify the first certificate",
        "The controller does not know the authority that issued the certificate of the host's WinRM listener, or the "
        "listener's certificate is signed by itself",
        "Set ansible_winrm_ca_trust_path to a file with that authority's certificate",
    ),
    Hint(
        "the certificate is refused for another reason",
        r"certificate verify failed|CERTIFICATE_VERIFY_FAILED",
        "The controller does not accept the certificate of the host's WinRM listener",
        "The message says why; the authorities are those of ansible_winrm_ca_trust_path. " + _LISTENER,
    ),
    Hint(
        "no TLS on this port",
        r"WRONG_VERSION_NUMBER|wrong version number|record layer failure|unknown protocol",
        "What listens on ansible_port does not speak TLS",
        "Set ansible_winrm_scheme to http for port 5985, or ansible_port to 5986 for https",
        on_the_way=True,
    ),
    Hint(
        "no common version of TLS",
        r"UNSUPPORTED_PROTOCOL|PROTOCOL_VERSION|NO_PROTOCOLS_AVAILABLE|HANDSHAKE_FAILURE|handshake failure|"
        r"NO_SHARED_CIPHER|DH_KEY_TOO_SMALL|EE_KEY_TOO_SMALL|UNSAFE_LEGACY_RENEGOTIATION",
        "Host and controller have no version of TLS, or no cipher, in common: an old Windows knows TLS 1.0 only, which "
        "current controllers refuse",
        "Enable TLS 1.2 on the host, or use http on port 5985 with ansible_winrm_transport: ntlm, which encrypts too",
    ),
    Hint(
        "TLS was ended",
        r"SSLError|\[SSL[:\]]|ssl\.c:|EOF occurred in violation of protocol",
        "The connection over TLS did not come about",
        "Check that ansible_port is the one of an HTTPS listener and that no device in between ends TLS. " + _LISTENER,
        on_the_way=True,
    ),
    Hint(
        "the method of logging on is not offered",
        r"does not authenticate by",
        "What answers at ansible_port offers no logon by this method: a WinRM service that does not allow Negotiate, "
        "or another web server",
        "Set ansible_winrm_transport to a method that is offered, or allow it on the host: winrm set "
        'winrm/config/service/auth @{Negotiate="true"}',
        on_the_way=True,
    ),
    Hint(
        "CredSSP is not offered",
        r"CredSSP being (?:an )?available",
        "The host's WinRM service does not offer CredSSP",
        "Enable it there (in PowerShell, Enable-WSManCredSSP -Role Server), or set ansible_winrm_transport to kerberos "
        "or ntlm",
    ),
    Hint(
        "CredSSP was broken off",
        r"with a CredSSP token after step",
        "The host offers CredSSP and ended this logon: it does not accept the account, the password or the version of "
        "TLS",
        "Check ansible_user and ansible_password, and whether ansible_winrm_transport: ntlm works with them",
    ),
    Hint(
        "messages cannot be encrypted",
        r"message encryption is set to 'always'|Cannot use message encryption with auth",
        "Basic and certificates encrypt no messages",
        "Set ansible_winrm_transport to ntlm or kerberos, or use https and ansible_winrm_message_encryption: auto",
    ),
    Hint(
        "the logon was refused (HTTP 401)",
        r"credentials were rejected|\bunauthorized\b|\bCode 401\b",
        "The service did not accept the logon",
        "Check ansible_user, ansible_password, and that ansible_winrm_transport is a method that the service offers. A "
        "locked or expired account looks the same, and so does a local account to which a baseline denies network "
        "logon (SeDenyNetworkLogonRight): the host's Security log has the reason (event 4625)",
    ),
    Hint(
        "HTTP 400",
        r"\bCode 400\b",
        "What answers does not understand the request: it wants TLS on this port, another name, or shorter headers (a "
        "Kerberos ticket of an account in many groups is long)",
        "Check ansible_port and ansible_winrm_scheme; for long tickets see MaxFieldLength and MaxRequestBytes of "
        "HTTP.sys",
        on_the_way=True,
    ),
    Hint(
        "HTTP 403",
        r"\bCode 403\b",
        "Something answers at ansible_port of this address and forbids the access: a proxy, another web server, or "
        "HTTP.sys that requires a client certificate",
        "Check what listens there, and its filters (IPv4Filter of winrm/config/service)",
        on_the_way=True,
    ),
    Hint(
        "HTTP 404",
        r"\bCode 404\b",
        "Something answers at ansible_port of this address, but there is no WinRM service at this path",
        "Check ansible_winrm_path (wsman), and that no other web server has the port. " + _LISTENER,
        on_the_way=True,
    ),
    Hint(
        "HTTP 405, 411, 413, 431 or 501",
        r"\bCode (?:405|411|413|431|501)\b",
        _SOMETHING + ", or one whose limits are too low",
        "Check what listens there. " + _LISTENER,
        on_the_way=True,
    ),
    Hint(
        "HTTP 500 without a fault",
        r"\bCode 500\b",
        "The service refuses the message without saying why, as WinRM does for messages that are not encrypted; or "
        "another web server answers",
        "Use https, or http with ntlm or kerberos and ansible_winrm_message_encryption: auto; Basic over http needs "
        "AllowUnencrypted on the host. If that is so already, restart the service WinRM",
        on_the_way=True,
    ),
    Hint(
        "HTTP 502 or 504",
        r"\bCode (?:502|504)\b",
        "A proxy or a load balancer answers, and does not reach the host",
        "Connect to the host itself, and check the controller's http_proxy and no_proxy",
        on_the_way=True,
    ),
    Hint(
        "HTTP 503",
        r"\bCode 503\b",
        "Something answers at ansible_port of this address, but no WinRM service stands behind it: the service WinRM "
        "is stopped or has reached its limits, its URL reservation is gone, or another web server or a proxy answers",
        "On the host: 'sc query winrm', 'netsh http show urlacl url=http://+:5985/wsman/' and MaxConnections of "
        "winrm/config/service. " + _LISTENER,
        on_the_way=True,
    ),
    Hint(
        "a page or another protocol instead of WinRM",
        r"no answer of a WinRM service|not complete within|not WS-Management",
        "Check what listens on ansible_port of this address: the answer is not from a WinRM service, but maybe from "
        "a proxy or another program",
        "If the connection is only slow, raise ansible_winrm_read_timeout_sec",
        on_the_way=True,
    ),
    Hint(
        "the name does not resolve",
        r"Failed to resolve|could not resolve|Name or service not known|nodename nor servname|name resolution|"
        r"No address associated|has no address",
        "The controller cannot resolve the host's name, so ansible_port was not tried",
        "Correct ansible_host, or the controller's DNS",
        on_the_way=True,
    ),
    Hint(
        "no route",
        r"No route to host|Network is unreachable|Host is down",
        "There is no way from the controller to the host's address, or a firewall says so",
        "Check that the host is up, the route, and that the firewalls in between allow ansible_port",
        on_the_way=True,
    ),
    Hint(
        "nothing listens",
        r"Connection refused|actively refused",
        "The address answers and nothing listens on ansible_port",
        "Check that the service WinRM runs there and has a listener on ansible_port. " + _LISTENER,
        on_the_way=True,
    ),
    Hint(
        "no answer in time",
        r"no answer in time|timed out|did not answer in time",
        "Nothing came back in time: the host is down, or a firewall drops the connection to ansible_port",
        "Check that the host is up, and that the firewalls in between and on it allow ansible_port. If it is only "
        "slow, raise ansible_winrm_read_timeout_sec",
        on_the_way=True,
    ),
    Hint(
        "the connection was cut",
        r"reset by peer|Connection aborted|closed the connection|was closed|RemoteDisconnected|Broken pipe|"
        r"Connection broken",
        "The connection came about and was cut: an https listener does that to http, and so do firewalls that look "
        "inside",
        "Check that ansible_winrm_scheme fits ansible_port (http 5985, https 5986), and what is in between",
        on_the_way=True,
    ),
)

_PATTERNS = tuple(hint.pattern for hint in HINTS)


def connection_hint(message: str, proxy: str = "") -> str:
    """What it means that no connection came about and what to do, by what the client library said; empty for anything
    else. `proxy`: the controller's proxy that the connection went through, in words."""
    said = without(message)
    hint = next((HINTS[at] for at, pattern in enumerate(_PATTERNS) if re.search(pattern, said, re.IGNORECASE)), None)
    if hint is None:
        return ""
    if proxy and (hint.on_the_way or hint is PROXY):
        return f"The controller connects through the proxy {proxy}, so it may be the proxy that failed. {_DIRECT}"
    return hint.text
