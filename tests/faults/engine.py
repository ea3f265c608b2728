"""The library that a ClickHouse server is made of for the tests: fetched once, checked against its hash, used where it lies.

in   a package of the registry that npm is set up for, by name, version and hash; CLICKHOUSE_LIBRARY names another place for the library
out  the path of libchdb.so
`make clickhouse` runs this file. It needs Linux on x86-64 and some 750 MB of disk meanwhile, 570 MB for good.
"""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

PACKAGE, VERSION = "@chdb/lib-linux-x64-gnu", "26.7.3-stable.1"
SHA512 = "XP97mMqnc5tZpKQywR8N7cLTsHNiTmHr30pC5mzo3jWmukjKn2IBa60c2B/gWUNcuFjOMjWoorQICCqBVj5wpw=="
MEMBER = "package/libchdb.so"
PLACE = Path(__file__).parents[2] / "build" / f"clickhouse-{VERSION}" / "libchdb.so"
ELSEWHERE = "CLICKHOUSE_LIBRARY"


def library() -> Path:
    """Raises FileNotFoundError, whose text says what to do."""
    path = Path(os.environ.get(ELSEWHERE) or PLACE)
    if not path.is_file():
        raise FileNotFoundError(f"The tests of a ClickHouse server need {path}. Fetch it with: make clickhouse (or name another: {ELSEWHERE}=…)")
    return path


def fetch() -> None:
    """Raises SystemExit, whose text says what is missing; what is not whole is never left at PLACE."""
    PLACE.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=PLACE.parent) as folder:
        archive = packed(Path(folder))
        found = sha512_of(archive)
        if found != SHA512:
            raise SystemExit(f"{PACKAGE} {VERSION} came with the hash sha512-{found}, not with the one that is known here. It is not used.")
        with tarfile.open(archive) as packages:
            packages.extract(MEMBER, folder, filter="data")
        (Path(folder) / MEMBER).replace(PLACE)


def packed(folder: Path) -> Path:
    """The package as npm fetches it, or finds it in its cache."""
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit("The tests of a ClickHouse server need npm to fetch their library. Install it, for example: sudo apt-get install npm")
    done = subprocess.run([npm, "pack", "--loglevel=error", f"{PACKAGE}@{VERSION}"], cwd=folder, capture_output=True, text=True, check=False)
    archives = list(folder.glob("*.tgz"))
    if done.returncode or not archives:
        why = (done.stderr or done.stdout).strip()[-500:]
        raise SystemExit(f"npm could not fetch {PACKAGE} {VERSION}. Put libchdb.so anywhere and name it in {ELSEWHERE}, or mend this:\n{why}")
    return archives[0]


def sha512_of(path: Path) -> str:
    with open(path, "rb") as file:
        return base64.b64encode(hashlib.file_digest(file, "sha512").digest()).decode()


def main(arguments: list[str]) -> int:
    """`--there` only asks, by its exit code, whether there is nothing left to fetch."""
    there = PLACE.is_file() or ELSEWHERE in os.environ
    if "--there" in arguments:
        return 0 if there else 1
    if not there:
        sys.stderr.write(f"Fetching {PACKAGE} {VERSION}, the ClickHouse server of the tests (170 MB) …\n")
        fetch()
    library()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
