"""What probes mean: how far each got, and whether revocation lists are what breaks TLS on the host.

Nothing is concluded from an exit number alone where a code or a status says more, and what was not seen is None, never
true or false. A verdict on the article's root cause needs both sides: what Schannel says, and whether the lists come.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..._windows import certutil, curl_probe, hresult
from ..defender import STREAMLINED_DOMAIN
from ..proxy import Route
from .url import Address

NO_CHECK, OFFLINE, UNTRUSTED_ROOT = 0x80092012, 0x80092013, 0x80090325
STALE_HOURS = 7 * 24.0
"""Hours without a look at the list of untrusted certificates after which a host counts as stale: Windows looks once a
day (likely), and a machine may have been off for some days (guess)."""
PINNED = ("wdcp.microsoft.com", "wdcpalt.microsoft.com", "wd.microsoft.com", STREAMLINED_DOMAIN)
"""Names whose certificates are Microsoft's own: SSLOptions pins them (the article: sure), and so are the connections of
streamlined connectivity (Microsoft Learn, configure-device-connectivity, 2025-09-29: sure)."""
MICROSOFT = "O=Microsoft Corporation"
PUBLIC_ISSUERS = ("O=DigiCert Inc",)
"""Others that issue certificates of Microsoft's endpoints (Microsoft Learn, Azure certificate authority details: sure;
that MAPS has none of them: no source)."""

CODES = {
    NO_CHECK: "no_revocation_check",
    OFFLINE: "revocation_offline",
    UNTRUSTED_ROOT: "untrusted_root",
    0x800B0109: "untrusted_root",
    0x80090322: "wrong_name",
    0x80090328: "expired",
    0x800B0101: "expired",
    0x80092010: "revoked",
}
WORDS = {
    "CERT_TRUST_IS_REVOKED": "revoked",
    "CERT_TRUST_IS_PARTIAL_CHAIN": "untrusted_root",
    "CERT_TRUST_IS_UNTRUSTED_ROOT": "untrusted_root",
    "CERT_TRUST_IS_NOT_TIME_VALID": "expired",
    "CERT_TRUST_REVOCATION_STATUS_UNKNOWN": "revocation_unknown",
}
"""What curl's Schannel names without a code where it was given authorities of its own (curl's source,
schannel_verify.c: sure; captures). The last is said of a list out of reach and of a certificate that names none."""
EXITS = {
    5: "proxy_not_resolved",
    6: "not_resolved",
    7: "not_connected",
    28: "timed_out",
    35: "cut",
    51: "tls",
    52: "cut",
    55: "cut",
    56: "cut",
    60: "tls",
    77: "tls",
    97: "proxy_refused",
}
"""curl's manual (5, 6, 7, 28, 52, 55, 56: sure); 35, 60 and 77 change with the version, so a code goes before them."""


@dataclass(frozen=True)
class Probe:
    """One URL, asked once. `dns`, `connected`, `tls`: True, False, or None where it was not to be seen.

    Behind a proxy `connected` is the connection to the proxy, and who resolves the name is the proxy: `dns` is None.
    """

    url: str
    proxy: str
    proxy_source: str
    way_certain: bool
    reachable: bool | None
    """Whether the server, or for a name without TLS whoever answers in its place, gave an answer."""
    failure: str
    """Empty, a word of CODES, WORDS or EXITS, `proxy_password`, `proxy_refused`, `http_error`, `no_curl`, or `unknown`.

    `http_error` is a status of 400 and above without TLS: somebody answered, and who is not known behind a proxy."""
    code: str
    """Schannel's code; empty: none."""
    code_meaning: str
    dns: bool | None
    connected: bool | None
    tls: bool | None
    status: int | None
    proxy_status: int | None
    """Of the proxy's answer to CONNECT; also of a 407 to a plain request."""
    content_type: str
    address: str
    seconds: dict[str, float | None]
    issuer: str | None
    """Of the certificate that was shown; None: curl could not say."""
    inspected: bool | None
    """The issuer's name is not Microsoft's where it should be, which is a hint at inspection and no proof. None: not
    known, or any authority may sign for this name."""
    exit_code: int | None
    said: str


def judge(url: str, way: Route, seen: curl_probe.Seen) -> Probe:
    """A probe in the terms of this file."""
    address = Address.of(url)
    secure = address.scheme == "https"
    failure = _failure(seen, secure)
    leaf = seen.leaf
    too_late = failure == "timed_out" and seen.lookup is not None
    connected = True if seen.connect else (False if too_late or failure in _BEFORE_CONNECTION else None)
    asked_proxy = seen.connect_status or (407 if seen.status == 407 and not secure else None)
    return Probe(
        url=url,
        proxy=way.proxy,
        proxy_source=way.source,
        way_certain=way.certain,
        reachable=_reachable(failure, way),
        failure=failure,
        code=hresult.format_code(seen.schannel) if seen.schannel is not None else "",
        code_meaning=hresult.explain(seen.schannel).text if seen.schannel is not None else "",
        dns=_resolved(way, seen, failure),
        connected=connected,
        tls=_secured(seen, failure, connected) if secure else None,
        status=seen.status,
        proxy_status=asked_proxy if way.proxy else None,
        content_type=seen.content_type,
        address=seen.address,
        seconds={
            "dns": seen.lookup,
            "connect": seen.connect,
            "tls": seen.handshake,
            "total": seen.total,
        },
        issuer=leaf.issuer if leaf else None,
        inspected=_inspected(address.host, leaf),
        exit_code=seen.exit_code,
        said=seen.error,
    )


_BEFORE_CONNECTION = ("proxy_not_resolved", "not_resolved", "not_connected")


def not_probed(url: str, way: Route) -> Probe:
    """A probe on a host without curl.exe: nothing is known."""
    return Probe(
        url, way.proxy, way.source, way.certain, None, "no_curl", "", "", None, None, None, None, None, "", "",
        dict.fromkeys(("dns", "connect", "tls", "total")), None, None, None, "",
    )  # fmt: skip


def _reachable(failure: str, way: Route) -> bool | None:
    if failure == "http_error":  # behind a proxy it may be the proxy that refuses
        return None if way.proxy else True
    return None if failure == "unknown" else not failure


def _failure(seen: curl_probe.Seen, secure: bool) -> str:
    if 407 in (seen.connect_status, seen.status):
        return "proxy_password"
    if seen.exit_code == 0 and seen.status:
        return "http_error" if not secure and seen.status >= 400 else ""
    if seen.schannel is not None:
        return CODES.get(seen.schannel, "tls")
    if word := next((word for name, word in WORDS.items() if name in seen.error), ""):
        return word
    if seen.connect_status and seen.connect_status >= 300:
        return "proxy_refused"
    if seen.exit_code == 28 and seen.connect:
        return "timed_out"
    return EXITS.get(seen.exit_code if seen.exit_code is not None else -1, "unknown")


def _resolved(way: Route, seen: curl_probe.Seen, failure: str) -> bool | None:
    if failure == "not_resolved":
        return False
    return True if seen.lookup and not way.proxy else None


def _secured(seen: curl_probe.Seen, failure: str, connected: bool | None) -> bool | None:
    if seen.handshake and not seen.schannel and failure not in WORDS.values():
        return True
    return False if seen.schannel or (connected and failure in ("cut", "tls", *WORDS.values())) else None


def is_foreign(leaf: curl_probe.Certificate) -> bool | None:
    """Whether the issuer's name is another than those of Microsoft's certificates; None: it may be either."""
    issuer = leaf.issuer.replace(" = ", "=")
    if MICROSOFT in issuer:
        return False
    return None if any(name in issuer for name in PUBLIC_ISSUERS) else True


def _inspected(host: str, leaf: curl_probe.Certificate | None) -> bool | None:
    foreign = None if leaf is None else is_foreign(leaf)
    pinned = any(host == name or host.endswith(f".{name}") for name in PINNED)
    return foreign if pinned or foreign is False else None


def is_delivered(probe: Probe) -> bool | None:
    """Whether a revocation list comes. A URL that names a file must give it; of a folder any answer proves nothing.

    A status of the list's own server says that the server can be reached and the list is not there: None. Behind a
    proxy only 404 and 410 are the server's own for sure enough: another may be the proxy's refusal.
    """
    if probe.failure in ("unknown", "no_curl"):
        return None
    if probe.failure and probe.failure != "http_error":
        return False
    if not is_crl_url(probe.url):
        return None
    if is_gone(probe):
        return None
    return (probe.status or 0) < 300 and not probe.content_type.lower().startswith("text/html")


def is_gone(probe: Probe) -> bool:
    """Whether the list's own server answers, without the list."""
    return probe.failure == "http_error" and (not probe.proxy or probe.status in (404, 410))


def is_crl_url(url: str) -> bool:
    """Whether a URL names the file of a revocation list or a certificate."""
    return Address.of(url).path.lower().endswith((".crl", ".crt", ".cer"))


@dataclass(frozen=True)
class Revocation:
    """Whether the article's root cause holds on this host, for the account that asked."""

    crl_out_of_reach: str
    """proven, excluded or unknown."""
    finding: str
    codes: tuple[str, ...]
    evidence: tuple[str, ...]
    message: str


FINDINGS = {
    "lists_arrive": "TLS works with the revocation check, and the lists are downloaded, so revocation is not the cause",
    "lists_out_of_reach": "TLS works only without the revocation check, Windows reports the revocation server as "
    "offline, and the lists cannot be downloaded over the route that Windows uses: the root "
    "cause of Microsoft's article",
    "some_lists_out_of_reach": "Windows reports the revocation server as offline, and some lists cannot be downloaded",
    "offline_though_lists_arrive": "Windows reports the revocation server as offline although the lists can be "
    "downloaded. CryptSvc may use another route than this account, or may have lost "
    "write permission on its cache: check when it last looked for lists",
    "offline_only": "Windows reports the revocation server as offline, but the probes do not show why",
    "certificate_names_no_list": "The presented certificate names no revocation list, which is typical of TLS "
    "inspection. This is not an unreachable list",
    "works_from_cache": "TLS works with the revocation check although the lists cannot be downloaded: Windows may "
    "still have them in its cache, and TLS may stop working when they expire",
    "certificate_not_trusted": "TLS fails before the revocation check: the issuer of the certificate is not trusted, "
    "which is typical of TLS inspection with a certificate that this host does not trust",
    "revocation_unknown": "TLS fails because Windows could not check revocation, and it does not say whether the lists "
    "are out of reach or the certificate names none",
    "tls_fails": "TLS fails for another reason than revocation, so there is no result for revocation: see the codes",
    "not_reached": "No server was reached over TLS, so there is no result for revocation",
    "incomplete": "TLS works with the revocation check, but it is unknown whether the lists can be downloaded",
    "no_schannel": "This curl.exe does not use Schannel, so it does not show how Windows verifies certificates",
    "no_curl": (
        "There is no curl.exe on this host (it is part of Windows since Windows 10 1803 and Server 2019), so "
        "nothing was probed"
    ),
    "not_asked": "The revocation check was not requested",
}


def revocation(
    checked: Sequence[Probe],
    lenient: Sequence[Probe],
    lists: Sequence[Probe],
    verification: certutil.Verification | None,
    stale_hours: float | None,
    named: Sequence[str] = (),
) -> Revocation:
    """The verdict. `lenient` are those of `checked` that failed in revocation checking, asked without it; `named` are
    the lists that the chain names."""
    verdict, finding = _find(checked, lenient, lists)
    codes = dict.fromkeys(probe.code for probe in (*checked, *lenient) if probe.code)
    if verification is not None:
        codes.update(dict.fromkeys(hresult.format_code(code) for code in verification.codes))
    return Revocation(
        verdict, finding, tuple(codes), _evidence(checked, lenient, lists, verification, stale_hours, named),
        FINDINGS[finding],
    )  # fmt: skip


def without(finding: str) -> Revocation:
    """The verdict where nothing could be asked."""
    return Revocation("unknown", finding, (), (), FINDINGS[finding])


@dataclass(frozen=True)
class _Seen:
    """What the probes say, as far as the table of verdicts asks for it."""

    checked: Sequence[Probe]
    """With TLS only."""
    lenient: Sequence[Probe]
    arrive: tuple[bool | None, ...]
    """Whether each list arrives; None: not known."""

    @property
    def all_arrive(self) -> bool:
        return bool(self.arrive) and set(self.arrive) == {True}

    @property
    def none_arrives(self) -> bool:
        return bool(self.arrive) and set(self.arrive) == {False}

    @property
    def tls(self) -> bool:
        return any(probe.tls for probe in self.checked)

    @property
    def works_without_checking(self) -> bool:
        """Where Windows called the lists' server offline, TLS works once nobody asks for the lists."""
        offline = {probe.url for probe in self.checked if probe.failure == "revocation_offline"}
        return any(probe.tls and probe.url in offline for probe in self.lenient)

    def failed(self, failure: str) -> bool:
        return any(probe.failure == failure for probe in self.checked)


@dataclass(frozen=True)
class _Row:
    """A line of the table of verdicts."""

    holds: Callable[[_Seen], bool]
    verdict: str
    finding: str


def _offline(seen: _Seen) -> bool:
    return seen.failed("revocation_offline")


def _no_check(seen: _Seen) -> bool:
    return seen.failed("no_revocation_check")


VERDICTS: tuple[_Row, ...] = (
    _Row(lambda s: _offline(s) and s.none_arrives and s.works_without_checking, "proven", "lists_out_of_reach"),
    _Row(lambda s: _offline(s) and s.all_arrive, "unknown", "offline_though_lists_arrive"),
    _Row(lambda s: _offline(s) and {True, False} <= set(s.arrive), "unknown", "some_lists_out_of_reach"),
    _Row(_offline, "unknown", "offline_only"),
    _Row(lambda s: s.tls and s.all_arrive, "excluded", "lists_arrive"),
    _Row(lambda s: s.tls and False in s.arrive, "unknown", "works_from_cache"),
    _Row(lambda s: s.tls, "unknown", "incomplete"),
    _Row(lambda s: _no_check(s) and s.all_arrive, "excluded", "certificate_names_no_list"),
    _Row(_no_check, "unknown", "certificate_names_no_list"),
    _Row(lambda s: s.failed("revocation_unknown"), "unknown", "revocation_unknown"),
    _Row(lambda s: s.failed("untrusted_root"), "unknown", "certificate_not_trusted"),
    _Row(lambda s: any(probe.tls is False for probe in s.checked), "unknown", "tls_fails"),
    _Row(lambda _unused: True, "unknown", "not_reached"),
)
"""The first row that holds counts."""


def _find(checked: Sequence[Probe], lenient: Sequence[Probe], lists: Sequence[Probe]) -> tuple[str, str]:
    secure = [probe for probe in checked if probe.url.startswith("https:")]
    seen = _Seen(secure, lenient, tuple(is_delivered(probe) if probe.way_certain else None for probe in lists))
    row = next(row for row in VERDICTS if row.holds(seen))
    return row.verdict, row.finding


def _evidence(
    checked: Sequence[Probe],
    lenient: Sequence[Probe],
    lists: Sequence[Probe],
    verification: certutil.Verification | None,
    stale_hours: float | None,
    named: Sequence[str],
) -> tuple[str, ...]:
    said = [
        f"{one.url}: {one.code or one.failure or 'TLS established'}" for one in checked if one.url.startswith("https:")
    ]
    said += [
        f"{one.url} without the revocation check: {one.code or one.failure or 'TLS established'}" for one in lenient
    ]
    for one in lists:
        unknown = f"its server answers {one.status} and can be reached" if is_gone(one) else "unknown"
        words = {True: "downloaded", False: f"cannot be downloaded ({one.failure or one.status})", None: unknown}
        way = one.proxy or ("directly" if one.way_certain else "directly, unless a proxy script says otherwise")
        said.append(f"{one.url} via {way}: {words[is_delivered(one)]}")
    said += [f"{one.url} presents a certificate of {one.issuer}" for one in (*checked, *lenient) if one.inspected]
    if any(one.inspected for one in (*checked, *lenient)):
        said += [
            f"{url} is named by that certificate, so it is a list of its issuer and not Microsoft's" for url in named
        ]
    if verification is not None:
        said.append(
            f"certutil -verify -urlfetch: {verification.verdict} ({', '.join(verification.errors) or 'no error'})"
        )
        said += [f"a revocation list that Windows has is valid until {date}" for date in verification.next_updates]
    if stale_hours is not None and stale_hours > STALE_HOURS:
        said.append(f"Windows last looked for the list of untrusted certificates {stale_hours / 24:.0f} days ago")
    return tuple(said)
