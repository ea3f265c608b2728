"""The body of a request: read and unpacked in bounded memory.

in   ASGI messages; headers
out  bytes, at most as many as the settings allow; or Refused with the status that says why
"""

from __future__ import annotations

import zlib
from functools import lru_cache

from starlette.types import Message, Receive

from tracker.event import Refused

TYPES = (b"text/plain", b"application/json")


async def read(headers: dict[bytes, bytes], receive: Receive, max_bytes: int, inflated_max_bytes: int, types: tuple[bytes, ...] = TYPES) -> bytes:
    """Raises Refused: 400, 413 or 415."""
    kind = headers.get(b"content-type", b"text/plain")
    if media_type(kind) not in types:
        raise Refused(415, "content_type", f"Content-Type is {kind.decode('latin-1')[:64]!r}; send {' or '.join(t.decode() for t in types)}")
    declared = headers.get(b"content-length", b"0")
    if declared.isdigit() and int(declared) > max_bytes:
        raise too_large(max_bytes)
    message = await receive()
    body = message["body"] if is_whole(message, max_bytes) else await gathered(message, receive, max_bytes)
    encoding = headers.get(b"content-encoding")
    if encoding is None or (encoding := encoding.strip().lower()) in (b"identity", b""):
        return body
    if encoding == b"gzip":
        return inflated(body, inflated_max_bytes)
    raise Refused(415, "content_encoding", f"Content-Encoding is {encoding.decode('latin-1')[:32]!r}; send gzip or none")


def too_large(limit: int) -> Refused:
    return Refused(413, "too_large", f"The body is larger than {limit} bytes; send smaller batches")


@lru_cache(maxsize=1024)
def media_type(content_type: bytes) -> bytes:
    return content_type.split(b";", 1)[0].strip().lower()


def is_whole(message: Message, limit: int) -> bool:
    """As nearly every request comes: in one piece."""
    return not message.get("more_body", True) and len(message["body"]) <= limit


async def gathered(message: Message, receive: Receive, limit: int) -> bytes:
    """The body whose first piece is this message."""
    chunks: list[bytes] = []
    size = 0
    while True:
        if message["type"] == "http.disconnect":
            raise Refused(400, "disconnected", "The sender went away in the middle of the body")
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise too_large(limit)
        chunks.append(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks)
        message = await receive()


def inflated(body: bytes, limit: int) -> bytes:
    """Unpacks one gzip member in bounded memory."""
    unpacker = zlib.decompressobj(wbits=31)
    try:
        text = unpacker.decompress(body, limit + 1)
    except zlib.error:
        raise Refused(400, "not_gzip", "Content-Encoding says gzip, the body is something else") from None
    if len(text) > limit:
        raise too_large(limit)
    if not unpacker.eof or unpacker.unused_data:
        raise Refused(400, "not_gzip", "The gzip body is cut short, or something follows it")
    return text
