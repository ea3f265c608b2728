"""The file that shops load: small, made from the source that people read, named by its content."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
import tomllib
from pathlib import Path

import snippet

SOURCE = snippet.source()
BUDGET_BYTES = 6000


def test_the_tag_is_at_most_six_kilobytes() -> None:
    assert len(snippet.tag().gzip) <= BUDGET_BYTES
    assert gzip.decompress(snippet.tag().gzip) == snippet.tag().body


def test_what_is_served_was_made_from_the_source_that_is_read() -> None:
    made = json.loads((snippet.FOLDER / "t.json").read_text())
    again = "run `npm ci && npm run build` in snippet/minify and commit t.js and t.json"
    assert made["source_sha256"] == hashlib.sha256(SOURCE.encode()).hexdigest(), f"src/ changed: {again}"
    assert made["built_sha256"] == hashlib.sha256(snippet.tag().body).hexdigest(), f"t.js was changed by hand: {again}"


def test_the_name_changes_with_the_content_and_the_hash_can_be_pinned() -> None:
    tag = snippet.tag()
    assert re.fullmatch(r"\d+\.\d+\.\d+-[0-9a-f]{12}", tag.name)
    assert tag.name.endswith(hashlib.sha256(tag.body).hexdigest()[:12])
    assert tag.etag == f'"{tag.name.split("-")[1]}"'
    assert tag.sri == "sha384-" + base64.b64encode(hashlib.sha384(tag.body).digest()).decode()


def test_the_tag_tells_the_version_of_the_product() -> None:
    project = tomllib.loads((Path(snippet.FOLDER).parent / "pyproject.toml").read_text())
    assert snippet.version() == project["project"]["version"]
    assert f'"{snippet.version()}"'.encode() in snippet.tag().body


def test_the_source_is_of_2017_and_needs_no_eval() -> None:
    newer = (r"\?\.[a-z(\[]", r"\?\?", r"catch \{", r"\{ ?\.\.\.", r"\*\*=", r"#[a-z]+;")
    unsafe = (r"\beval\b", r"new Function", r"innerHTML", r"document\.write")
    for pattern in newer + unsafe:
        assert not re.search(pattern, SOURCE), pattern
