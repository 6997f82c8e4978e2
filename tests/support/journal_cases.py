"""Records, copies and operations of the journal, as the cases of every module's commands need them."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from ansible_collections.windefend.maps.plugins.plugin_utils._domain.defender import spynet
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.journal import (
    copy as journal_copy,
    record as journal_record,
    rollback,
    writer as journal_writer,
)
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.places import RegistryValue
from ansible_collections.windefend.maps.plugins.plugin_utils._domain.operation.protocol import Operation
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.cmdline import Outcome
from ansible_collections.windefend.maps.tests.support import journals
from ansible_collections.windefend.maps.tests.support.remediation import SEAL

NOW = 1_700_000_000.0


class Ledger:
    """A journal on the controller that remembers nothing."""

    def read(self) -> journal_record.JournalContents:
        return journal_record.JournalContents()

    def append(self, record: journal_record.Record) -> None:
        pass


def journaled(operation: Operation[Any], module: str) -> Operation[Any]:
    moment = dt.datetime.fromtimestamp(NOW, dt.UTC)
    writer = journal_writer.Writer("run", module, "pc", "pc", Ledger(), lambda: SEAL, lambda: moment)
    return journal_writer.journaled(operation, writer)


def taken_back() -> Operation[Any]:
    request = rollback.RollbackRequest("last", "host", True, False, NOW, SEAL, allow_loosening=True)
    return rollback.rollback(request, None)


def copies(*records: journal_record.Record) -> dict[str, Outcome]:
    """Our key with these records, and the machine that they are of."""
    values = [pair for one in records for pair in journal_copy.host_values(SEAL.signed(one)).items()]
    text = "".join(f"    {name}    REG_SZ    {text}\r\n" for name, text in values)
    return {**MACHINE, "journal.own": Outcome(0, text.encode())}


MACHINE = {"journal.machine": Outcome(0, f"    MachineGuid    REG_SZ    {journals.MACHINE}\r\n".encode())}
SSL = RegistryValue(spynet.POLICY, "SSLOptions")
ABSENT: dict[str, Any] = {"value": None, "missing": 1}
EVIDENCE = journals.record(
    "publisher_evidence", journal_record.Undo(journals.EVIDENCE, {"sha256": "0" * 64}, {"sha256": "1" * 64})
)
EVERYTHING = [
    replace(journals.RECORDS[name], at=f"20261124T11140{number}.123456Z")
    for number, name in enumerate(("spynet", "winhttp", "advanced", "firewall_rule"))
]
LOOSENED = journals.record("spynet", journal_record.Undo(SSL, ABSENT, journals.dword(2)))
