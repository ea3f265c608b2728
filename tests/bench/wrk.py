"""The load generator: wrk, with a Lua script that gives each event an id of its own.

in   where to send, how many events per post, for how long, on which core
out  requests per second and the answers that were no 2xx
"""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.bench.servers import pinned

SCRIPT = Path(__file__).with_name("post.lua")
CONNECTIONS = 64
STEADY_CONNECTIONS = 1500  # at a given rate: many that wait long, so that the wait is exact and the answer's time hardly counts


@dataclass(frozen=True, slots=True)
class Load:
    requests_per_s: float
    refused: int


def drive(url: str, *, site_key: str, events: int, seconds: int, core: int, requests_per_s: int = 0) -> Load:
    """As fast as the server answers, or at a given rate; from one thread on one core."""
    wrk = shutil.which("wrk")
    if wrk is None:
        raise SystemExit("The load generator wrk is missing. Run `make bench` as root, or install it: sudo apt-get install wrk")
    connections = STEADY_CONNECTIONS if requests_per_s else CONNECTIONS
    delay_ms = round(1000 * connections / requests_per_s) if requests_per_s else 0
    command = [*pinned([core]), wrk, "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(SCRIPT), url, "--", site_key, str(events), str(delay_ms)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return read(done.stdout)


def read(output: str) -> Load:
    rate = re.search(r"Requests/sec:\s+([\d.]+)", output)
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", output)
    if rate is None:
        raise SystemExit(f"wrk said nothing that can be read:\n{output}")
    return Load(float(rate[1]), int(refused[1]) if refused else 0)
