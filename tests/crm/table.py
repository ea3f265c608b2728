"""The customer table of a CRM, kept right by messages that come twice, late and in any order between subjects.

in   a message, its signature checked
out  whom to call back, which stage each customer is in, which visits they made

Nothing is changed in place: messages are kept by their ids, and what holds is asked of them. So a repetition is a row that is there
already, and a retraction counts before and after the message that it takes back.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS messages (
    message_id TEXT PRIMARY KEY,            -- webhook-id: the same on every try
    type       TEXT NOT NULL,
    subject    TEXT NOT NULL,               -- the id of a cart, a session, a customer
    version    INTEGER NOT NULL,            -- of its document: the highest one holds
    retracts   TEXT,                        -- the message that is taken back
    data       TEXT NOT NULL
);
CREATE VIEW IF NOT EXISTS standing AS
    SELECT * FROM messages
    WHERE type != 'cart.retracted' AND message_id NOT IN (SELECT retracts FROM messages WHERE retracts IS NOT NULL);
CREATE VIEW IF NOT EXISTS latest AS
    SELECT subject, type, max(version) AS version, data FROM standing GROUP BY subject;
CREATE VIEW IF NOT EXISTS call_back AS
    SELECT subject AS cart_id, data ->> '$.owner.customer_id' AS customer_id, data FROM latest WHERE type = 'cart.abandoned';
"""
NAMES = {"cart": "cart_id", "session": "session_id", "customer": "customer_id"}


class Table:
    def __init__(self, path: Path) -> None:
        self.path = path
        with closing(self.opened()) as base:
            base.executescript(SCHEMA)

    def opened(self) -> sqlite3.Connection:
        base = sqlite3.connect(self.path, timeout=10)
        base.execute("PRAGMA journal_mode=WAL")
        return base

    def take(self, message_id: str, payload: dict[str, Any]) -> None:
        """Returns when it is on disk; of a message that is there already nothing changes."""
        kind, data = payload["type"], payload["data"]
        name = NAMES.get(kind.partition(".")[0])
        if name is None:  # a ping, or a type that came after this was written
            return
        row = (message_id, kind, data[name], data["version"], data.get("retracts", {}).get("message_id"), json.dumps(data))
        with closing(self.opened()) as base, base:
            base.execute("INSERT OR IGNORE INTO messages VALUES (?, ?, ?, ?, ?, ?)", row)

    def asked(self, query: str) -> list[tuple[Any, ...]]:
        with closing(self.opened()) as base:
            return base.execute(query).fetchall()

    def call_back(self) -> dict[str, dict[str, Any]]:
        """The carts whose owners may be reminded."""
        return {cart_id: json.loads(data) for cart_id, data in self.asked("SELECT cart_id, data FROM call_back")}

    def recovered(self) -> set[str]:
        return {cart_id for (cart_id,) in self.asked("SELECT subject FROM latest WHERE type = 'cart.recovered'")}

    def retracted(self) -> set[str]:
        return {cart_id for (cart_id,) in self.asked("SELECT subject FROM messages WHERE type = 'cart.retracted'")}

    def stages(self) -> dict[str, str]:
        told = self.asked("SELECT subject, data ->> '$.lifecycle.stage' FROM latest WHERE type = 'customer.lifecycle_changed'")
        return dict(told)

    def visits(self) -> dict[str, int]:
        return dict(self.asked("SELECT subject, version FROM latest WHERE type = 'session.closed'"))
