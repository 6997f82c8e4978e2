"""FILETIME: 100 ns since 1601-01-01 UTC in eight bytes, little-endian ([MS-DTYP] 2.3.3: *sure*)."""

from __future__ import annotations

import datetime as dt

_EPOCH = dt.datetime(1601, 1, 1, tzinfo=dt.UTC)


def decode(data: bytes) -> dt.datetime | None:
    """The moment; None for zero, which stands for never, and for bytes that are no FILETIME."""
    number = int.from_bytes(data, "little")
    if len(data) != 8 or not number:
        return None
    try:
        return _EPOCH + dt.timedelta(microseconds=number // 10)
    except OverflowError:
        return None


def iso(moment: dt.datetime) -> str:
    """The moment as results and reports show it: `2026-04-29T06:14:57Z`."""
    return moment.astimezone(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def hours_since(moment: dt.datetime | None, now: float) -> float | None:
    """Hours, to a tenth, from a moment to `now` (POSIX time); None where there is none."""
    if moment is None:
        return None
    return round((now - moment.timestamp()) / 3600, 1) + 0.0  # no minus before a zero
