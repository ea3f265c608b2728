"""The Dockerfile. No container engine is needed here, so it is linted and read, not built."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.house.tree import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text()


def test_the_dockerfile_passes_its_linter() -> None:
    hadolint = Path(sys.executable).parent / "hadolint"
    assert hadolint.exists(), "hadolint comes with the test dependencies: run make test"
    done = subprocess.run([hadolint, "--no-color", "--failure-threshold", "style", ROOT / "Dockerfile"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_container_has_two_stages_is_not_root_and_keeps_its_data_in_a_volume() -> None:
    first, last = re.split(r"^FROM ", DOCKERFILE, flags=re.M)[1:]
    assert "make setup" in first
    assert "--from=builder" in last
    assert int(re.findall(r"^USER (\d+)$", last, re.M)[-1]) > 0
    assert "\nVOLUME /data\n" in last
    assert "TRACKER_DATA=/data" in last


def test_the_container_tells_whether_it_is_well() -> None:
    assert re.search(r"^HEALTHCHECK .*\\\n.*urlopen\('http://127\.0\.0\.1:8000/healthz'", DOCKERFILE, re.M)
