"""Runs lines through awinrm, several at once, and prints what came of each as JSON. Runs in an environment of its own,
which has awinrm and nothing of this project. Usage: awinrm_client.py URL LINE..."""

from __future__ import annotations

import asyncio
import json
import sys

from awinrm import Session  # type: ignore[import-not-found, unused-ignore]


async def _run(url: str, line: str) -> tuple[str, str, int]:
    async with Session(url) as session:
        out, err, code = await session.run_cmd(line)
        return out.decode("utf-8", "replace"), err.decode("utf-8", "replace"), code


async def _main(url: str, lines: list[str]) -> None:
    print(json.dumps(await asyncio.gather(*(_run(url, line) for line in lines))))


asyncio.run(_main(sys.argv[1], sys.argv[2:]))
