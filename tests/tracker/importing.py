"""An import without a database: the chunks as the sink got them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.house.tree import ROOT
from tracker.imports import Imported, import_file
from tracker.sites import Site

NOW_MS = 1_732_233_600_000
REES46 = ROOT.parent / "shared" / "data" / "rees46" / "2019-oct-first-hours.csv"
REES46_MAP = ROOT / "tracker" / "vocabularies" / "rees46.toml"


def rees46() -> Path:
    assert REES46.exists(), f"This test needs the REES46 data at {REES46}; see the data folder's README"
    return REES46


class SinkDied(Exception):
    pass


@dataclass
class Sink:
    """Remembers chunks by token; dies at chunk `dies_at`, after having taken it where `takes_it` says so."""

    dies_at: int = -1
    takes_it: bool = False
    chunks: list[tuple[str, list[bytes]]] = field(default_factory=list)

    def __call__(self, lines: list[bytes], token: str) -> None:
        dying = len(self.chunks) == self.dies_at
        if not dying or self.takes_it:
            self.chunks.append((token, list(lines)))
        if dying:
            raise SinkDied

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [json.loads(line) for _, lines in self.chunks for line in lines]

    @property
    def ids(self) -> list[str]:
        return [row["event_id"] for row in self.rows]


def bring_in(
    path: Path, fmt: str, sink: Sink, map_path: Path | None = None, site: str = "shop", now_ms: int = NOW_MS, state: Path | None = None,
) -> Imported:  # fmt: skip
    made = Site(name=site, site_key="pk_x", origins=("https://shop.example",))
    return import_file(path, made, fmt, map_path, sink, state or path.parent / "imports", now_ms, lambda at, of: None)


def taken(folder: Path, text: str | bytes, fmt: str, map_text: str = "") -> tuple[Imported, list[dict[str, Any]]]:
    """What becomes of these lines."""
    path, map_path, sink = folder / "file", folder / "map.toml", Sink()
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    if map_text:
        map_path.write_text(map_text)
    return bring_in(path, fmt, sink, map_path if map_text else None), sink.rows
