"""The tables of docs/connections.md, from those to which a test holds the collection."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from ...tests.support import connection_table as table
from ...tests.support.connection_table import Protection, Refused, Result


class _Notes:
    """Why what is refused is refused: a letter in the table, and the text below it."""

    def __init__(self) -> None:
        self._letters: dict[Refused, str] = {}

    def cell(self, result: Result) -> str:
        if isinstance(result, Protection):
            return result.value
        letter = self._letters.setdefault(result, chr(ord("a") + len(self._letters)))
        return f"refused ({letter})"

    def lines(self) -> Iterator[str]:
        for refused, letter in self._letters.items():
            why = f"{refused.why}. " if refused.why else ""
            yield f"- ({letter}) {why[:1].upper()}{why[1:]}The message says: {refused.said}"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _head(*titles: str) -> Iterator[str]:
    yield _row(*titles)
    yield "|---" * len(titles) + "|"


def _table(titles: Iterable[str], rows: Iterable[tuple[Iterable[str], Iterable[Result]]]) -> Iterator[str]:
    notes = _Notes()
    yield from _head(*titles)
    for names, results in rows:
        yield _row(*names, *map(notes.cell, results))
    yield ""
    yield from notes.lines()


def logons() -> Iterator[str]:
    """Over WS-Management: connection, authentication and scheme, with each encryption of messages."""
    titles = ("connection", "authentication", "scheme", *(f"`{one}`" for one in table.ENCRYPTIONS))
    yield from _table(titles, (([f"`{one}`" for one in key], results) for key, results in table.MATRIX.items()))


def certificates() -> Iterator[str]:
    """What comes of a host's certificate."""
    rows = ((title, result) for title, (_kind, _file, result) in table.CERTIFICATES.items())
    yield from _table(("certificate of the host", "`winrm`, `psrp`"), (([title], [result]) for title, result in rows))


def ssh() -> Iterator[str]:
    """The logons over ssh with each default shell of a host."""
    results = [Protection.SSH] * len(table.SHELLS)
    yield from _table(("logon", *(f"`{one}`" for one in table.SHELLS)), (([one], results) for one in table.SSH_LOGONS))


def addresses() -> Iterator[str]:
    """How an IPv6 address is written."""
    titles = ("`ansible_host`", *(f"`{one}`" for one in table.CONNECTIONS))
    rows = table.ADDRESSES.items()
    yield from _table(titles, (([f'`"{host}"`'], [of[one] for one in table.CONNECTIONS]) for host, of in rows))


def conditions() -> Iterator[str]:
    """What is refused whatever else is right."""
    yield from _head("condition", "connection", "what the message says")
    for one in table.CONDITIONS:
        yield _row(one.title[:1].upper() + one.title[1:], ", ".join(f"`{name}`" for name in one.connections), one.said)


PARTS: dict[str, Callable[[], Iterator[str]]] = {
    "logons": logons,
    "certificates": certificates,
    "ssh": ssh,
    "addresses": addresses,
    "conditions": conditions,
}
