"""What a stranger sends never makes a line of the log, and a secret never stands in one (docs/guarantees.md, no. 67)."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.product import tracker
from tracker.keys import new_key
from tracker.logs import LINE_MAX, OneLine, safe
from tracker.store import without_password


def line(message: str, *values: object, error: BaseException | None = None) -> str:
    exc_info = (type(error), error, error.__traceback__) if error else None
    return OneLine().format(logging.LogRecord("tracker.door", logging.WARNING, "", 0, message, values, exc_info))


@given(st.text())
def test_a_record_is_one_line_of_printable_characters(text: str) -> None:
    said = line("%s", text)
    assert len(said.splitlines()) == 1
    assert not set(said) & {"\x1b", "\x9b", "\x7f", "\u202e", "\u2066", "\0", "\r"}


def test_an_injected_record_is_seen_for_what_it_is() -> None:
    said = line("Site %s", "x\r\n2026-11-22 05:00:00,000 ERROR tracker.store: all is lost\x1b[2J")
    assert said.endswith("Site x\\x0d ⏎ 2026-11-22 05:00:00,000 ERROR tracker.store: all is lost\\x1b[2J")


def test_a_traceback_is_one_line_too_and_masks_what_it_tells() -> None:
    key = new_key()
    try:
        raise ValueError(f"Authorization: Bearer {key} for clickhouse://tracker:hunter2@db:8123/t\nnext")
    except ValueError as error:
        said = line("failed", error=error)
    assert "Traceback" in said
    assert len(said.splitlines()) == 1
    assert key not in said
    assert key[11:] not in said
    assert "hunter2" not in said


def test_a_very_long_record_is_cut() -> None:
    assert len(safe("x" * 1_000_000)) < LINE_MAX + 100


@pytest.mark.parametrize("password", ["hunter2", "p@ss:word", "a@b@c"])
def test_a_password_is_masked_whole(password: str) -> None:
    masked = "clickhouse://tracker:…@db.internal:8123/tracker"
    assert without_password(f"clickhouse://tracker:{password}@db.internal:8123/tracker") == masked
    assert safe(f"clickhouse://tracker:{password}@db.internal:8123/tracker") == masked


@pytest.mark.parametrize("command", [("settings",), ("doctor",), ("migrate",), ("site", "list")])
def test_no_command_tells_the_password_of_the_database(tmp_path: Path, command: tuple[str, ...]) -> None:
    told = tracker(tmp_path, *command, "--store", "clickhouse://tracker:hunter2@127.0.0.1:1/tracker")
    assert "hunter2" not in told.stdout + told.stderr
    assert "Traceback" not in told.stderr
