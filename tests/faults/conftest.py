"""What the tests of faults share: one ClickHouse server, which every test finds up and leaves as it likes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.clickhouse import ClickHouse


@pytest.fixture(scope="session")
def one_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouse]:
    server = ClickHouse(tmp_path_factory.mktemp("clickhouse-server"))
    server.start()
    yield server
    server.close()


@pytest.fixture
def server(one_server: ClickHouse) -> ClickHouse:
    """Up and answering; tests keep apart by database."""
    one_server.ensure()
    return one_server
