"""What probes mean. Feared most: a verdict that the observations do not carry."""

from __future__ import annotations

import dataclasses
import itertools

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.probes import verdict as judgement
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.proxy.route import Route
from ansible_collections.windefend.maps.plugins.plugin_utils._windows import certutil, curl_probe

MAPS = "https://wdcp.microsoft.com/"
LIST = "http://crl.microsoft.com/pki/crl/products/a.crl"
OFFLINE, NO_CHECK, UNTRUSTED = 0x80092013, 0x80092012, 0x80090325
DIRECT, PROXY = Route("", "none"), Route("p.example:3128", "winhttp")
SEEN = curl_probe.Seen(0, "", None, 200, None, "text/html", "192.0.2.1", 0.1, 0.2, 0.3, 0.4, ())
CRL = dataclasses.replace(SEEN, content_type="application/pkix-crl", handshake=None)


def schannel(code: int, exit_code: int = 35) -> curl_probe.Seen:
    return dataclasses.replace(SEEN, exit_code=exit_code, schannel=code, status=None, handshake=None)


def failed(exit_code: int, **seen: object) -> curl_probe.Seen:
    return dataclasses.replace(SEEN, exit_code=exit_code, status=None, connect=None, handshake=None, **seen)


def probe(seen: curl_probe.Seen, url: str = MAPS, way: Route = DIRECT) -> judgement.Probe:
    return judgement.judge(url, way, seen)


def leaf(issuer: str) -> curl_probe.Seen:
    return dataclasses.replace(SEEN, chain=(curl_probe.Certificate("CN=a", issuer, "PEM"),))


@pytest.mark.parametrize(
    ("seen", "way", "expected"),
    [
        (SEEN, DIRECT, ("", True, True, True, True)),
        (SEEN, PROXY, ("", True, None, True, True)),
        (failed(6, lookup=None), DIRECT, ("not_resolved", False, False, False, None)),
        (failed(5, lookup=None), PROXY, ("proxy_not_resolved", False, None, False, None)),
        (failed(7), DIRECT, ("not_connected", False, True, False, None)),
        (failed(28), DIRECT, ("timed_out", False, True, False, None)),
        (failed(28, lookup=None), DIRECT, ("timed_out", False, None, None, None)),
        (dataclasses.replace(failed(28), connect=0.2), DIRECT, ("timed_out", False, True, True, None)),
        (dataclasses.replace(failed(35), connect=0.2), DIRECT, ("cut", False, True, True, False)),
        (dataclasses.replace(failed(56), connect=0.2, connect_status=407), PROXY,
         ("proxy_password", False, None, True, None)),
        (dataclasses.replace(failed(56), connect=0.2, connect_status=403), PROXY,
         ("proxy_refused", False, None, True, None)),
        (schannel(OFFLINE), DIRECT, ("revocation_offline", False, True, True, False)),
        (schannel(NO_CHECK), PROXY, ("no_revocation_check", False, None, True, False)),
        (schannel(UNTRUSTED, 60), PROXY, ("untrusted_root", False, None, True, False)),
        (schannel(UNTRUSTED, 77), PROXY, ("untrusted_root", False, None, True, False)),
        (schannel(0x80090326), DIRECT, ("tls", False, True, True, False)),
        (failed(2, lookup=None), DIRECT, ("unknown", None, None, None, None)),
        (failed(9009, lookup=None), DIRECT, ("unknown", None, None, None, None)),
    ],
)  # fmt: skip
def test_how_far_it_got(seen: curl_probe.Seen, way: Route, expected: tuple[str, bool | None, ...]) -> None:
    one = probe(seen, way=way)
    assert (one.failure, one.reachable, one.dns, one.connected, one.tls) == expected


@pytest.mark.parametrize(
    ("name", "failure", "finding"),
    [
        ("CERT_TRUST_REVOCATION_STATUS_UNKNOWN", "revocation_unknown", "revocation_unknown"),
        ("CERT_TRUST_IS_UNTRUSTED_ROOT", "untrusted_root", "certificate_not_trusted"),
        ("CERT_TRUST_IS_PARTIAL_CHAIN", "untrusted_root", "certificate_not_trusted"),
        ("CERT_TRUST_IS_REVOKED", "revoked", "tls_fails"),
        ("CERT_TRUST_IS_NOT_TIME_VALID", "expired", "tls_fails"),
    ],
)
def test_schannel_names_a_fault_without_a_code(name: str, failure: str, finding: str) -> None:
    """Fidelity A6: what curl says of a chain that it verified itself, as captured."""
    text = (
        f"curl: (60) schannel: CertGetCertificateChain trust error {name}\n#probe 000 000 0,1 0,2 0,3 0,4 192.0.2.1 \n"
    )
    one = probe(curl_probe.parse(text.encode(), 60))
    assert (one.failure, one.tls) == (failure, False)
    assert judgement.revocation([one], [], [], None, None).finding == finding


@pytest.mark.parametrize(
    ("status", "way", "delivered"),
    [(404, DIRECT, None), (410, DIRECT, None), (403, DIRECT, None), (503, DIRECT, None), (404, PROXY, None),
     (403, PROXY, False), (407, PROXY, False), (503, PROXY, False), (502, PROXY, False), (200, DIRECT, True)],
)  # fmt: skip
def test_an_answer_of_the_lists_own_server_is_not_out_of_reach(status: int, way: Route, delivered: bool | None) -> None:
    """Fidelity A3: a list that is no longer there says nothing of the way."""
    one = probe(dataclasses.replace(CRL, status=status), LIST, way)
    assert judgement.is_delivered(one) is delivered
    found = judgement.revocation([probe(SEEN)], [], [one], None, None)
    assert (found.finding == "works_from_cache") is (delivered is False)


def test_407_to_a_plain_request_is_the_proxys() -> None:
    one = probe(dataclasses.replace(CRL, status=407), LIST, PROXY)
    assert (one.failure, one.proxy_status, one.reachable, judgement.is_delivered(one)) == (
        "proxy_password",
        407,
        False,
        False,
    )


def test_who_refuses_behind_a_proxy_is_not_known() -> None:
    refused = dataclasses.replace(CRL, status=403)
    assert probe(refused, "http://go.microsoft.com/", PROXY).reachable is None
    assert probe(refused, "http://go.microsoft.com/").reachable is True


@pytest.mark.parametrize(
    ("url", "issuer", "inspected"),
    [
        (MAPS, "C=US, O=Contoso, CN=Inspection", True),
        (MAPS, "C=US, O=Microsoft Corporation, CN=Microsoft Secure Server CA 2011", False),
        (MAPS, "C = US, O = Microsoft Corporation, CN = x", False),
        ("https://cp.wd.microsoft.com/", "O=Contoso", True),
        ("https://www.microsoft.com/", "O=DigiCert Inc", None),
        # Expert M12: Azure's page of authorities lists it for endpoints of Microsoft's.
        (MAPS, "C=US, O=DigiCert Inc, CN=DigiCert Global G2 TLS RSA SHA256 2020 CA1", None),
        (MAPS, "C=US, O=Microsoft Corporation, CN=Microsoft TLS G2 RSA CA OCSP 02", False),
        ("https://notwd.microsoft.com/", "O=DigiCert Inc", None),
    ],
)
def test_inspection(url: str, issuer: str, inspected: bool | None) -> None:
    one = probe(leaf(issuer), url)
    assert (one.issuer, one.inspected) == (issuer, inspected)


def test_without_a_chain_inspection_is_unknown() -> None:
    assert (probe(SEEN).issuer, probe(SEEN).inspected) == (None, None)


@pytest.mark.parametrize(
    ("seen", "url", "delivered"),
    [
        (CRL, LIST, True),
        (dataclasses.replace(CRL, status=404), LIST, None),
        (dataclasses.replace(CRL, status=302), LIST, False),
        (SEEN, LIST, False),
        (dataclasses.replace(CRL, status=403), "http://www.microsoft.com/pkiops/crl/", None),
        (CRL, "http://www.microsoft.com/pkiops/crl/", None),
        (failed(28), "http://www.microsoft.com/pkiops/crl/", False),
        (failed(9009, lookup=None), LIST, None),
    ],
)
def test_whether_a_list_comes(seen: curl_probe.Seen, url: str, delivered: bool | None) -> None:
    """A page of HTML in the place of a list is a filter's; a folder's answer proves nothing."""
    assert judgement.is_delivered(probe(seen, url)) is delivered


def verdict(
    checked: curl_probe.Seen,
    lenient: curl_probe.Seen | None,
    *lists: curl_probe.Seen,
    certain: bool = True,
    stale: float | None = None,
) -> judgement.Revocation:
    way = dataclasses.replace(DIRECT, certain=certain)
    return judgement.revocation(
        [probe(checked)],
        [probe(lenient)] if lenient else [],
        [probe(seen, LIST.replace("a.crl", f"{number}.crl"), way) for number, seen in enumerate(lists)],
        None,
        stale,
    )


BLOCKED = failed(28)


@pytest.mark.parametrize(
    ("checked", "lenient", "lists", "expected"),
    [
        (SEEN, None, (CRL, CRL), ("excluded", "lists_arrive")),
        (SEEN, None, (CRL, BLOCKED), ("unknown", "works_from_cache")),
        (SEEN, None, (), ("unknown", "incomplete")),
        (schannel(OFFLINE), SEEN, (BLOCKED, BLOCKED), ("proven", "lists_out_of_reach")),
        (schannel(OFFLINE), SEEN, (CRL, BLOCKED), ("unknown", "some_lists_out_of_reach")),
        (schannel(OFFLINE), SEEN, (CRL, CRL), ("unknown", "offline_though_lists_arrive")),
        (schannel(OFFLINE), SEEN, (), ("unknown", "offline_only")),
        (schannel(OFFLINE), None, (BLOCKED,), ("unknown", "offline_only")),
        (schannel(OFFLINE), BLOCKED, (BLOCKED,), ("unknown", "offline_only")),
        (schannel(NO_CHECK), SEEN, (CRL,), ("excluded", "certificate_names_no_list")),
        (schannel(NO_CHECK), SEEN, (BLOCKED,), ("unknown", "certificate_names_no_list")),
        (schannel(UNTRUSTED), None, (CRL,), ("unknown", "certificate_not_trusted")),
        (schannel(0x80090328), None, (CRL,), ("unknown", "tls_fails")),
        (BLOCKED, None, (BLOCKED,), ("unknown", "not_reached")),
    ],
)
def test_the_verdict(
    checked: curl_probe.Seen,
    lenient: curl_probe.Seen | None,
    lists: tuple[curl_probe.Seen, ...],
    expected: tuple[str, str],
) -> None:
    found = verdict(checked, lenient, *lists)
    assert (found.crl_out_of_reach, found.finding) == expected
    assert found.message == judgement.FINDINGS[found.finding]


def test_no_combination_is_proven_without_all_three_sides() -> None:
    kinds = (SEEN, schannel(OFFLINE), schannel(NO_CHECK), schannel(UNTRUSTED), BLOCKED)
    proven = 0
    for checked, lenient, first, second, certain in itertools.product(
        kinds, (None, *kinds), (CRL, BLOCKED), (CRL, BLOCKED), (True, False)
    ):
        found = verdict(checked, lenient, first, second, certain=certain)
        if found.crl_out_of_reach == "proven":
            proven += 1
            assert checked.schannel == OFFLINE
            assert lenient is SEEN
            assert (first, second, certain) == (BLOCKED, BLOCKED, True)
        if found.crl_out_of_reach == "excluded":
            assert checked.schannel in (None, NO_CHECK)
            assert (first, second, certain) == (CRL, CRL, True)
    assert proven == 1


def test_every_row_of_the_table_decides_for_some_probes() -> None:
    unknown = dataclasses.replace(schannel(0), schannel=None, error="CERT_TRUST_REVOCATION_STATUS_UNKNOWN")
    kinds = (SEEN, *map(schannel, (OFFLINE, NO_CHECK, UNTRUSTED, 0x80090328)), BLOCKED, unknown)
    found = {
        (one.crl_out_of_reach, one.finding)
        for checked, *lists in itertools.product(kinds, (CRL, BLOCKED), (CRL, BLOCKED))
        for one in (verdict(checked, SEEN, *lists), verdict(checked, None))
    }
    assert found == {(row.verdict, row.finding) for row in judgement.VERDICTS}


def test_trap_22_offline_although_the_lists_arrive_names_the_last_look() -> None:
    found = verdict(schannel(OFFLINE), SEEN, CRL, CRL, stale=30 * 24.0)
    assert found.finding == "offline_though_lists_arrive"
    assert "certificates 30 days ago" in found.evidence[-1]
    assert "CryptSvc" in found.message
    assert not any("days ago" in line for line in verdict(SEEN, None, CRL, stale=20.0).evidence)


def test_trap_12_a_certificate_without_a_list_is_another_cause_than_a_list_out_of_reach() -> None:
    assert verdict(schannel(NO_CHECK), SEEN, CRL).codes == ("0x80092012",)
    assert "not an unreachable list" in verdict(schannel(NO_CHECK), SEEN, CRL).message


def test_certutils_word_is_evidence() -> None:
    seen = certutil.Verification("offline", ("CERT_TRUST_IS_OFFLINE_REVOCATION",), (0x80072EE2,))
    found = judgement.revocation([probe(schannel(OFFLINE))], [], [], seen, None)
    assert found.codes == ("0x80092013", "0x80072EE2")
    assert found.evidence[-1] == "certutil -verify -urlfetch: offline (CERT_TRUST_IS_OFFLINE_REVOCATION)"
