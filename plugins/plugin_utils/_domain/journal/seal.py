"""What proves that this collection wrote a record: HMAC-SHA256 (RFC 2104) with a key that never leaves the controller.

The code is part of the record, so it is the same in the file on the controller and in the copy on the host. It covers
everything but the contents of files, whose SHA-256 it covers. Each use has a key of its own, derived
from the secret with the version of the schema, so that no text of one use passes for one of another.
"""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from ..operation import Json
from .record import SCHEMA, Record, to_json

SHORTEST: Final = 32
"""Characters of a secret: the copies on hosts can be read by their users, who may try secrets as long as they like."""
LONGEST: Final = 1024
MOST_SECRETS: Final = 4


def secrets(given: str) -> tuple[str, ...]:
    """The secrets in a text: the first seals, the others, behind blanks, are older ones that are still believed.

    Raises ValueError, which never shows a secret.
    """
    found = tuple(given.split())
    if not 1 <= len(found) <= MOST_SECRETS:
        raise ValueError(f"it must contain 1 to {MOST_SECRETS} keys, separated by spaces")
    for one in found:
        if not SHORTEST <= len(one) <= LONGEST or not one.isascii() or not one.isprintable():
            raise ValueError(
                f"a key has {SHORTEST} to {LONGEST} printable ASCII characters without spaces, for example the "
                "output of 'openssl rand -hex 32'"
            )
    return found


class Seal:
    """Signs with the first secret and believes all of them."""

    def __init__(self, given: Sequence[str]) -> None:
        self._secrets = [one.encode("ascii") for one in given]

    def signed(self, record: Record) -> Record:
        """The record with its code."""
        return replace(record, mac=self.code("record", _covered(record)))

    def verifies(self, record: Record) -> bool:
        """Whether a record was signed with one of the secrets, and says for which machine."""
        return bool(record.machine) and self.fits("record", _covered(record), record.mac)

    def code(self, use: str, data: Json) -> str:
        """The code of `data`, which JSON must carry: 43 letters, digits, `-` and `_`."""
        return _code(self._secrets[0], use, data)

    def fits(self, use: str, data: Json, claimed: str) -> bool:
        """Whether `claimed` is the code of `data`, compared in constant time."""
        given = claimed.encode("utf-8", "surrogatepass")
        return any(hmac.compare_digest(_code(one, use, data).encode("ascii"), given) for one in self._secrets)


def _covered(record: Record) -> Json:
    return to_json(replace(record, mac=""), contents=False)


def _code(secret: bytes, use: str, data: Json) -> str:
    key = hmac.digest(secret, f"windefend.maps journal, schema {SCHEMA}: {use}".encode("ascii"), "sha256")
    text = json.dumps(data, sort_keys=True, separators=(",", ":")).encode("ascii")
    return base64.urlsafe_b64encode(hmac.digest(key, text, "sha256")).decode("ascii").rstrip("=")
