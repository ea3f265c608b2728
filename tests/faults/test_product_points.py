"""Killed at every named point: before and after each operation on the disk, each insert, each unlink; started again each time."""

from __future__ import annotations

import itertools
import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
import msgspec

from tests.faults.crashing import CHANGES, INSERTS, Point
from tests.faults.oracle import Oracle, payload
from tests.faults.sizes import LONG
from tests.faults.stored import rows_of, stored
from tests.product import ROOT, environment, tracker
from tracker import ledger
from tracker.ledger import Tally
from tracker.roof.supervisor import listen
from tracker.row import EventRow
from tracker.segment import framed, new_name
from tracker.sites import Site, write_site_file
from tracker.store import Store
from tracker.writer import Writer

DIE_S = 120

# operation -> which hits a life of the door, or of the writer, reaches
OFTEN = (1, 3) if LONG else (1,)
MOMENTS = ("before", "after") if LONG else ("after",)  # for the disk, before an operation is after the one before it
Hits = Mapping[str, tuple[int, ...]]
REPEATED = ("open_new", "write", "fdatasync", "close", "rename", "fsync_directory")
OF_THE_DOOR: Hits = {name: OFTEN if name in REPEATED else (1,) for name in CHANGES}
OF_QUARANTINE = () if not LONG else ("make_directory", "open_again", "truncate", "write", "fdatasync", "close", "fsync_directory")
OF_THE_WRITER: Hits = {**dict.fromkeys((*INSERTS, "unlink"), OFTEN), **dict.fromkeys(OF_QUARANTINE, (1,))}


def points(hits: Hits) -> Iterator[Point]:
    for operation, moment in itertools.product(hits, MOMENTS):
        yield from (Point(moment, operation, hit) for hit in hits[operation])


def start(part: str, data: Path, fd: int | None = None, point: Point | None = None) -> subprocess.Popen[str]:
    """One life of a part, up to its point if it has one."""
    where = [point.moment, point.operation, str(point.hit)] if point else []
    sockets = [fd] if fd is not None else []
    command = [sys.executable, "-m", f"tests.faults.crashing_{part}", str(data), *map(str, sockets), *where]
    return subprocess.Popen(command, cwd=ROOT, env=environment(data), pass_fds=sockets, stderr=subprocess.PIPE, text=True)


def dies_at(point: Point, child: subprocess.Popen[str]) -> None:
    """A child that is not killed has not come to its point: then this point is tried by nobody."""
    try:
        _, said = child.communicate(timeout=DIE_S)
    except subprocess.TimeoutExpired:
        child.kill()
        _, said = child.communicate()
        raise AssertionError(f"{point} was not reached: {said}") from None
    assert child.returncode == -signal.SIGKILL, f"{point}: {said}"


def leave_behind(spool: Path) -> None:
    """What other crashes may have left: a torn tail, a file in which nothing was written, a file that is no segment."""
    shutil.rmtree(spool / "quarantine", ignore_errors=True)
    spool.mkdir(parents=True, exist_ok=True)
    whole = framed([ledger.line(Tally())])
    (spool / f"{new_name()}.open").write_bytes(whole + whole[:-3])
    (spool / f"{new_name()}.open").write_bytes(b"")
    (spool / "no-segment.seg").write_bytes(b"?")


def test_a_door_killed_at_every_operation_keeps_what_it_acknowledged(store: Store, site: Site, tmp_path: Path) -> None:
    spool = tmp_path / "spool" / "collect"
    write_site_file(tmp_path / "sites.json", (site,))
    with listen("127.0.0.1", 0, "--port") as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with Oracle(lambda: address, site.site_key, senders=2, events_per_batch=6, batches_per_s=200) as oracle:
            for point in points(OF_THE_DOOR):
                leave_behind(spool)
                dies_at(point, start("door", tmp_path, listener.fileno(), point))
            leave_behind(spool)
            last = start("door", tmp_path, listener.fileno())
            oracle.more_acknowledged(30)
        last.terminate()
        last.communicate(timeout=DIE_S)
    assert (last.returncode, oracle.of("refused", "unknown")) == (0, set())
    assert list(spool.glob("*.open")) == []
    Writer(store, [spool]).drain()
    oracle.verdict(rows_of(store, site.name))
    assert [path.read_bytes() for path in (spool / "quarantine").iterdir()] == [b"?"]


def test_a_door_with_a_gigabyte_behind_it_is_ready_without_reading_it(site: Site, tmp_path: Path) -> None:
    spool = tmp_path / "spool" / "collect"
    leave_behind(spool)
    write_site_file(tmp_path / "sites.json", (site,))
    for _ in range(256):
        with open(spool / f"{new_name()}.seg", "wb") as segment:
            segment.truncate(4 * 1024 * 1024)
    with listen("127.0.0.1", 0, "--port") as listener:
        door = start("door", tmp_path, listener.fileno())
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/readyz"
        assert httpx.get(address, trust_env=False, timeout=DIE_S).status_code == 200
        read = dict(line.split(": ") for line in Path(f"/proc/{door.pid}/io").read_text().splitlines())["rchar"]
        assert int(read) < 64 * 1024 * 1024
        door.terminate()
        door.communicate(timeout=DIE_S)


def segments(spool: Path, site: Site, oracle: Oracle, *, damaged: bool) -> None:
    """Three segments as the door leaves them, each with a line the database will refuse; one of them with a damaged group too."""
    for n in range(3):
        batch = oracle.claim()
        batch.sent, batch.fate = 1, "acknowledged"
        rows = [row(site, batch.visitor, event_id) for event_id in batch.ids]
        rows[n] = rows[n].replace(b'"at":1764000000.0', b'"at":"never"')
        told = Tally({(site.name, outcome, ""): len(rows) for outcome in ("received", "accepted")})
        spoilt = framed([b"spoilt"]).replace(b"spoilt", b"spoiled") if damaged and n == 1 else b""
        (spool / f"{new_name()}.seg").write_bytes(framed([*rows, ledger.line(told)]) + spoilt)


def row(site: Site, visitor: str, event_id: str) -> bytes:
    told = payload(event_id)
    told |= {"props": json.dumps(told["props"])} if "props" in told else {}
    line: bytes = msgspec.json.encode(EventRow(site.name, visitor, event_id, at=1_764_000_000.0, received_at=1_764_000_000.5, source="tag", **told))
    return line


def test_a_writer_killed_at_every_insert_and_every_operation_stores_each_line_exactly_once(site: Site, tmp_path: Path) -> None:
    spool = tmp_path / "spool" / "collect"
    spool.mkdir(parents=True)
    oracle = Oracle(str, site.site_key, events_per_batch=5)
    segments(spool, site, oracle, damaged=False)
    assert tracker(tmp_path, "migrate").returncode == 0
    for point in points(OF_THE_WRITER):
        shutil.rmtree(spool / "quarantine", ignore_errors=True)
        segments(spool, site, oracle, damaged=point.operation in OF_QUARANTINE)
        dies_at(point, start("writer", tmp_path, point=point))
    last = start("writer", tmp_path)
    _, said = last.communicate(timeout=DIE_S)
    assert (last.returncode, list(spool.glob("*.seg"))) == (0, []), said
    found = stored(tmp_path, site.name)
    oracle.verdict(found)
    assert len(found.dead) == len(oracle.batches)
