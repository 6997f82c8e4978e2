"""Checks that SSLOptions switches off: only with consent, only while it is shown to help, and never unsaid."""

from __future__ import annotations

import itertools
import pathlib
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.defender import spynet
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.journal.seal import Seal
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.plain_values import plain
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.remediation import history
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.remediation.plan import WORKAROUNDS
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.host import (
    CommandTimedOut,
    LineBroken,
    RemoteError,
    Unreachable,
)
from ansible_collections.windefend.maps.tests.support.operations import run_operation
from ansible_collections.windefend.maps.tests.support.remediation import (
    NOW,
    PROXY,
    SEAL,
    FaultyHost,
    Journal,
    PromptHost,
    repair,
    spynet_operation,
)
from ansible_collections.windefend.maps.tests.support.simulated_host import machine
from ansible_collections.windefend.maps.winsim.machine.model import Machine
from ansible_collections.windefend.maps.winsim.machine.network import Barrier
from ansible_collections.windefend.maps.winsim.machine.registry import Data, ValueType

CURL = r"C:\Windows\System32\curl.exe"
QUICK = {"probe": "never"}
NEVER = {**QUICK, "ssl_options_workaround": "never"}
CONSENT = {**QUICK, "ssl_options_workaround": "no_revocation"}
OTHER_KEY = Seal(["fedcba9876543210" * 4])
Break = Callable[[Machine], None]


@pytest.fixture
def journal(tmp_path: pathlib.Path) -> Journal:
    return Journal(tmp_path)


def ssl_options(on: Machine) -> tuple[ValueType, Data] | None:
    value = on.registry.get(spynet.POLICY, "SSLOptions")
    return None if value is None else (value.type, value.data)


def written(on: Machine, monkeypatch: pytest.MonkeyPatch) -> list[Data]:
    """What is written to SSLOptions from now on."""
    values: list[Data] = []
    write = on.registry.set

    def noted(key: str, name: str, kind: ValueType, data: Data, view: int = 64) -> None:
        if name == "SSLOptions":
            values.append(data)
        write(key, name, kind, data, view)

    monkeypatch.setattr(on.registry, "set", noted)
    return values


def refuse_maps(on: Machine) -> None:
    """MAPS is out of reach whatever is checked."""
    on.network.proxies[PROXY].blocked["*:443"] = Barrier.REFUSE


def answer_lists(on: Machine) -> None:
    """The revocation lists come: nothing needs the loosening any more."""
    on.network.proxies[PROXY].blocked.clear()


def steps(result: dict[str, Any]) -> list[tuple[str, bool, bool]]:
    return [(one["id"], one["changed"], one["taken_back"]) for one in result["report"]["steps"]]


# --- Consent --------------------------------------------------------------------------------------------------------

STORED: tuple[Data | None, ...] = (None, 0, 1, 2, 3, 4, 7, 0xFFFFFFFF, "0")


@pytest.mark.parametrize(("workaround", "stored"), [*itertools.product(WORKAROUNDS, STORED)])
@pytest.mark.parametrize("helps", [True, False])
def test_only_the_consented_value_is_written(
    workaround: str, stored: Data | None, helps: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    on = machine("crl_blocked")
    if isinstance(stored, int):
        on.registry.set_dword(spynet.POLICY, "SSLOptions", stored)
    elif stored is not None:
        on.registry.set(spynet.POLICY, "SSLOptions", ValueType.SZ, stored)
    if not helps:
        refuse_maps(on)
    before, values = ssl_options(on), written(on, monkeypatch)
    result = repair(PromptHost(on), {**QUICK, "ssl_options_workaround": workaround})
    consented = WORKAROUNDS[workaround]
    assert set(values) <= {consented, stored}
    if workaround == "never":
        assert values == []
    if values:
        assert values[0] == consented
    if result["report"]["after"]["connected"] and result["changed"]:
        assert ssl_options(on) == (ValueType.DWORD, consented)
    else:
        # A value of another type counts as not set, and is not written again.
        assert ssl_options(on) == (None if values and stored == "0" else before)
        assert result["changed"] is False or stored == "0"
    assert result["report"]["outcome"] != "failed", result["report"]["reason"]


def test_pinning_is_not_given_up_where_tls_is_inspected(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second consent asks SYSTEM first, also where no probe was asked for."""
    on = machine("tls_inspection")
    on.defender.choice = 1  # a code that an unreachable list gives, too
    values = written(on, monkeypatch)
    result = repair(PromptHost(on), {**QUICK, "ssl_options_workaround": "no_revocation_no_pinning"})
    assert values == []
    assert result["report"]["outcome"] == "not_repairable"
    assert "Certificate pinning was not given up" in result["report"]["reason"]


def test_no_loosening_for_a_code_that_it_cannot_mend(monkeypatch: pytest.MonkeyPatch) -> None:
    on = machine("crl_blocked")
    refuse_maps(on)
    on.defender.choice = 2  # 0x80072EFD: no list is asked for where nothing is connected
    values = written(on, monkeypatch)
    repair(PromptHost(on), CONSENT)
    assert values == []


def test_check_mode_writes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    on = machine("crl_blocked")
    values = written(on, monkeypatch)
    result = repair(PromptHost(on), CONSENT, check_mode=True)
    assert (values, result["report"]["outcome"]) == ([], "planned")
    (step,) = result["report"]["steps"]
    assert (step["after"]["ssl_options"], step["taken_back"]) == (2, False)


# --- A loosening that nobody judged ---------------------------------------------------------------------------------


def loosens(line: str) -> bool:
    return "SSLOptions" in line and "/d 2" in line


ERRORS: dict[str, RemoteError | ValueError] = {
    "time limit": CommandTimedOut("pc: not finished within the time limit"),
    "lost": Unreachable("pc: the connection broke"),
    "cut line": LineBroken("pc: the command line ended"),
    "not understood": ValueError("no such form"),
}


@pytest.mark.parametrize("error", ERRORS.values(), ids=list(ERRORS))
@pytest.mark.parametrize("times", [1, 2])
def test_a_loosening_whose_validation_gives_no_answer_is_taken_back(
    error: Exception, times: int, journal: Journal
) -> None:
    """`times`: also the first line of the taking back fails."""
    on = machine("crl_blocked")
    host, left = FaultyHost(on), [times]

    def fails(line: str) -> Exception | None:
        if ssl_options(on) is None or not left[0]:
            return None
        left[0] -= 1
        return error

    host.before = fails
    result = repair(host, CONSENT, journal)
    assert left == [0]
    assert ssl_options(on) is None
    assert result["report"]["outcome"] == "failed"
    assert "the loosening was taken back" in result["report"]["reason"]
    assert steps(result) == [("ssl_options", True, True)]
    assert (result["changed"], result["report"]["debt"]) == (False, [])


@pytest.mark.parametrize("error", ERRORS.values(), ids=list(ERRORS))
def test_a_loosening_whose_answer_is_lost_is_taken_back(error: Exception, journal: Journal) -> None:
    on = machine("crl_blocked")
    host, once = FaultyHost(on), [error]
    host.after = lambda line: once.pop() if loosens(line) and once else None
    result = repair(host, CONSENT, journal)
    assert once == []
    assert ssl_options(on) is None
    assert result["report"]["outcome"] == "failed"
    assert "It was taken back." in result["report"]["reason"]
    assert "SSLOptions" in result["report"]["reason"]
    assert (steps(result), result["changed"]) == ([("ssl_options", True, True)], False)


def test_a_loosening_that_did_not_help_goes_and_is_remembered(journal: Journal) -> None:
    on = machine("crl_blocked")
    refuse_maps(on)
    assert steps(repair(PromptHost(on), CONSENT, journal)) == [("ssl_options", True, True)]
    assert ssl_options(on) is None
    again = repair(PromptHost(on), CONSENT, journal)
    assert steps(again) == []
    assert "Not tried again: ssl_options did not help on " in again["report"]["reason"]


@pytest.mark.parametrize("how", ["refused", "lost"])
def test_a_loosening_that_cannot_be_taken_back_is_a_debt_that_is_known_or_unknown(how: str, journal: Journal) -> None:
    on = machine("crl_blocked")
    refuse_maps(on)
    host = FaultyHost(on)

    def fails(line: str) -> Exception | None:
        if ssl_options(on) is None:
            return None
        if how == "lost":
            return Unreachable("pc: gone")
        return CommandTimedOut("pc: refused") if "reg delete" in line and "SSLOptions" in line else None

    host.before = fails
    warnings: list[str] = []
    result = repair(host, CONSENT, journal, warnings=warnings)
    report = result["report"]
    assert ssl_options(on) == (ValueType.DWORD, 2)
    assert report["outcome"] == "failed"
    assert "could not be taken back" in report["reason"]
    assert (steps(result), result["changed"]) == ([("ssl_options", True, False)], True)
    if how == "lost":
        assert report["debt"] is None
        assert any("whether checks are switched off on this host is not known" in one for one in warnings)
    else:
        assert [one["lost"] for one in report["debt"]] == [["revocation_check"]]
    later = repair(PromptHost(on), NEVER, journal)
    assert (steps(later), ssl_options(on)) == ([("tighten", True, False)], None)
    assert later["report"]["debt"] == []


# --- What an earlier run left ---------------------------------------------------------------------------------------


def loosened_before(on: Machine, journal: Journal, value: int = 2) -> None:
    """By a run that ended before it validated."""
    journal.drive(PromptHost(on), spynet_operation(ssl_options=value))


def note_that_it_helped(on: Machine, seal: Seal) -> None:
    keys = history.Keys(lambda: seal, lambda: seal)
    asked: dict[str, Any] = {"present": True, "now": NOW, "check_mode": False, "keys": keys}
    (debt,) = run_operation(PromptHost(on), history.remember(step=None, depends_on="", **asked))["debt"]
    depends = history.helped(debt)
    run_operation(PromptHost(on), history.remember(step=history.HELPED, depends_on=depends, **asked))


def test_an_unproven_loosening_goes_first_and_without_consent_it_does_not_come_back(journal: Journal) -> None:
    on = machine("crl_blocked")
    loosened_before(on, journal)
    refuse_maps(on)
    result = repair(PromptHost(on), NEVER, journal)
    assert steps(result) == [("tighten", True, False)]
    assert ssl_options(on) is None
    assert (result["report"]["outcome"], result["report"]["debt"]) == ("not_repairable", [])
    assert "no validation showed that it helps" in result["report"]["steps"][0]["reason"]


def test_with_consent_an_unproven_loosening_is_tried_again_and_judged(journal: Journal) -> None:
    on = machine("crl_blocked")
    loosened_before(on, journal)
    refuse_maps(on)
    result = repair(PromptHost(on), CONSENT, journal)
    assert steps(result) == [("tighten", True, False), ("ssl_options", True, True)]
    assert ssl_options(on) is None


def test_check_mode_takes_nothing_back(journal: Journal) -> None:
    on = machine("crl_blocked")
    loosened_before(on, journal)
    refuse_maps(on)
    result = repair(PromptHost(on), NEVER, journal, check_mode=True)
    assert (steps(result), ssl_options(on)) == ([], (ValueType.DWORD, 2))
    assert [one["lost"] for one in result["report"]["debt"]] == [["revocation_check"]]


def test_a_loosening_that_helped_stays_while_maps_does_not_answer(journal: Journal) -> None:
    on = machine("crl_blocked")
    assert repair(PromptHost(on), CONSENT, journal)["report"]["outcome"] == "repaired"
    refuse_maps(on)
    result = repair(PromptHost(on), NEVER, journal)
    assert (steps(result), ssl_options(on)) == ([], (ValueType.DWORD, 2))
    assert [one["lost"] for one in result["report"]["debt"]] == [["revocation_check"]]


def test_that_it_helped_counts_only_where_the_key_proves_it(journal: Journal, tmp_path: pathlib.Path) -> None:
    on = machine("crl_blocked")
    loosened_before(on, journal)
    note_that_it_helped(on, OTHER_KEY)
    refuse_maps(on)
    result = repair(PromptHost(on), NEVER, journal)
    assert (steps(result), ssl_options(on)) == ([("tighten", True, False)], None)


def test_the_same_note_by_the_right_key_keeps_it(journal: Journal) -> None:
    on = machine("crl_blocked")
    loosened_before(on, journal)
    note_that_it_helped(on, SEAL)
    refuse_maps(on)
    assert steps(repair(PromptHost(on), NEVER, journal)) == []


def test_a_loosening_that_helps_is_proven_by_the_first_validation(journal: Journal) -> None:
    on = machine("crl_blocked")
    loosened_before(on, journal)
    assert steps(repair(PromptHost(on), NEVER, journal)) == []
    noted = run_operation(
        PromptHost(on),
        history.remember(
            step=None,
            depends_on="",
            present=True,
            now=NOW,
            check_mode=False,
            keys=history.Keys(lambda: SEAL, lambda: SEAL),
        ),
    )
    assert [one["step"] for one in plain(noted["after"])] == [history.HELPED]


def test_a_loosening_goes_where_the_lists_come_again(journal: Journal) -> None:
    on = machine("crl_blocked")
    repair(PromptHost(on), CONSENT, journal)
    answer_lists(on)
    result = repair(PromptHost(on), NEVER, journal)
    assert (steps(result), ssl_options(on)) == ([("tighten", True, False)], None)
    assert (result["report"]["outcome"], result["report"]["debt"]) == ("healthy", [])


def test_a_loosening_that_is_still_needed_is_tried_once(journal: Journal) -> None:
    """Without curl.exe nothing shows that the lists are out of reach, so only trying tells."""
    on = machine("crl_blocked")
    on.files.remove(CURL)
    repair(PromptHost(on), CONSENT, journal)
    result = repair(PromptHost(on), NEVER, journal)
    assert (steps(result), ssl_options(on)) == ([("tighten", True, True)], (ValueType.DWORD, 2))
    assert (result["report"]["outcome"], result["changed"]) == ("healthy", False)
    assert steps(repair(PromptHost(on), NEVER, journal)) == [], "it is remembered"


def test_an_unverified_record_only_tightens(journal: Journal, tmp_path: pathlib.Path) -> None:
    on = machine("crl_blocked")
    on.files.remove(CURL)
    repair(PromptHost(on), CONSENT, journal)
    other = Journal(tmp_path / "other", seal=OTHER_KEY)
    result = repair(PromptHost(on), NEVER, other)
    assert (steps(result), ssl_options(on)) == ([("tighten", True, False)], None)
    assert result["report"]["outcome"] == "failed", "MAPS answered before"
    assert "consent to it with remediate_ssl_options_workaround" in result["report"]["reason"]


def test_what_this_run_loosened_is_not_taken_back_for_an_older_debt(journal: Journal) -> None:
    on = machine("crl_blocked")
    on.files.remove(CURL)
    loosened_before(on, journal, value=1)
    note_that_it_helped(on, SEAL)
    result = repair(PromptHost(on), CONSENT, journal)
    assert (steps(result), ssl_options(on)) == ([("ssl_options", True, False)], (ValueType.DWORD, 2))
    assert result["report"]["outcome"] == "repaired"


def test_without_time_for_two_validations_nothing_is_tightened(journal: Journal) -> None:
    on = machine("crl_blocked")
    repair(PromptHost(on), CONSENT, journal)
    answer_lists(on)
    result = repair(PromptHost(on), NEVER, journal, time_left=lambda: 69.0)
    assert (steps(result), ssl_options(on)) == ([], (ValueType.DWORD, 2))
    assert "too little time is left" in result["report"]["reason"]
    assert steps(repair(PromptHost(on), NEVER, journal, time_left=lambda: 70.0)) == [("tighten", True, False)]


def test_a_value_that_cannot_be_read_is_no_proof_that_nothing_is_owed(journal: Journal) -> None:
    on = machine("crl_blocked")
    loosened_before(on, journal)
    on.registry.set(spynet.POLICY, "Filler", ValueType.SZ, "x" * 2_000_000)
    warnings: list[str] = []
    result = repair(PromptHost(on), NEVER, journal, warnings=warnings)
    assert result["report"]["debt"] is None
    assert any("relaxed checks of this host are unknown" in one for one in warnings)


def test_a_loosening_that_this_collection_did_not_make_is_left_alone(journal: Journal) -> None:
    on = machine("crl_blocked")
    on.registry.set_dword(spynet.POLICY, "SSLOptions", 2)
    refuse_maps(on)
    result = repair(PromptHost(on), NEVER, journal)
    assert (steps(result), ssl_options(on), result["report"]["debt"]) == ([], (ValueType.DWORD, 2), [])
