"""The bases of the actions that keep a journal: see `journal_store`."""

from __future__ import annotations

from typing import Any

from .._domain.journal import Writer, journaled
from .._domain.operation import Operation
from .._remote import Host
from .host_action import HostAction, Task
from .journal_key import Key
from .journal_store import Store, journal_of, writer_of


class JournalAction(HostAction):
    """An action with the options `journal`, a directory on the controller, and `journal_key`."""

    def with_journal(self, store: Store | None, key: Key, task: Task) -> Operation[dict[str, Any]]:
        """The operation; `store` is None where no journal was given. Raises Refused."""
        raise NotImplementedError

    def prepared(self, host: Host, task: Task) -> Operation[dict[str, Any]]:
        store, key = journal_of(task, host)
        self.host = host
        return self.with_journal(store, key, task)

    def writer(self, store: Store | None, key: Key, task: Task) -> Writer | None:
        """Who writes the records of this task. Raises Refused."""
        return writer_of(self._task.action.rpartition(".")[2], self.host, store, key, task)


class ChangingAction(JournalAction):
    """An action that changes the host, and with a journal writes down what was there before."""

    def with_journal(self, store: Store | None, key: Key, task: Task) -> Operation[dict[str, Any]]:
        writer = self.writer(store, key, task)
        return self.operation(task) if writer is None else journaled(self.operation(task), writer)
