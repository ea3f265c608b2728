"""`tracker import` as a library: a file of events into rows of `events`, resumable, repeatable.

in   a file (plain or gzip), a Site, a format, for csv a map; a sink that stores lines of JSON
out  the rows through the sink, in chunks whose tokens name them for ever; Imported says what was taken and refused
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Literal, get_args

from tracker.errors import BadSetting
from tracker.imports.chunks import Chunks, Sink
from tracker.imports.ids import Repeats
from tracker.imports.lines import is_packed, lines
from tracker.imports.progress import Example, Progress, key, load, save
from tracker.sites import Site
from tracker.vocabularies.combined import Combined
from tracker.vocabularies.csv_file import Csv
from tracker.vocabularies.csv_map import load_map
from tracker.vocabularies.draft import Format
from tracker.vocabularies.ndjson import Tracker
from tracker.vocabularies.segment import Segment

FormatName = Literal["tracker", "segment", "csv", "combined"]
FORMATS: tuple[str, ...] = get_args(FormatName)
PACKED_RATIO = 10  # a guess, for the size of a bit map only


@dataclass(frozen=True, slots=True)
class Imported:
    """Totals over all runs of this import; `lines` are records with something in them, without a header."""

    lines: int
    events: int
    skipped: int  # fine lines that are no event, as a picture in an access log
    refused: Counter[str]
    examples: tuple[Example, ...]
    resumed_at_byte: int
    took_s: float
    already_done: bool


def import_file(
    path: Path, site: Site, fmt: str, map_path: Path | None, sink: Sink, state_dir: Path, now_ms: int, progress: Callable[[int, int], None],
) -> Imported:  # fmt: skip
    """Raises BadSetting (the map), BadInput (the file as a whole), and what the sink raises: then call again, it goes on where it was."""
    started = time.monotonic()
    reader, map_bytes = opened(fmt, site, map_path)
    repeats, digest, size = first_look(path, reader)
    file_key = key(digest, site.name, fmt, map_bytes)
    state_path = state_dir / f"{file_key}.json"
    state = load(state_path)
    already_done, resumed_at = state is not None and state.done, state.after if state else 0
    if state is None:
        state = Progress(started_at_ms=now_ms)
        save(state_path, state)
    if not already_done:
        chunks = Chunks(site, reader, sink, state, file_key, lambda: save(state_path, state))
        for record in reader.records(lines(path, until=size)):
            event_id = repeats.event_id(record.raw)
            if record.after > resumed_at:
                chunks.take(record, event_id)
                if chunks.full:
                    chunks.flush(record.after)
                    progress(record.after, size)
        state.done = True
        chunks.flush(size)
    progress(size, size)
    return Imported(
        state.lines, state.events, state.skipped, Counter(state.refused), tuple(state.examples), resumed_at, time.monotonic() - started, already_done,
    )  # fmt: skip


def opened(fmt: str, site: Site, map_path: Path | None) -> tuple[Format, bytes]:
    if fmt not in FORMATS:
        raise BadSetting(f"--format is {fmt!r}; it should be one of {', '.join(FORMATS)}")
    if fmt == "csv":
        if map_path is None:
            raise BadSetting("--format csv needs --map FILE.toml, which says what the columns mean (docs/import.md)")
        return Csv(load_map(map_path), map_path), map_path.read_bytes()
    if map_path is not None:
        raise BadSetting(f"--map is for --format csv; {fmt} needs none")
    if fmt == "segment":
        return Segment(), b""
    return (Combined(site.origins[0] if site.origins else ""), b"") if fmt == "combined" else (Tracker(), b"")


def first_look(path: Path, reader: Format) -> tuple[Repeats, str, int]:
    """Reads the whole file: its digest and size, what repeats in it, and whether it can be read at all."""
    repeats = Repeats(path.stat().st_size * (PACKED_RATIO if is_packed(path) else 1))
    digest, size = sha256(), 0
    for record in reader.records(lines(path, digest)):
        repeats.note(record.raw)
        size = record.after
    repeats.noted()
    return repeats, digest.hexdigest(), size
