"""Damaged pieces are kept for a look, not for ever."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

from tracker.roof.upkeep import DAY_S, KEPT_S, daily, purge


def piece(spool: Path, name: str, age_s: float) -> Path:
    path = spool / "quarantine" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"damaged")
    os.utime(path, (time.time() - age_s, time.time() - age_s))
    return path


def test_old_pieces_go_and_young_ones_stay(tmp_path: Path) -> None:
    old, young = piece(tmp_path, "old.bad", KEPT_S + DAY_S), piece(tmp_path, "young.bad", KEPT_S - DAY_S)
    assert purge([tmp_path, tmp_path / "no-spool"], time.time()) == [old]
    assert young.exists()
    assert not old.exists()


def test_the_round_is_made_at_the_start_and_ends_when_it_is_stopped(tmp_path: Path) -> None:
    old, stop = piece(tmp_path, "old.bad", KEPT_S + DAY_S), threading.Event()
    running = threading.Thread(target=daily, args=([tmp_path], stop))
    running.start()
    stop.set()
    running.join(60)
    assert not running.is_alive()
    assert not old.exists() or purge([tmp_path], time.time()) == [old]
