"""The table of docs/purpose.md, made from tracker/purpose.toml. `make docs` writes it, test_purpose.py holds it.

in   tracker.purpose.model()
out  a row per piece of evidence, between two markers
"""

from __future__ import annotations

import re

from tests.house.tree import ROOT
from tracker.purpose import Piece, model

PAGE = ROOT / "docs" / "purpose.md"
TABLE = re.compile(r"(?<=<!-- points: made by `make docs` -->\n).*?(?=<!-- /points -->)", re.S)


def table() -> str:
    known = model()
    head = ["| speaks for | figure | what it counts | points | rests on | why |", "|---|---|---|---|---|---|"]
    rests_on = {"purchase": "REES46", "browsing": "judgement"}
    start = [f"| {side} | | every visit starts at | {points:+d} | {rests_on[side]} | |" for side, points in known.start.items()]
    rows = [
        f"| {piece.side} | `{piece.figure}` | {known.figures[piece.figure]} | {steps(piece)} | {piece.rests_on} | {piece.why} |"
        for piece in known.pieces
    ]
    return "\n".join([*head, *start, *rows, ""])


def steps(piece: Piece) -> str:
    """from 2: +1 · from 7: +5"""
    rises = [number for number in range(1, len(piece.points)) if piece.points[number] != piece.points[number - 1]]
    return " · ".join(f"from {number}: {piece.points[number]:+d}" for number in rises)


def made(text: str) -> str:
    return TABLE.sub(lambda _: table(), text)


def write() -> None:
    PAGE.write_text(made(PAGE.read_text()))
