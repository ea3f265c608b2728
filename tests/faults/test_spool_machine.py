"""Any life of a spool, in any order: requests, seals, kills, bad bits, failing operations, a writer; against a plain model of what was promised."""

from __future__ import annotations

import asyncio
import errno
import shutil
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from tests.faults.disk import SHORT, Failing
from tests.faults.promises import Promises, group_of, opened
from tests.faults.sizes import LONG, size
from tracker.errors import Unusable
from tracker.segment import groups, recover
from tracker.spool import Spool

running = precondition(lambda self: self.box is not None)
stopped = precondition(lambda self: self.box is None)


class Life(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.directory = Path(tempfile.mkdtemp()) / "spool"
        self.files, self.promises = Failing(0, errno.EIO), Promises()
        self.box: Spool | None = None
        self.loop = asyncio.new_event_loop()

    def wait(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(work)

    @stopped
    @rule()
    def start(self) -> None:
        async def start() -> None:
            self.box = opened(self.directory, self.files)

        try:
            self.wait(start())
        except Unusable:
            assert self.files.failed, "no reason not to start"

    @running
    @rule(requests=st.lists(st.tuples(st.integers(1, 4), st.sampled_from([1, 30, 600])), min_size=1, max_size=4))
    def append(self, requests: list[tuple[int, int]]) -> None:
        assert self.box is not None
        promises, box, is_mended = self.promises, self.box, self.files.nth == 0
        if is_mended:
            self.wait(box.tend())

        async def together() -> list[bool]:
            return await asyncio.gather(*(promises.append(box, count, length) for count, length in requests))

        assert all(self.wait(together())) or not is_mended, "a mended disk takes everything, without a restart"

    @running
    @rule()
    def tend(self) -> None:
        assert self.box is not None
        self.wait(self.box.tend())

    @rule()
    def write(self) -> None:
        """The writer, which is another process: the disk is well for it."""
        if self.directory.is_dir():
            self.promises.take(self.directory)

    @rule(nth=st.integers(1, 12), code=st.sampled_from([errno.EIO, errno.ENOSPC, errno.EINTR, SHORT]), sticky=st.booleans())
    def break_disk(self, nth: int, code: int, sticky: bool) -> None:
        self.files.counted, self.files.nth, self.files.code, self.files.sticky = 0, nth, code, sticky

    @rule()
    def mend(self) -> None:
        self.files.mend()

    @running
    @rule(torn=st.integers(0, 200))
    def kill(self, torn: int) -> None:
        """From here on nothing of this process reaches the disk; perhaps it was in the middle of a write."""
        assert self.box is not None
        self.break_disk(1, errno.EIO, True)
        self.wait(self.box.close())
        self.mend()
        self.box = None
        for path in self.directory.glob("*.open"):
            if torn:
                with open(path, "ab") as out:
                    out.write(group_of(self.promises.lines())[:torn])

    @running
    @rule()
    def end(self) -> None:
        assert self.box is not None
        self.wait(self.box.close())
        self.box = None

    @stopped
    @rule(where=st.randoms(use_true_random=False))
    def flip_a_bit(self, where: Any) -> None:
        """What was in that group is lost, and nothing else."""
        paths = [path for path in sorted(self.directory.glob("*.*")) if path.is_file() and path.stat().st_size]
        if paths:
            path = where.choice(paths)
            data = bytearray(path.read_bytes())
            before = sound(bytes(data))
            data[where.randrange(len(data))] ^= 1 << where.randrange(8)
            path.write_bytes(data)
            lost = before - sound(bytes(data))
            assert len({len(lines) for lines in lost}) <= 1
            self.promises.acknowledged.difference_update(*lost)

    @stopped
    @rule()
    def judge(self) -> None:
        if self.directory.is_dir():
            for _ in range(3):
                assert recover(self.directory) == []
            self.promises.verdict(self.directory, refused_may_be_there=True, all_noted=False)

    def teardown(self) -> None:
        self.mend()
        if self.box is not None:
            self.wait(self.box.close())
        self.judge()
        self.loop.close()
        shutil.rmtree(self.directory.parent)


def sound(data: bytes) -> set[tuple[bytes, ...]]:
    """The lines of each sound group."""
    return {tuple(group.body.splitlines()) for group in groups(data) if group.sound}


def test_whatever_happens_to_a_spool_what_it_acknowledged_is_there_once() -> None:
    examples = settings(max_examples=size(60, 2_000), stateful_step_count=size(30, 60), deadline=None, derandomize=not LONG)
    run_state_machine_as_test(Life, settings=examples)
