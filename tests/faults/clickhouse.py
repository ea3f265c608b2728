"""A real ClickHouse server on loopback, to be killed, stopped and filled.

in   a folder, that outlives every restart; the library of `make clickhouse`
out  HTTP on a port that stays the same; users `default` (may all), `reader` (readonly), `narrow` (may look and no more), each without a password
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import uuid
from pathlib import Path

import httpx

from tests.faults.engine import library
from tests.product import ROOT, until

CONFIG = """<clickhouse>
  <listen_host>127.0.0.1</listen_host>
  <logger><level>error</level><console>0</console></logger>
  <users_config>{folder}/users.xml</users_config>
</clickhouse>
"""
USER = "<{name}><password></password><networks><ip>127.0.0.1</ip></networks><profile>{profile}</profile><quota>default</quota>{more}</{name}>"
USERS = f"""<clickhouse>
  <profiles><default/><reading><readonly>1</readonly></reading></profiles>
  <quotas><default/></quotas>
  <users>
    {USER.format(name="default", profile="default", more="")}
    {USER.format(name="reader", profile="reading", more="")}
    {USER.format(name="narrow", profile="default", more="<grants><query>GRANT SELECT ON *.*</query></grants>")}
  </users>
</clickhouse>
"""


class ClickHouse:
    """Start and restart it from the main thread: it dies with the thread that started it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None
        (folder / "config.xml").write_text(CONFIG.format(folder=folder))
        (folder / "users.xml").write_text(USERS)
        self._http = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", trust_env=False, timeout=30)

    def start(self) -> None:
        """Returns when it answers."""
        flags = [f"--path={self.folder / 'data'}", f"--config-file={self.folder / 'config.xml'}", f"--http_port={self.port}"]
        command = [sys.executable, "-m", "tests.faults.clickhouse_process", str(library()), *flags]
        with open(self.folder / "said", "ab") as said:
            self.process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
        until(lambda: self.answers() or not self.runs(), 90, "a ClickHouse server")
        assert self.runs(), (self.folder / "said").read_text()[-2000:]

    def runs(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def answers(self) -> bool:
        try:
            return self._http.get("/ping", timeout=1).text == "Ok.\n"
        except httpx.HTTPError:
            return False

    def kill(self) -> None:
        """SIGKILL, also to one that is stopped."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def pause(self) -> None:
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: int) -> None:
        assert self.process is not None
        os.kill(self.process.pid, number)

    def ensure(self) -> None:
        """It runs and answers, whatever was done to it before."""
        if not self.runs():
            self.start()
        self.resume()
        until(self.answers, 90, "an answer of the ClickHouse server")

    def close(self) -> None:
        self.kill()
        self._http.close()

    def ask(self, sql: str, database: str = "default", user: str = "default") -> str:
        """Straight to the server, beside the product: what it answers, as TSV without the last newline."""
        reply = self._http.post("/", params={"database": database, "user": user}, content=sql.encode())
        assert reply.status_code == 200, reply.text
        return reply.text.rstrip("\n")

    def count(self, sql: str, database: str = "default") -> int:
        return int(self.ask(sql, database))

    def dsn(self, database: str, *, port: int = 0, user: str = "default") -> str:
        return f"clickhouse://{user}@127.0.0.1:{port or self.port}/{database}"

    def new_database(self) -> str:
        """A name of its own; the product makes it."""
        return f"tracker_{uuid.uuid4().hex[:8]}"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
