"""What the tests of faults share: one ClickHouse server, which every test finds up and leaves as it likes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.clickhouse import ClickHouse
from tests.faults.far import Far
from tests.faults.proxy import Proxy


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


@pytest.fixture
def far(server: ClickHouse, tmp_path: Path) -> Iterator[Far]:
    with Proxy(server.port) as proxy:
        far = Far(server, proxy, tmp_path / "spool")
        yield far
        far.close()
