"""The schema: numbered, checksummed, forward-only SQL files.

in   schema/NNNN_name.sql as they stand (one server, embedded), or rendered for a cluster at two markers
out  the tables, and a row per file in `migrations`
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib import resources

import msgspec

from tracker.errors import StoreRefused
from tracker.store import Store

TABLE_EXISTS, COLUMN_EXISTS = 57, 15


@dataclass(frozen=True, slots=True)
class Migration:
    number: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()

    def statements(self, cluster: str = "") -> list[str]:
        """What is run, in order: comments dropped, the cluster's markers filled."""
        lines = (line.split("--", 1)[0].rstrip() for line in self.sql.splitlines())
        text = "\n".join(line for line in lines if line)
        text = text.replace("/*on_cluster*/", f"ON CLUSTER {cluster}" if cluster else "")
        text = text.replace("/*replicated*/", "Replicated" if cluster else "")
        return [statement.strip() for statement in text.split(";") if statement.strip()]


def migrations() -> list[Migration]:
    files = sorted(f.name for f in resources.files("tracker").joinpath("schema").iterdir() if f.name.endswith(".sql"))
    return [Migration(int(f[:4]), f[5:-4], resources.files("tracker").joinpath("schema", f).read_text()) for f in files]


def applied(store: Store) -> dict[int, str]:
    """number -> checksum of what this database has."""
    store.command(
        "CREATE TABLE IF NOT EXISTS migrations (number UInt32, name String, checksum String, applied_at DateTime64(3, 'UTC') DEFAULT now64(3))"
        " ENGINE = MergeTree ORDER BY number"
    )
    return {row["number"]: row["checksum"] for row in store.rows("SELECT number, checksum FROM migrations")}


def migrate(store: Store, cluster: str = "") -> list[Migration]:
    """Apply what is missing, oldest first, and say what that was.

    Raises StoreRefused where an applied file was changed afterwards: write a new file instead.
    """
    done = applied(store)
    missing = []
    for migration in migrations():
        if migration.number not in done:
            missing.append(migration)
        elif done[migration.number] != migration.checksum:
            raise StoreRefused(f"Migration {migration.number:04d}_{migration.name} was changed after it was applied. Restore it and add a new file.")
    for migration in missing:
        for statement in migration.statements(cluster):
            run(store, statement)
        row = {"number": migration.number, "name": migration.name, "checksum": migration.checksum}
        store.insert("migrations", msgspec.json.encode(row))
    return missing


def run(store: Store, statement: str) -> None:
    """What is there already was left by a start that was interrupted, or made this moment by another process that starts beside this one."""
    try:
        store.command(statement)
    except StoreRefused as refused:
        if refused.code not in (TABLE_EXISTS, COLUMN_EXISTS):
            raise
