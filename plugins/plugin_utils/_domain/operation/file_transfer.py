"""Files that travel through the shell: which can, and how one that was replaced is brought back.

A file is brought back from the backup beside it, or from what the journal on the controller holds. As when it was
replaced (see `publisher_evidence`), the old text comes into a second file, and only when Windows' own SHA-256 says that
it arrived whole, that one takes the place of the file, in one step.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ..._windows import files
from ..._windows.cmdline import CannotCarry, Command
from .places import File
from .protocol import Ask, HostError, Operation

LARGEST_FILE: Final = 256 * 1024
"""Bytes of a file that goes in one message: in Base64 it stays below MaxEnvelopeSizekb, 500 by default."""
MOST_READ: Final = 4 * LARGEST_FILE
"""Bytes that are read of a file, so that one that is too large to be edited is named with its size."""


def split_last_line(content: bytes) -> tuple[bytes, str]:
    """What findstr carries, and the last line where it has no line end. Raises CannotCarry."""
    head, line_feed, last = content.rpartition(b"\n")
    if not last:
        return content, ""
    if not last.isascii():
        raise CannotCarry("its last line has no line end and contains non-ASCII characters")
    if not line_feed:
        raise CannotCarry("it is a single line without a line end")
    return head + line_feed, last.decode("ascii")


def demand_carried(path: str, content: bytes) -> None:
    """Raises HostError for a file that the shell's own tools cannot write back byte for byte."""
    longest = max(len(line) + 1 for line in content.split(b"\n"))
    reason = ""
    if len(content) > LARGEST_FILE:
        reason = f"it has {len(content)} bytes, and at most {LARGEST_FILE} fit in one message"
    elif longest > files.LONGEST_LINE:
        reason = f"one of its lines has {longest} bytes, but findstr supports at most {files.LONGEST_LINE}"
    else:
        try:
            _head, last = split_last_line(content)
            if last:
                files.append_without_line_end(last, path)
        except CannotCarry as error:
            reason = str(error)
    if reason:
        raise HostError(
            f"{path} cannot be written back through the shell unchanged: {reason}. Nothing was changed; edit it by "
            "other means (a software distribution, a group policy preference)"
        )


def restore(place: File, sha256: str, backups: Iterable[str], content: bytes | None) -> Operation[None]:
    """Puts the file with this SHA-256 back. Raises HostError; the file is then as it was found."""
    failed = []
    for backup in backups:
        answer = yield Ask(
            {
                "copy": files.copy(backup, place.new).with_errors(),
                "new": files.sha256(place.new),
            }
        )
        if files.parse_hash(answer["new"].output) == sha256:
            yield from _take_place(place, sha256)
            return
        failed.append(f"{backup}: {answer['copy'].text.strip() or 'another text'}")
    if content is None:
        raise HostError(
            f"{place.path} cannot be restored: its backup on the host is missing or was altered, and the journal on "
            f"the controller was not given or has no copy of it ({'; '.join(failed)})"
        )
    yield from _write(place, sha256, content)
    yield from _take_place(place, sha256)


def _write(place: File, sha256: str, content: bytes) -> Operation[None]:
    demand_carried(place.path, content)
    head, last = split_last_line(content)
    commands: dict[str, Command] = {"write": files.write_from_stdin(place.new).with_errors()}
    if last:
        commands["last"] = files.append_without_line_end(last, place.new)
    answer = yield Ask({**commands, "new": files.sha256(place.new)}, stdin=head)
    if files.parse_hash(answer["new"].output) != sha256:
        said = answer["write"].text.strip()
        yield from remove([place.new])
        raise HostError(
            f"{place.path} cannot be restored: its previous content was not transferred completely ({said})"
        )


def _take_place(place: File, sha256: str) -> Operation[None]:
    answer = yield Ask({"move": files.replace(place.new, place.path).with_errors(), "after": files.sha256(place.path)})
    if files.parse_hash(answer["after"].output) != sha256:
        raise HostError(f"{place.path} could not be replaced; output of move: {answer['move'].text.strip() or 'none'}")


def looking(paths: Iterable[str]) -> dict[str, Command]:
    """Commands that succeed for those of the files that are there."""
    return {f"look {path}": files.list_names(path) for path in paths}


def remove(paths: Iterable[str]) -> Operation[list[str]]:
    """Removes files of ours and returns those that are still there."""
    chosen = list(paths)
    commands = {f"remove {path}": files.remove_file(path).with_errors() for path in chosen}
    answer = yield Ask({**commands, **looking(chosen)}, retry_on_disconnect=True)
    return [path for path in chosen if answer[f"look {path}"].ok]


def removing(path: str) -> Command:
    """The command that removes one of these files. Raises CannotCarry."""
    return files.remove_file(path).with_errors()


def commands(place: File, content: bytes | None) -> list[Command]:
    """Every command that `restore` may send. Raises CannotCarry, and HostError for a content that cannot go."""
    found = [
        files.copy(place.backup, place.new),
        files.sha256(place.new),
        files.replace(place.new, place.path),
        files.sha256(place.path),
    ]
    if content is not None:
        demand_carried(place.path, content)
        _head, last = split_last_line(content)
        found += [files.write_from_stdin(place.new)]
        found += [files.append_without_line_end(last, place.new)] if last else []
    return found
