"""The tag, ready to be served: its bytes, its name by content, and the hash a page may pin.

in   t.js beside this file, built from src/ (docs/tag.md, docs/decisions/0006-tag.md); old/, the tags of earlier releases
out  tag(): the newest; kept(): every one that a page may have pinned; each read once
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
    """`name` is "<version>-<hash>": GET /t/<name>.js never changes. `sri` goes into the integrity attribute. `brotli` is b'' where none was built."""

    body: bytes
    gzip: bytes
    brotli: bytes
    etag: str
    sri: str
    name: str


@cache
def tag() -> Tag:
    body = (FOLDER / "t.js").read_bytes()
    return made(body, f"{version()}-{short(body)}", (FOLDER / "t.js.br").read_bytes())


@cache
def kept() -> dict[str, Tag]:
    return {**earlier(FOLDER / "old"), tag().name: tag()}


def earlier(folder: Path) -> dict[str, Tag]:
    """By name. Raises ValueError where a file is not what its name says: no page that pinned it would take it."""
    tags = {}
    for path in sorted(folder.glob("*.js")):
        body = path.read_bytes()
        if not path.stem.endswith("-" + short(body)):
            raise ValueError(f"{path} was changed: its name ends in the hash of another content")
        tags[path.stem] = made(body, path.stem)
    return tags


def made(body: bytes, name: str, brotli: bytes = b"") -> Tag:
    return Tag(
        body=body,
        gzip=gzip.compress(body, compresslevel=9, mtime=0),
        brotli=brotli,
        etag=f'W/"{short(body)}"',  # weak: the same for the plain file and the packed ones
        sri="sha384-" + base64.b64encode(hashlib.sha384(body).digest()).decode(),
        name=name,
    )


def short(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:12]


def version() -> str:
    """What the tag tells as tracker.version; src/base.js holds it."""
    found = re.search(r'\.version="([\d.]+)"', (FOLDER / "t.js").read_text(encoding="utf-8"))
    if found is None:
        raise ValueError("snippet/t.js names no version")
    return found[1]


def source() -> str:
    """What people read: the files of src/ one after the other, by name. Not part of an installed package."""
    return "".join(path.read_text(encoding="utf-8") for path in sorted((FOLDER / "src").iterdir()))
