"""SIGTERM in the middle of work, with clients that never finish their sentence."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.oracle import Oracle
from tests.faults.sizes import LONG, size
from tests.faults.stored import stored
from tests.product import END_S, ROOT, Product, Shop, environment, until
from tracker.roof.supervisor import STOP_S

SENTENCES = (b"", b"POST /v1/ev", b"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{", b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")


def spooled(data: Path) -> list[Path]:
    return list((data / "spool").rglob("*.seg"))


@pytest.mark.parametrize("everybody", [False, True] if LONG else [False], ids=lambda everybody: "all-at-once" if everybody else "serve")
def test_sigterm_under_load_answers_or_refuses_what_is_under_way_and_keeps_what_it_acknowledged(tmp_path: Path, everybody: bool) -> None:
    """To `serve`, as a container does it; to all its processes at once, as Ctrl-C and systemd do: then the door may outlive the database."""
    product = Product(tmp_path, "--demo", own_group=True)
    shop = Shop(product, "shop")
    host, port = product.public.removeprefix("http://").split(":")
    with contextlib.ExitStack() as clients:
        for n in range(size(40, 400)):
            stalled = clients.enter_context(socket.create_connection((host, int(port))))
            stalled.sendall(SENTENCES[n % len(SENTENCES)])
        oracle = Oracle(lambda: product.public, shop.keys["site_key"], give_up_s=0, batches_per_s=150)
        clients.enter_context(oracle)
        oracle.more_acknowledged(size(600, 10_000), timeout_s=300)
        os.killpg(product.process.pid, signal.SIGTERM) if everybody else product.process.send_signal(signal.SIGTERM)
        code = product.process.wait(STOP_S + END_S)
    assert (code, product.stop()) == (0, 0), "\n".join(product.said)
    shop.close()
    assert list((tmp_path / "spool").rglob("*.open")) == []
    if spooled(tmp_path):  # more than could be stored in the time
        again = Product(tmp_path, "--demo")
        until(lambda: not spooled(tmp_path), 60, "an empty spool")
        assert again.stop() == 0
    oracle.verdict(stored(tmp_path, shop.keys["site"]))


SIGNS = ("lock", "clickhouse-lock/lock") + ("spool/collect/lock", "clickhouse/store", "serve.json") * LONG


@pytest.mark.parametrize("sign", SIGNS)
def test_sigterm_during_the_start_ends_it_cleanly_however_far_it_has_come(tmp_path: Path, sign: str) -> None:
    command = [sys.executable, "-m", "tracker", "serve", "--port", "0", "--admin-port", "0"]
    with subprocess.Popen(command, cwd=ROOT, env=environment(tmp_path), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as starting:
        until((tmp_path / sign).exists, what=sign)
        starting.send_signal(signal.SIGTERM)
        said, _ = starting.communicate(timeout=STOP_S + END_S)
    assert (starting.returncode, "killed" in said) == (0, False), said


@pytest.mark.parametrize(("supervised", "code"), [(True, None), (False, 1)])
def test_a_process_whose_supervisor_died_before_it_began_does_not_begin(tmp_path: Path, supervised: bool, code: int | None) -> None:
    """Known by the pipe between them, not by the parent's number: in a container the supervisor itself is process 1."""
    reader, writer = os.pipe()
    if not supervised:
        os.close(reader)
    command = [sys.executable, "-m", "tracker", "collect", "--port", "0", "--pipe", str(writer)]
    with subprocess.Popen(command, cwd=ROOT, env=environment(tmp_path), pass_fds=[writer]) as door:
        until(lambda: door.poll() is not None or (tmp_path / "spool" / "collect" / "lock").exists(), what="a beginning or an end")
        assert door.poll() == code
        door.terminate()
