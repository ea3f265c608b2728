"""The store: the only file that knows which engine runs.

in   SQL with server-side {name:Type} parameters, JSONEachRow bodies
out  rows as dicts; times come as naive UTC datetimes, so queries return toUnixTimestamp64Milli(…) AS …_ms instead
Callers on an event loop use `anyio.to_thread`, as both clients are synchronous (docs/decisions/0003-store.md).
"""

from __future__ import annotations

import faulthandler
import os
import queue
import re
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from functools import cache
from importlib import resources
from typing import Any
from urllib.parse import urlsplit

import clickhouse_connect
from clickhouse_connect.driver.exceptions import ClickHouseError, ProgrammingError

from tracker.errors import StoreDown, StoreMisfit, StoreRefused

Row = dict[str, Any]

# A repeated token must be dropped by the materialized views' targets too; async_insert is the server's default since 26.3.
INSERT_SETTINGS = {
    "async_insert": 0, "deduplicate_blocks_in_dependent_materialized_views": 1, "input_format_skip_unknown_fields": 0,
    "max_partitions_per_insert_block": 2000,  # an import's chunk may span years; a partition is a day
}  # fmt: skip

# Compiling a query takes up to a second and ours are short: no JIT.
PLAIN = {"compile_expressions": 0, "compile_aggregate_expressions": 0, "compile_sort_description": 0}

# How long a server may stay silent before a call is given up and tried again. A query has TRACKER_QUERY_MAX_S and MARGIN_S.
CONNECT_S, OPEN_S, PULSE_S, MARGIN_S = 5, 30, 3, 5
COMMAND_S = 300  # the largest step of a rebuild, a deletion that waits for all its parts

# A deletion or an update of what is stored. The embedded engine rests up to a second after every two parts that it rewrites, unless it is nudged.
REWRITE = re.compile(r"(?:ALTER TABLE (\w+) (?:DELETE|UPDATE)|DELETE FROM (\w+))\b")
NUDGE_S = 0.01

UNKNOWN_DATABASE = 81
NO_SUCH_COLUMN = "Unknown field found"  # the same code as other unreadable rows (117), but true of every row: the schema is older than the writer
TIME = re.compile(rb'at": ?(\d{10}(?:\.\d{1,3})?)\b')  # of a key: within a string its quote would be escaped
OLD_TIME = re.compile(rb'at": ?(\d{1,9})(\.\d{1,3})?\b')  # before September 2001
TOO_WIDE = "partitions for single INSERT"  # the same code as too many parts (252), but it does not pass: halves go through

# Codes of ClickHouse that pass by themselves: memory, timeouts, network, keeper, read-only replica, files and space, too many parts (252).
TRANSIENT = frozenset({
    23, 24, 74, 75, 76, 159, 160, 173, 198, 202, 203, 209, 210, 216, 225, 236, 241, 242, 243, 244, 252, 254, 279, 285, 286, 319, 341, 364, 373, 394,
    425, 439, 473, 499, 519, 659, 692, 722, 733, 734, 735, 745, 999, 1000, 1002,
})  # fmt: skip
# Codes that hold for every row until a person mends them: user, password, address (192-195, 516), grants (497, 392, 344), quota (201), read-only
# (164), missing table, database, column, function or view's source (60, 81, 16, 8, 10, 46, 47, 746), settings and formats (115, 452, 73).
MISFIT = frozenset({8, 10, 16, 46, 47, 60, 73, 81, 115, 164, 192, 193, 194, 195, 201, 344, 392, 452, 497, 516, 746})
# Codes about the content of a row: it cannot be parsed, converted or kept. A refusal with any other code is doubted first (tracker/writer.py).
DATA = frozenset({6, 25, 26, 27, 32, 33, 38, 41, 43, 53, 69, 70, 72, 117, 128, 130, 131, 167, 190, 306, 321, 349, 407, 469, 691})


@cache
def load(package: str, name: str) -> str:
    """The text of `package/sql/name.sql`, without its comments: the client reads a query letter by letter each time it is asked."""
    text = resources.files(package).joinpath("sql", f"{name}.sql").read_text()
    lines = (line.split("--", 1)[0].strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line)


class Store:
    """A pool of handles: `readers` for queries with limits set, one for writing at a time. Safe to share between threads.

    Never fork a process that holds one on the embedded engine.
    """

    def __init__(self, dsn: str, *, readers: int = 4, query_max_s: int = 30, memory_max_bytes: int = 0, insert_max_s: int = 60) -> None:
        self.dsn = dsn
        self.embedded = dsn.startswith("chdb:")
        self.database = urlsplit(dsn).path.strip("/") if not self.embedded else ""
        memory = memory_max_bytes or (machine_memory_bytes() // 2 if self.embedded else 0)  # a server has limits of its own
        limits = {"max_execution_time": query_max_s, "max_memory_usage": memory // 2, "output_format_json_quote_64bit_integers": 0}
        self._all: list[Any] = []
        self._lock = threading.Lock()
        self._inserts: dict[object, int] = {}  # under way, and since when
        if self.embedded:
            die_of_a_crash()
        try:
            self._commanders = self._pool(2, {**PLAIN, "max_memory_usage": memory, "mutations_sync": 2}, COMMAND_S)
            self._inserters = self._pool(2, {**PLAIN, "max_memory_usage": memory}, insert_max_s)
            self._pulse = self._pool(1, {}, PULSE_S)
            self._nudges = self._pool(1 if self.embedded else 0, {}, PULSE_S)
            # readonly comes last and cannot be taken back: no SQL that reaches a reader can write or read files
            self._readers = self._pool(readers, {**PLAIN, **limits, "readonly": 1}, query_max_s + MARGIN_S)
        except BaseException:
            self.close()
            raise

    def _pool(self, size: int, settings: Mapping[str, Any], patience_s: int) -> queue.SimpleQueue[Any]:
        pool: queue.SimpleQueue[Any] = queue.SimpleQueue()
        for _ in range(size):
            pool.put(self._open({name: value for name, value in settings.items() if value or name != "max_memory_usage"}, patience_s))
        return pool

    def _open(self, settings: Mapping[str, Any], patience_s: int) -> Any:
        try:
            client = self._connect(settings, patience_s)
        except ClickHouseError as error:
            why = classified(error)
            what = f"The database {self.shown} cannot be opened: {why}"
            if isinstance(why, StoreMisfit) or isinstance(error, ProgrammingError):
                raise StoreMisfit(f"{what}. Mend that first", getattr(why, "code", 0)) from error
            raise StoreDown(f"{what}. Is it running, and is TRACKER_STORE right?") from error
        self._all.append(client)
        return client

    def _connect(self, settings: Mapping[str, Any], patience_s: int) -> Any:
        try:
            return connect(self.dsn, settings, patience_s)
        except ClickHouseError as error:
            if code_of(error) != UNKNOWN_DATABASE or not self.database:
                raise
        client = connect(self.dsn, {}, patience_s, database="default")
        client.command("CREATE DATABASE IF NOT EXISTS {database:Identifier}", parameters={"database": self.database})
        client.close()
        return connect(self.dsn, settings, patience_s)

    @property
    def shown(self) -> str:
        return without_password(self.dsn)

    def rows(self, sql: str, **parameters: Any) -> list[Row]:
        """Ask. Raises StoreDown (try again later) or StoreRefused (the query is wrong or too heavy)."""
        with self._borrow(self._readers) as client:
            return list(client.query(sql, parameters=parameters).named_results())

    def one(self, sql: str, **parameters: Any) -> Row | None:
        rows = self.rows(sql, **parameters)
        return rows[0] if rows else None

    def command(self, sql: str, alone: str = "", **parameters: Any) -> None:
        """Change something: DDL, INSERT … SELECT, TRUNCATE.

        On a server a command goes on when its caller is gone or has lost its answer. Of those with the same word in `alone`
        the one before is ended first.
        """
        settings = {"query_id": f"{self.database}-{alone}", "replace_running_query": 1} if alone and not self.embedded else {}
        inserting = self._under_way() if sql.startswith("INSERT") else nullcontext()
        with self._borrow(self._commanders) as client, self._hurried(sql), inserting:
            client.command(sql, parameters=parameters, settings=settings)

    @contextmanager
    def _hurried(self, sql: str) -> Iterator[None]:
        """Without rests between the parts. A server rewrites many at a time, and whether it merges is for its owner to say."""
        found = REWRITE.match(sql) if self.embedded else None
        if found is None:
            yield
            return
        done = threading.Event()
        nudging = threading.Thread(target=self._nudge, args=(found[1] or found[2], done), name="nudge", daemon=True)
        nudging.start()
        try:
            yield
        finally:
            done.set()
            nudging.join()

    def _nudge(self, table: str, done: threading.Event) -> None:
        while not done.wait(NUDGE_S):
            with suppress(StoreDown, StoreRefused), self._borrow(self._nudges) as client:  # whatever it is, the rewriting says it too
                client.command("SYSTEM START MERGES {table:Identifier}", parameters={"table": table})

    def insert(self, table: str, body: bytes, token: str = "") -> None:
        """Insert JSONEachRow lines. The same token names the same lines for ever: a repetition is dropped by the database."""
        if not body:
            return
        settings: dict[str, Any] = dict(INSERT_SETTINGS)
        if token:
            settings["insert_deduplication_token"] = token
        with self._borrow(self._inserters) as client, self._under_way():
            client.raw_insert(table, insert_block=body if self.embedded else with_quoted_times(body), fmt="JSONEachRow", settings=settings)

    def settled_ms(self) -> int:
        """Every insert that came before this moment is visible in its table and in all that its materialized views fill.

        They become visible one after the other. Embedded, all inserts are ours, so those under way are known; a server is asked for them.
        """
        if not self.embedded:
            return int(self.rows(load("tracker", "settled"))[0]["at_ms"])
        with self._lock:
            return min([time.time_ns() // 1_000_000, *self._inserts.values()])

    @contextmanager
    def _under_way(self) -> Iterator[None]:
        me = object()
        with self._lock:
            self._inserts[me] = time.time_ns() // 1_000_000
        try:
            yield
        finally:
            with self._lock:
                del self._inserts[me]

    def ask_engine(self) -> None:
        """Returns when the engine answers, on a handle of its own: however busy the others are, a sign of life does not wait for them."""
        with self._borrow(self._pulse) as client:
            client.query("SELECT 1")

    def close(self) -> None:
        for client in self._all:
            client.close()

    @contextmanager
    def _borrow(self, pool: queue.SimpleQueue[Any]) -> Iterator[Any]:
        client = pool.get()
        try:
            yield client
        except ClickHouseError as error:
            raise classified(error) from error
        finally:
            pool.put(client)


def die_of_a_crash() -> None:
    """A crash of the engine ends the process at once; its own handler would keep it, deaf, for five minutes (chdb-core, issue 81)."""
    with suppress(ImportError):  # without the engine there is nothing to open either, and opening says so
        from chdb import _chdb

        _chdb.set_signal_handlers_enabled(0)  # type: ignore[attr-defined]  # its stub has only the queries
    if not faulthandler.is_enabled():
        faulthandler.enable()


def connect(dsn: str, settings: Mapping[str, Any], patience_s: int, database: str = "") -> Any:
    """A handle. On a server without a session, as those wait for each other, and without the client's own retries, as there are ours."""
    if dsn.startswith("chdb:"):
        return clickhouse_connect.get_client(dsn=dsn, settings=dict(settings))
    client = clickhouse_connect.get_client(
        dsn=dsn, database=database or None, secure=dsn.startswith("clickhouses:"), settings=dict(settings),
        autogenerate_session_id=False, connect_timeout=CONNECT_S, send_receive_timeout=OPEN_S,
    )  # fmt: skip
    http: Any = client
    http.timeout = type(http.timeout)(connect=CONNECT_S, read=patience_s)
    http.http_retries = 0
    return client


def with_quoted_times(body: bytes) -> bytes:
    """JSONEachRow with each `…at` as ten digits with a fraction, quoted: 26.9 reads a bare number as seconds, 26.7 as milliseconds or not at all."""
    body = TIME.sub(rb'at":"\1"', body)
    return OLD_TIME.sub(lambda found: b'at":"%010d%b"' % (int(found[1]), found[2] or b""), body)


def without_password(dsn: str) -> str:
    return re.sub(r"//([^:/@]*):.*@", r"//\1:…@", dsn)


def code_of(error: Exception) -> int:
    """ClickHouse's own number of this error, 0 where the database did not answer."""
    found = re.search(r"Code: (\d+)", str(error))
    return getattr(error, "code", None) or (int(found[1]) if found else 0)


def classified(error: Exception) -> StoreDown | StoreRefused:
    code, message = code_of(error), words_of(error)
    if code in MISFIT or NO_SUCH_COLUMN in message:
        return StoreMisfit(message, code)
    if not code or (code in TRANSIENT and TOO_WIDE not in message):
        return StoreDown(message)
    return StoreRefused(message, code)


def words_of(error: Exception) -> str:
    """One line: what the database said, or what became of the connection to it."""
    text = str(error).strip()
    said = re.search(r"Code: \d+\..*", text)
    if said is None and error.__cause__ is not None:
        text = f"no answer: {getattr(error.__cause__, 'reason', error.__cause__)}"
    return (said[0] if said else text.split("\n", 1)[0])[:500] or type(error).__name__


def machine_memory_bytes() -> int:
    """Memory of this machine, or of its container where that is less."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        with open("/sys/fs/cgroup/memory.max") as limit:
            text = limit.read().strip()
    except OSError:
        return total
    return min(total, int(text)) if text.isdigit() else total
