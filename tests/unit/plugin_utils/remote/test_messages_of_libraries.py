"""What is told of each condition that keeps a connection from coming about: which host, port and user, what it means
and what to do. Here: what libraries say that are not here, or need a
domain, by their published texts."""

from __future__ import annotations

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._remote import hints
from ansible_collections.windefend.maps.tests.support.failed_connections import Said, told

pytestmark = pytest.mark.usefixtures("no_proxies")


SAID = {
    "the controller's proxy": [
        "ntlm: HTTPSConnectionPool(host='pc', port=5986): Max retries exceeded with url: /wsman (Caused by "
        "ProxyError('Cannot connect to proxy.', OSError('Tunnel connection failed: 403 Forbidden')))",
        "ntlm: ('Unable to connect to proxy', NewConnectionError('[Errno 111] Connection refused'))",
        "ntlm: Bad HTTP response returned from server. Code 407",
    ],
    "no password, or no user": [
        "ntlm: auth method ntlm requires a password",
        "basic: auth method basic requires a username",
    ],
    "a library for Kerberos is missing": [
        "WinRM Kerberos authentication requested but the python kerberos library is not installed. Please install",
        "kerberos: requested auth method is kerberos, but pykerberos is not installed",
        "kerberos: No module named 'gssapi'",
        "The installed version of WinRM does not support transport(s) ['kerberos']",
    ],
    "a library for NTLM or CredSSP is missing": [
        "ntlm: requested auth method is ntlm, but requests_ntlm is not installed",
        "credssp: requests auth method is credssp, but requests-credssp is not installed",
    ],
    "an unknown transport": [
        "The installed version of WinRM does not support transport(s) ['bogus']",
        "bogus: unsupported auth method: bogus",
    ],
    "kinit is missing": ["Kerberos auth failure when calling kinit cmd 'kinit': [Errno 2] No such file or directory"],
    "no domain controller for the realm": [
        'Kerberos auth failure for principal a@corp.example: kinit: Cannot find KDC for realm "corp.example" while',
        "kinit: Cannot contact any KDC for realm 'CORP.EXAMPLE' while getting initial credentials",
        "kerberos: authGSSClientStep() failed: (('...', 851968), ('Cannot determine realm for numeric host address'",
    ],
    "Kerberos: the clocks differ": [
        "kinit: Clock skew too great while getting initial credentials",
        "kerberos: authGSSClientStep() failed: (('Unspecified', 851968), ('Clock skew too great', -1765328347))",
    ],
    "Kerberos: wrong password": [
        "Kerberos auth failure for principal a@CORP.EXAMPLE: kinit: Password incorrect while getting initial",
        "kinit: Preauthentication failed while getting initial credentials",
    ],
    "Kerberos: unknown account": [
        "kinit: Client 'nobody@CORP.EXAMPLE' not found in Kerberos database while getting initial credentials"
    ],
    "Kerberos: the account is locked, disabled or expired": [
        "kinit: Client's credentials have been revoked while getting initial credentials",
        "kinit: Clients credentials have been revoked while getting initial credentials",
        "kinit: Password has expired while getting initial credentials",
    ],
    "Kerberos: no such service principal": [
        "kerberos: authGSSClientStep() failed: (('Unspecified GSS failure', 851968), ('Server HTTP/10.0.0.1@CORP."
        "EXAMPLE not found in Kerberos database', -1765328377))",
        "kerberos: Server not found in Kerberos database",
        "kerberos: Wrong principal in request",
    ],
    "Kerberos: no ticket": [
        "kerberos: authGSSClientInit() failed: (('Unspecified GSS failure', 458752), (\"Can't find client principal "
        'a@CORP.EXAMPLE in cache collection", -1765328243))',
        "kerberos: authGSSClientStep() failed: (('...', 851968), ('No Kerberos credentials available (default cache: "
        "FILE:/tmp/krb5cc_0)', -1765328243))",
        "kerberos: Ticket expired",
        "kerberos: Credentials cache file '/tmp/krb5cc_1000' not found",
    ],
    "Kerberos: no common encryption": [
        "kinit: KDC has no support for encryption type while getting initial credentials"
    ],
    "Kerberos: another failure": ["kerberos: authGSSClientInit() failed: something new", "SpnegoError (16): something"],
    "the client certificate's files are missing": ["certificate: cert_pem file not found (/etc/ssl/me.pem)"],
    "a certificate without TLS": ["certificate: For certificate auth, SSL must be used"],
    "the client certificate's key is encrypted": [
        "certificate: Client private key is encrypted, password is required",
        "Caused by SSLError('Client private key is encrypted, password is required')",
    ],
    "the file of authorities is missing": [
        "ssl: Could not find a suitable TLS CA certificate bundle, invalid path: /etc/ssl/none.pem"
    ],
    "the certificate is for another name": [
        'SSLCertVerificationError(1, "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: Hostname mismatch, '
        "certificate is not valid for 'pc'. (_ssl.c:992)\")"
    ],
    "the certificate has expired": ["certificate verify failed: certificate has expired (_ssl.c:992)"],
    "the certificate's authority is unknown": [
        "certificate verify failed: unable to get local issuer certificate (_ssl.c:992)",
        "certificate verify failed: self-signed certificate in certificate chain (_ssl.c:992)",
    ],
    "the certificate is refused for another reason": [
        "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: CA md too weak"
    ],
    "no TLS on this port": [
        "[SSL: WRONG_VERSION_NUMBER] wrong version number",
        "[SSL] record layer failure (_ssl.c:1000)",
    ],
    "no common version of TLS": [
        "SSLError(1, '[SSL: UNSUPPORTED_PROTOCOL] unsupported protocol (_ssl.c:992)')",
        "[SSL: TLSV1_ALERT_PROTOCOL_VERSION] tlsv1 alert protocol version",
        "[SSL: SSLV3_ALERT_HANDSHAKE_FAILURE] sslv3 alert handshake failure",
    ],
    "TLS was ended": ["SSLEOFError(8, 'EOF occurred in violation of protocol (_ssl.c:992)')"],
    "the method of logging on is not offered": [
        "ntlm: the server does not authenticate by NTLM (HTTP 401, it offers Basic)",
        "negotiate: the server does not authenticate by negotiate: The server did not response with",
    ],
    "CredSSP is not offered": [
        "credssp: Server did not response CredSSP being available - actual: 'Negotiate'",
        "credssp: The server did not response CredSSP being an available authentication method - actual: ''",
    ],
    "CredSSP was broken off": [
        "credssp: Server did not response with a CredSSP token after step TLS Handshake - actual 'CredSSP'"
    ],
    "messages cannot be encrypted": [
        "basic: message encryption is set to 'always' but the selected auth method basic does not support it"
    ],
    "the logon was refused (HTTP 401)": ["ntlm: the specified credentials were rejected by the server", "Code 401"],
    **{
        f"HTTP {names}": [f"ntlm: Bad HTTP response returned from server. Code {code}" for code in codes]
        for names, codes in {
            "400": (400,),
            "403": (403,),
            "404": (404,),
            "405, 411, 413, 431 or 501": (405, 411, 413, 431, 501),
            "500 without a fault": (500,),
            "502 or 504": (502, 504),
            "503": (503,),
        }.items()
    },
    "a page or another protocol instead of WinRM": ["ntlm: no answer of a WinRM service: it starts with b'SSH-2.0'"],
    "the name does not resolve": [
        "Failed to resolve 'pc.example' ([Errno -2] Name or service not known)",
        "[Errno -3] Temporary failure in name resolution",
        "[Errno 8] nodename nor servname provided, or not known",
    ],
    "no route": ["[Errno 113] No route to host", "[Errno 101] Network is unreachable"],
    "nothing listens": ["HTTPConnectionPool(host='kerberos-proxy', port=5985): [Errno 111] Connection refused"],
    "no answer in time": ["the connection attempt timed out", "Read timed out. (read timeout=30)", "ntlm: "],
    "the connection was cut": [
        "('Connection aborted.', RemoteDisconnected('Remote end closed connection without response'))",
        "[Errno 104] Connection reset by peer",
    ],
}


def test_each_row_has_a_text() -> None:
    assert list(SAID) == [hint.name for hint in hints.HINTS]


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in SAID.items() for text in texts])
def test_each_text_is_known_and_says_what_to_do(name: str, text: str) -> None:
    known = next(hint for hint in hints.HINTS if hint.name == name)
    said = told(Said(text))
    assert known.means in said
    assert known.do in said


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("credssp: (2148074252) UNKOWN_STATUS 0x8009030c", "the user name or the password is wrong"),
        ("Error number: -2144108103 0x803381B9; -> 0x80070721 0x80090324", "too far apart for Kerberos"),
    ],
)
def test_a_code_of_another_library(text: str, means: str) -> None:
    assert means in told(Said(text))


def test_the_name_of_a_host_is_no_condition() -> None:
    for name in ("kerberos", "proxy", "ssl-certificate", "timed-out", "resolve", "reset"):
        assert hints.connection_hint(f"HTTPConnectionPool(host='{name}', port=5985): something new") == ""
