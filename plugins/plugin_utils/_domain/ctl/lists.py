r"""The lists of root certificates on the server that gives them to others: which files, where they lie, how they come.

One folder of ours holds three kinds: `lists`, which is what clients read; `incoming`, where certutil puts what Windows
Update has; and `previous-1` (the newest) to `previous-N`, the lists as they were before they changed. The folder that
clients read is touched only when everything has arrived, and the certificates come there before the list that names
them. Nothing is ever taken out of it by this line: Microsoft advises to keep roots that are no longer trusted until all
clients have the new list (Microsoft Learn, "Configure trusted roots and disallowed certificates": sure).
The same line runs when the task of the day does and when a playbook asks for it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ..._windows import certutil, files
from ..._windows.cmdline import Command, Literal, Outcome
from ..operation import Fact, Refused, was_found

REQUIRED: Final = ("authrootstl.cab", "disallowedcertstl.cab")
"""Without them clients have nothing to read (Microsoft Learn: sure)."""
EXPECTED: Final = ("disallowedcert.sst", "pinrulesstl.cab")
"""The first by Microsoft Learn (sure), the second by published scripts and Microsoft's analyzer (likely)."""
FILES: Final = (*REQUIRED, *EXPECTED)
LISTS, INCOMING, PREVIOUS = "lists", "incoming", "previous-"
ARRIVED: Final = "step:arrived"
"""Said when certutil ended well; what comes after it may leave errorlevel as it was (recalled)."""
LONGEST_PATH = 100
MOST_KEPT = 14
MOST_NAMES: Final = 256 * 1024
"""Bytes of a list of certificates, of which there are some 400 (Microsoft Learn: sure), and those that were dropped."""
DEFAULT_KEPT = 3
_PATH = re.compile(r"[A-Za-z]:(\\[A-Za-z0-9][A-Za-z0-9 ._-]*)+")
_OURS = re.compile(rf"{LISTS}|{INCOMING}|{PREVIOUS}\d{{1,2}}", re.IGNORECASE)
_CERTIFICATE = re.compile(r"[0-9a-f]{40}\.crt", re.IGNORECASE)


@dataclass(frozen=True)
class Place:
    """The folder of ours on the server."""

    root: str

    @property
    def lists(self) -> str:
        """What clients read."""
        return f"{self.root}\\{LISTS}"

    @property
    def incoming(self) -> str:
        return f"{self.root}\\{INCOMING}"

    def previous(self, number: int) -> str:
        return f"{self.root}\\{PREVIOUS}{number}"


def place(path: str, option: str = "path") -> Place:
    """The folder checked. Raises Refused."""
    if path.startswith("\\\\"):
        raise Refused(
            f"{option}: {path!a} is a share. A remote session cannot reach another host (second hop), so give the "
            "local folder on the server; clients read it through a share or a web server"
        )
    bare = path.rstrip("\\")
    parts = bare.lower().split("\\")
    if not _PATH.fullmatch(bare) or len(bare) > LONGEST_PATH or any(part[-1:] in (".", " ") for part in parts):
        raise Refused(
            f"{option}: {path!a} is not the full path of a folder on a drive, such as C:\\ctl, of at most "
            f"{LONGEST_PATH} letters, digits, spaces, dots, dashes and underscores"
        )
    if parts[1] in ("windows", "program files", "users", "programdata", "inetpub"):
        raise Refused(
            f"{option}: {path!a} is in a system folder, which has special permissions. Use a dedicated folder such "
            "as C:\\ctl, as Microsoft recommends"
        )
    return Place(bare)


def check_keep(keep: int) -> None:
    """Raises Refused."""
    if not 0 <= keep <= MOST_KEPT:
        raise Refused(f"keep: {keep} is not between 0 and {MOST_KEPT}")


def is_managed(name: str) -> bool:
    """Whether a name in the folder is one that we make."""
    return _OURS.fullmatch(name) is not None


def is_previous(name: str) -> bool:
    return is_managed(name) and name.lower().startswith(PREVIOUS)


def names(outcome: Outcome) -> list[str]:
    """What `dir /b` listed."""
    return [line.strip() for line in outcome.text.splitlines() if line.strip()] if was_found(outcome) else []


def certificates(outcome: Outcome) -> frozenset[str]:
    """The certificates that `dir /b` listed, in small letters; a root's file is named after its SHA-1."""
    return frozenset(name.lower() for name in names(outcome) if _CERTIFICATE.fullmatch(name))


def sync_line(at: Place, keep: int) -> Command:
    """Fetches everything anew and, when it is complete, puts it where clients read; lists that changed are kept."""
    fetch = files.make_directory(at.incoming).then_if_ok(certutil.sync_with_windows_update(at.incoming))
    fetch = fetch.then_if_ok(Command.of("echo", Literal(ARRIVED)))
    for name in REQUIRED:
        fetch = fetch.then_if_ok(files.list_names(f"{at.incoming}\\{name}").quiet())
    publish = files.copy_all(f"{at.incoming}\\*.crt", at.lists).quiet()
    for kind in ("sst", "cab"):
        publish = publish.then(files.copy_all(f"{at.incoming}\\*.{kind}", at.lists).quiet())
    if keep:
        publish = _same(at).otherwise(_keep(at, keep)).then(publish)
    return files.remove_tree(at.incoming).silent().then(fetch.then_if_ok(publish))


def _same(at: Place) -> Command:
    first, second = (files.compare(f"{at.incoming}\\{name}", f"{at.lists}\\{name}").quiet() for name in REQUIRED)
    return first.then_if_ok(second)


def _keep(at: Place, keep: int) -> Command:
    """Moves each kept generation one on, and copies what clients read now, if there is anything."""
    rotate = files.remove_tree(at.previous(keep)).silent()
    for number in range(keep - 1, 0, -1):
        rotate = rotate.then(files.rename(at.previous(number), f"{PREVIOUS}{number + 1}").silent())
    rotate = rotate.then(files.make_directory(at.previous(1)))
    for kind in ("cab", "sst"):
        rotate = rotate.then(files.copy_all(f"{at.lists}\\*.{kind}", at.previous(1)).quiet())
    return files.list_names(f"{at.lists}\\{REQUIRED[0]}").quiet().then_if_ok(rotate)


@dataclass(frozen=True)
class Lists:
    """What lies in a folder."""

    hashes: Mapping[str, str | None]
    """Name -> SHA-256; None: not there, or not readable."""
    certificates: frozenset[str]

    @property
    def missing(self) -> list[str]:
        """What clients cannot do without."""
        lacking = [name for name in REQUIRED if self.hashes[name] is None]
        return lacking if self.certificates else [*lacking, "THUMBPRINT.crt"]

    def shown(self) -> dict[str, object]:
        return {
            "files": [{"name": name, "sha256": self.hashes[name]} for name in FILES],
            "certificates": len(self.certificates),
        }


def lists_in(folder: str, prefix: str) -> Fact[Lists]:
    """The lists in a folder; `prefix` tells its commands from another folder's."""
    commands = {f"{prefix}.{name}": files.sha256(f"{folder}\\{name}") for name in FILES}
    commands[f"{prefix}.certificates"] = files.list_names(f"{folder}\\*.crt").up_to(MOST_NAMES)
    return Fact(commands, lambda outcomes: _parse(outcomes, prefix))


def _parse(outcomes: Mapping[str, Outcome], prefix: str) -> Lists:
    hashes = {}
    for name in FILES:
        outcome = outcomes[f"{prefix}.{name}"]
        hashes[name] = files.parse_hash(outcome.output) if outcome.ok else None
    return Lists(hashes, certificates(outcomes[f"{prefix}.certificates"]))
