"""Files that a report leaves beside it: the requests to each team, and the history of a fleet."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .._domain.language import shown_all
from .._report import history, request_texts
from . import atomic_file
from .controller_action import WantedFile, read

FOLDER = "requests"


def requests(beside: str, fleet: Mapping[str, Any], language: str) -> list[WantedFile]:
    """The files of requests in a folder beside a report. One of an earlier report says that nothing is left."""
    folder = Path(beside).parent / FOLDER
    found = request_texts.files(fleet, language)
    if folder.is_dir():
        for path in sorted(folder.iterdir()):
            if path.suffix in (".md", ".csv") and path.name not in found and path.is_file():
                content = atomic_file.read(str(path))
                if content is not None and request_texts.is_ours(content):
                    found[path.name] = request_texts.nothing_left(path.name, language)
    return [
        WantedFile(str(folder / name), text, {"format": "requests", "dest": str(folder / name)}, "requests", True, True)
        for name, text in found.items()
    ]


def with_history(path: str, fleet: Mapping[str, Any], days: float) -> tuple[list[Mapping[str, Any]], WantedFile]:
    """The entries of a history with that of a report, and its file as it should be. Raises Refused, OSError."""
    entries = history.with_entry(_entries(read(path, "history") or b""), fleet, days)
    text = "".join(json.dumps(one, sort_keys=True) + "\n" for one in entries)
    return entries, WantedFile(path, text, {"format": "history", "dest": path}, "history", False)


def _entries(content: bytes) -> Iterator[Mapping[str, Any]]:
    """The entries of a file, safe to show; a line that is none is left out."""
    for line in content.decode("utf-8", errors="replace").splitlines():
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict):
            yield shown_all(found)
