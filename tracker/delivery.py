"""One segment into the database: its events, the lines it will not take, the ledger's rows.

in   the contents of a sealed segment
out  rows of `events`, `dead_letters` and `ledger`, each insert under a token that follows from the segment alone
Where a segment is cut depends on its lines only, so whoever repeats a delivery, after whatever crash, sends the same tokens with the same rows.
The bounds below must never change while segments wait: other bounds are other tokens.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import msgspec

from tracker.contents import HOUR_S, Contents, Sieve, admitted, hour_s, leave_out_erased, site_of, sites_of
from tracker.errors import StoreMisfit, StoreRefused
from tracker.ledger import Tally, add
from tracker.mending import mend_events, mend_ledger, mend_letters
from tracker.store import DATA, Store

PART_LINES_MAX = 100_000
PART_BYTES_MAX = 16 * 1024 * 1024
PART_DAYS_MAX = 90  # a day is a partition of `events`, and an insert that touches too many fails whole
DAY_S = 86_400
RUN = 2  # after so many bad lines side by side the next one is tried alone

_AT = re.compile(rb'"at":(\d+)')


@dataclass(slots=True)
class Letter:
    line: bytes
    index: int
    reason: str
    message: str


class Delivery:
    """`believe` is asked about each refusal: it returns where the line is to blame, and raises StoreMisfit where the database may be.

    `again` where some of it may have been sent before without an answer: the database is then not believed that it has it (tracker/mending.py).
    """

    def __init__(
        self, store: Store, segment: str, found: Contents, believe: Callable[[StoreRefused], None], hour: int | None = None, *, again: bool = False
    ) -> None:
        self.store, self.segment, self.lines, self.relayed, self.believe = store, segment, found.lines, found.tally, believe
        self.hour, self.again = hour_s(segment) if hour is None else hour, again
        self.letters: list[Letter] = []

    def store_events(self) -> None:
        for first, last in bounds(self.lines):
            self._insert(first, last)
        if self.again:
            dead = {letter.index for letter in self.letters}
            mend_events(self.store, [line for index, line in enumerate(self.lines) if index not in dead])

    def bury_all(self, reason: str, message: str) -> None:
        self.letters = [Letter(line, index, reason, message) for index, line in enumerate(self.lines)]

    def store_letters(self) -> None:
        if not self.letters:
            return
        rows = [
            msgspec.json.encode({
                "site": site_of(letter.line), "reason": letter.reason, "message": letter.message, "segment": self.segment, "line": text(letter.line),
            })
            for letter in self.letters
        ]  # fmt: skip
        named = zlib.crc32(b"".join(b"%d:%s\n" % (letter.index, letter.line) for letter in self.letters))
        self.store.insert("dead_letters", joined(rows), f"dead:{self.segment}:{len(rows)}:{named:08x}")
        if self.again:
            mend_letters(self.store, self.segment, rows)

    def store_ledger(self) -> None:
        told = {key: events for key, events in sorted(self.tally().items()) if events}
        if not told:
            return
        told["", "segment", self.segment] = 1  # comes in one piece with the others, and so says whether they came
        rows = [
            msgspec.json.encode({"site": site, "hour": self.hour, "outcome": outcome, "reason": reason, "events": events})
            for (site, outcome, reason), events in told.items()
        ]
        self.store.insert("ledger", joined(rows), f"ledger:{self.segment}")
        if self.again:
            mend_ledger(self.store, self.segment, rows)

    def tally(self) -> Tally:
        """What the segment brought with it, and what became of its events here."""
        total: Tally = Counter(self.relayed)
        stored = sites_of(self.lines)
        for letter in self.letters:
            stored[site_of(letter.line)] -= 1
            add(total, Counter({(site_of(letter.line), "dead", letter.reason): 1}))
        add(total, Counter({(site, "stored", ""): events for site, events in stored.items()}))
        return total

    def _insert(self, first: int, last: int) -> None:
        """Of n lines with one bad among them at most log2(n) + 1 more inserts than without."""
        adjacent = 0
        while first < last:
            end = last if adjacent < RUN else first + 1
            refused = self._refusal(first, end)
            if refused is None:
                first, adjacent = end, 0
                continue
            bad, refused = self._first_bad(first, end, refused)
            if refused is None:
                first, adjacent = bad + 1, 0
                continue
            self.letters.append(Letter(self.lines[bad], bad, f"code_{refused.code}", str(refused)))
            adjacent = adjacent + 1 if bad == first else 1
            first = bad + 1

    def _first_bad(self, good: int, bad: int, refused: StoreRefused) -> tuple[int, StoreRefused | None]:
        """Halves the refused lines; what is taken on the way is stored. Ends at the first bad one.

        Which is bad because the lines before it were taken without it; of a refusal that is about many lines together this
        proves nothing, so there it is asked about alone, and None says that it was stored.
        """
        begun = good
        while bad - good > 1:
            middle = (good + bad) // 2
            again = self._refusal(good, middle)
            if again is None:
                good = middle
            else:
                begun, bad, refused = good, middle, again
        return good, refused if refused.code in DATA or begun == good else self._refusal(good, bad)

    def _refusal(self, first: int, last: int) -> StoreRefused | None:
        body = joined(self.lines[first:last])
        where = f"{first}-" if first else ""
        try:
            self.store.insert("events", body, f"{self.segment}:{where}{last - first}:{zlib.crc32(body):08x}")
        except StoreRefused as refused:
            self.believe(refused)
            return refused
        return None


def store_chunk(store: Store, lines: list[bytes], name: str, sieve: Sieve, *, again: bool = False) -> None:
    """A chunk of an import that goes straight into the database, as a segment would: the same chunk under the same name changes nothing.

    `again` where it may have been sent before, by a run that was killed.
    """
    if not lines:
        return

    def believe(refused: StoreRefused) -> None:
        if refused.code not in DATA:
            raise StoreMisfit(f"{refused}. Nothing is lost: import the file again", refused.code)

    began_s = int(msgspec.json.decode(lines[0])["received_at"])  # the same for the whole import, also after a restart
    found = Contents(lines, admitted(lines))
    leave_out_erased(found, sieve)
    delivery = Delivery(store, name, found, believe, began_s - began_s % HOUR_S, again=again)
    delivery.store_events()
    delivery.store_letters()
    delivery.store_ledger()


def text(line: bytes) -> str:
    return line.decode(errors="replace")


def joined(lines: Sequence[bytes]) -> bytes:
    return b"\n".join(lines) + b"\n"


def bounds(lines: list[bytes]) -> Iterator[tuple[int, int]]:
    """Where each insert begins and ends: a whole segment nearly always."""
    first, size, days = 0, 0, set[int]()
    for index, line in enumerate(lines):
        found = _AT.search(line)
        day = int(found[1][:12]) // DAY_S if found else 0
        full = index - first >= PART_LINES_MAX or size + len(line) > PART_BYTES_MAX or (day not in days and len(days) >= PART_DAYS_MAX)
        if full and index > first:
            yield first, index
            first, size, days = index, 0, set()
        size += len(line) + 1
        days.add(day)
    if first < len(lines):
        yield first, len(lines)
