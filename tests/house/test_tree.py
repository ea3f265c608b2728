"""Files that can be held in one look, and that say nothing about the machine they were written on."""

from __future__ import annotations

import re
import subprocess

from tests.house.tree import ROOMS, ROOT, files

LONGEST = 400
# Written in pieces, so that this file does not find itself.
MACHINE = re.compile("(?<![A-Za-z0-9_.-])/(?:" + "|".join(("wo" + "rk", "ro" + "ot", "far" + "m", "tmp/" + "x", "opt/py" + "pi")) + ")/")
HOSTS = (("py", r"pi\.org"), ("python", r"hosted\.org"), ("npm", r"js\.(?:org|com)"), ("deb", r"\.debian"))
REGISTRY = re.compile("|".join(a + b for a, b in HOSTS))


def test_no_file_of_the_rooms_is_longer_than_400_lines() -> None:
    ours = [path for path in files(".py", ".js", ".sql", ".css", ".html", under=ROOMS) if "vendor" not in path.parts]
    long = {str(path.relative_to(ROOT)): lines for path in ours if (lines := len(path.read_text().splitlines())) > LONGEST}
    assert long == {}, "which noun wants to leave?"


def test_no_tracked_file_names_a_path_of_a_machine_or_the_host_of_a_registry() -> None:
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    found = []
    for name in filter(None, names):
        if not (ROOT / name).is_file() or "vendor" in name:
            continue
        text = (ROOT / name).read_bytes().decode("utf-8", "replace")
        found += [f"{name}: {match[0]}" for pattern in (MACHINE, REGISTRY) for match in pattern.finditer(text)]
    assert found == []
