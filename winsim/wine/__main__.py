"""Serves one Wine host until it is interrupted: `python -m ansible_collections.windefend.maps.winsim.wine`."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path

from ..wire.backend import Credential, Limits
from ..wire.server import serve_in_thread
from .backend import WineHost
from .build import NoCompiler
from .prefix import InUse, NoWine, Prefix


def main() -> int:
    """Serves, and returns the exit status: 1 when Wine or the compiler is missing or the folder is in use."""
    parser = argparse.ArgumentParser(prog="winsim.wine", description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("build/wine"), help="where Wine's files go")
    parser.add_argument("--address", default="127.0.90.1", help="a loopback address")
    parser.add_argument("--port", type=int, default=5985)
    parser.add_argument("--user", default="Administrator")
    parser.add_argument("--password", default="winsim")
    options = parser.parse_args()
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_unused: ended.set())
    try:
        with Prefix(options.folder) as prefix:
            host = WineHost(
                prefix,
                [Credential(options.user, options.password)],
                Limits(allow_basic=True, allow_unencrypted=True),
            )
            with serve_in_thread({options.address: host}, options.port) as server:
                print(f"Wine answers at http://{options.address}:{server.port}/wsman", flush=True)
                ended.wait()
    except (NoWine, NoCompiler, InUse, OSError, ValueError) as error:
        print(f"winsim.wine: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
