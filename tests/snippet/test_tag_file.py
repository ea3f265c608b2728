"""The file that shops load: small, made from the source that people read, named by its content."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
import tomllib
from pathlib import Path

import pytest

import snippet
from snippet import inspect

SOURCE = snippet.source()
BUDGET_BYTES = 6000


def test_the_tag_is_at_most_six_kilobytes() -> None:
    assert len(snippet.tag().gzip) <= BUDGET_BYTES
    assert gzip.decompress(snippet.tag().gzip) == snippet.tag().body


def test_what_is_served_was_made_from_the_source_that_is_read() -> None:
    made = json.loads((snippet.FOLDER / "t.json").read_text())
    again = "run `npm ci && npm run build` in snippet/minify and commit t.js, t.js.br and t.json"
    assert made["source_sha256"] == hashlib.sha256(SOURCE.encode()).hexdigest(), f"src/ changed: {again}"
    assert made["built_sha256"] == hashlib.sha256(snippet.tag().body).hexdigest(), f"t.js was changed by hand: {again}"
    assert made["brotli_sha256"] == hashlib.sha256(snippet.tag().brotli).hexdigest(), f"t.js.br is of another build: {again}"
    assert len(snippet.tag().brotli) < len(snippet.tag().gzip)


def test_the_name_changes_with_the_content_and_the_hash_can_be_pinned() -> None:
    tag = snippet.tag()
    assert re.fullmatch(r"\d+\.\d+\.\d+-[0-9a-f]{12}", tag.name)
    assert tag.name.endswith(hashlib.sha256(tag.body).hexdigest()[:12])
    assert tag.etag == f'W/"{tag.name.split("-")[1]}"'
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


# --- tags of earlier releases ------------------------------------------------------------------------------------------------------


def ended(changelog: str) -> list[str]:
    """The versions in a changelog without the newest, which the tag of today has."""
    return re.findall(r"^## (\d+\.\d+\.\d+)\b", changelog, re.M)[1:]


@pytest.mark.parametrize(("changelog", "versions"), [
    ("## 0.1.0 (unreleased)\n", []), ("## 0.1.0\n", []), ("## 0.2.0 (unreleased)\n\n## 0.1.0\n", ["0.1.0"]), ("## 0.2.0\n## 0.1.0\n", ["0.1.0"]),
])  # fmt: skip
def test_a_version_has_ended_when_there_is_a_newer_one(changelog: str, versions: list[str]) -> None:
    assert ended(changelog) == versions


def test_the_tag_of_every_version_that_has_ended_is_kept() -> None:
    changelog = (snippet.FOLDER.parent / "CHANGELOG.md").read_text(encoding="utf-8")
    missing = [version for version in ended(changelog) if not any(name.startswith(f"{version}-") for name in snippet.kept())]
    assert missing == [], "copy the tag it had into snippet/old (README.md there)"
    assert snippet.tag().name in snippet.kept()


def test_an_old_tag_that_was_changed_is_noticed(tmp_path: Path) -> None:
    name = f"0.0.9-{hashlib.sha256(b'old').hexdigest()[:12]}"
    (tmp_path / f"{name}.js").write_bytes(b"old")
    assert snippet.earlier(tmp_path)[name].body == b"old"
    (tmp_path / f"{name}.js").write_bytes(b"changed")
    with pytest.raises(ValueError, match="was changed"):
        snippet.earlier(tmp_path)


# --- the inspector -----------------------------------------------------------------------------------------------------------------


def test_the_inspector_was_made_from_the_source_that_is_read() -> None:
    folder = inspect.FOLDER
    read = [*sorted((folder / "src").iterdir()), snippet.FOLDER / "src" / "datalayer.js", snippet.FOLDER / "src" / "markup.js"]
    made = json.loads((folder / "inspect.json").read_text())
    again = "run `npm ci && npm run build` in snippet/minify and commit snippet/inspect"
    assert made["source_sha256"] == hashlib.sha256(b"".join(path.read_bytes() for path in read)).hexdigest(), f"a source changed: {again}"
    assert made["built_sha256"] == hashlib.sha256(inspect.script()).hexdigest(), f"inspect.js was changed by hand: {again}"


def test_the_inspector_writes_no_markup_and_no_inline_style() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in (inspect.FOLDER / "src").iterdir())
    unsafe = r"\beval\b|new Function|innerHTML|outerHTML|insertAdjacentHTML|document\.write|cssText|setAttribute\('style'|'style'\)"
    assert re.findall(unsafe, source) == []
