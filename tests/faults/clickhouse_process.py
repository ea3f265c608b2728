"""One ClickHouse server as a process: `python -m tests.faults.clickhouse_process LIBRARY --path=… --http_port=…`.

The library's command line is `clickhouse local`, which listens when it is told to; it lives until it is killed or its parent is gone.
"""

from __future__ import annotations

import ctypes
import signal
import sys

PR_SET_PDEATHSIG = 1
LISTEN = (
    "SYSTEM START LISTEN HTTP; SELECT sleepEachRow(3) FROM numbers(1000000000)"
    " SETTINGS max_block_size = 1, function_sleep_max_microseconds_per_block = 0"
)


def main(library: str, *flags: str) -> int:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    words = ["clickhouse", *flags, "--multiquery", "--output-format=TSV", f"--query={LISTEN}"]
    arguments = (ctypes.c_char_p * len(words))(*(word.encode() for word in words))
    return int(ctypes.CDLL(library).chdb_query_cmdline(len(words), arguments))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
