"""The real writer on the real engine: `python -m tests.faults.crashing_writer DATA [MOMENT OPERATION HIT]`. Ends at its point, or with the spool."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.faults.crashing import CrashingDisk, Point
from tracker.store import Store
from tracker.writer import Writer


class CrashingStore(Store):
    def __init__(self, dsn: str, point: Point) -> None:
        super().__init__(dsn, readers=1)
        self.point = point

    def insert(self, table: str, body: bytes, token: str = "") -> None:
        self.point.reach("before", f"insert {table}")
        super().insert(table, body, token)
        self.point.reach("after", f"insert {table}")


def main(data: str, *arguments: str) -> None:
    point = Point.of([*arguments])
    store = CrashingStore(f"chdb://{Path(data) / 'clickhouse'}", point)
    Writer(store, [Path(data) / "spool" / "collect"], files=CrashingDisk(point)).drain()
    store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
