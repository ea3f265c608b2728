"""The tag, ready to be served: its bytes, its name by content, and the hash a page may pin.

in   t.js beside this file, built from tracker.js (docs/tag.md, docs/decisions/0006-tag.md)
out  tag(): one Tag, read once
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Tag:
    """`name` is "<version>-<hash>": GET /t/<name>.js never changes. `sri` goes into the integrity attribute."""

    body: bytes
    gzip: bytes
    etag: str
    sri: str
    name: str


@cache
def tag() -> Tag:
    body = (FOLDER / "t.js").read_bytes()
    short = hashlib.sha256(body).hexdigest()[:12]
    return Tag(
        body=body,
        gzip=gzip.compress(body, compresslevel=9, mtime=0),
        etag=f'"{short}"',
        sri="sha384-" + base64.b64encode(hashlib.sha384(body).digest()).decode(),
        name=f"{version()}-{short}",
    )


def version() -> str:
    """The version the tag tells as tracker.version; one place holds it, tracker.js."""
    found = re.search(r"const VERSION = '([\d.]+)'", (FOLDER / "tracker.js").read_text(encoding="utf-8"))
    if found is None:
        raise ValueError("snippet/tracker.js names no VERSION")
    return found[1]
