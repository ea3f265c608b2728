"""The examples of the messages: `python -m tests.crm.examples` runs the story and writes what was delivered to profiles/webhooks/examples.json.

in   tests/crm/story.py
out  by type, one body of it
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from profiles.webhooks.messages import MESSAGES
from tests.crm.story import Story
from tests.house.tree import ROOT
from tests.profiles.conftest import apis
from tests.profiles.samples import FixedClock
from tests.profiles.webhooks.receiver import Got, Receiver
from tracker.migrate import migrate
from tracker.registry import Registry
from tracker.sites import Site
from tracker.store import Store

FILE = ROOT / "profiles" / "webhooks" / "examples.json"


def by_type(got: Iterable[Got]) -> dict[str, Any]:
    """In the order of MESSAGES; of several the plainest: nobody is suppressed, a rule met a cart."""
    bodies = sorted((json.loads(each.body) for each in got), key=plainness, reverse=True)
    return {name: {body["type"]: body for body in bodies}[name] for name in MESSAGES}


def plainness(body: dict[str, Any]) -> tuple[int, str, str]:
    data = body["data"]
    return len(data.get("suppressed", ())), data.get("subject", ""), body["timestamp"]


def write() -> None:
    with tempfile.TemporaryDirectory() as folder:
        store, receiver = Store(f"chdb://{folder}/clickhouse"), Receiver()
        migrate(store)
        with apis(store, Registry(store, Path(folder), FixedClock()), Path(folder)) as api_of:
            Story(api_of(Site(name="shop", site_key="", origins=("https://shop.example",))), receiver).tell()
        FILE.write_text(json.dumps(by_type(receiver.got), indent=1, ensure_ascii=False) + "\n")
        receiver.close()
        store.close()


if __name__ == "__main__":
    write()
