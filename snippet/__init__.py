"""The tag, ready to be served: its bytes, its name by content, and the hash a page may pin.

in   t.js beside this file, built from src/ (docs/tag.md, docs/decisions/0006-tag.md)
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
    """What the tag tells as tracker.version; src/base.js holds it."""
    found = re.search(r'\.version="([\d.]+)"', (FOLDER / "t.js").read_text(encoding="utf-8"))
    if found is None:
        raise ValueError("snippet/t.js names no version")
    return found[1]


def source() -> str:
    """What people read: the files of src/ one after the other, by name. Not part of an installed package."""
    return "".join(path.read_text(encoding="utf-8") for path in sorted((FOLDER / "src").iterdir()))
