"""The log: one line a record, whatever was sent to us, and no secret in it.

in   records
out  lines: time, level, who, what; control characters as `\\x1b`, line ends as `⏎`, keys and passwords masked
"""

from __future__ import annotations

import logging
import re
import sys

LINE_MAX = 16_384
SECRETS = (
    (re.compile(r"\b(sk_[0-9A-Za-z]{8})[0-9A-Za-z]{20,}"), r"\1…"),
    (re.compile(r"(://[^:/@\s]*):[^/\s]*@"), r"\1:…@"),
    (re.compile(r"(?i)\b(Bearer|Basic) +[A-Za-z0-9+/=_.~-]{16,}"), r"\1 …"),
)
# C0 and C1 controls, DEL, line and paragraph separators, and what turns the direction of writing
CONTROLS = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160))} | {
    code: f"\\u{code:04x}" for code in (0x061C, 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2066, 0x206A))
}
CONTROLS |= {ord("\n"): " ⏎ ", ord("\t"): " "}


class OneLine(logging.Formatter):
    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        return safe(super().format(record))


def safe(text: str) -> str:
    """Fit to be one line of a log."""
    for secret, mask in SECRETS:
        text = secret.sub(mask, text)
    text = text.translate(CONTROLS)
    return text if len(text) <= LINE_MAX else f"{text[:LINE_MAX]} … ({len(text)} characters)"


def to_stderr() -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(OneLine())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    for client in ("httpx", "urllib3", "clickhouse_connect"):  # what goes wrong in them is told by who called them
        logging.getLogger(client).setLevel(logging.ERROR)
