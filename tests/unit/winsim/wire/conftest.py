"""A server with one host that allows Basic and unsealed messages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ansible_collections.windefend.maps.tests.unit.winsim.wire.client import Client
from ansible_collections.windefend.maps.tests.unit.winsim.wire.fake import FakeHost
from ansible_collections.windefend.maps.winsim.wire.backend import Limits
from ansible_collections.windefend.maps.winsim.wire.server import Server, serve_in_thread

ADDRESS = "127.0.73.1"


@pytest.fixture
def host() -> FakeHost:
    return FakeHost(allowed=Limits(allow_basic=True, allow_unencrypted=True))


@pytest.fixture
def server(host: FakeHost) -> Iterator[Server]:
    with serve_in_thread({ADDRESS: host}) as running:
        yield running


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    client = Client(ADDRESS, server.port)
    yield client
    client.connection.close()
