"""One try: look the name up, check every address, connect to a checked one, post, read the status.

in   a URL, headers, a body
out  Outcome; nothing that a receiver does raises, takes longer than TRY_S or needs more memory than ANSWER_MAX_BYTES

No connection is kept: each try looks up and checks anew. Proxies of the environment are not used, redirects not followed.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

import httpcore

import tracker
from profiles.webhooks.addresses import Refused, Resolve, Target, checked, system_resolve, target_of
from profiles.webhooks.ladder import Outcome, in_words, retry_after_s

TRY_S = 15.0
ANSWER_MAX_BYTES = 16 * 1024
ANSWER_S = 1.0  # for the rest of an answer whose status is known
AGENT = f"tracker/{tracker.__version__} (webhooks)"


class Pinned(httpcore.AsyncNetworkBackend):
    """Connects to addresses that were checked in the same breath; the URL's name is still what TLS and the Host header say."""

    def __init__(self, resolve: Resolve, *, local: bool) -> None:
        self.resolve, self.local = resolve, local
        self.inner = httpcore.AnyIOBackend()

    async def connect_tcp(  # the library's form
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        addresses = await asyncio.to_thread(partial(checked, Target(host, port), self.resolve, local=self.local))
        for address in addresses[:-1]:
            with suppress(httpcore.ConnectError, httpcore.ConnectTimeout):
                return await self.inner.connect_tcp(address, port, timeout=timeout)
        return await self.inner.connect_tcp(addresses[-1], port, timeout=timeout)

    async def connect_unix_socket(self, path: str, timeout: float | None = None, socket_options: Any = None) -> Any:  # noqa: ASYNC109
        raise Refused("Webhooks go over the network")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class Sender:
    """To be made and used on one event loop. `local`: http and loopback will do as well."""

    def __init__(self, *, local: bool = False, resolve: Resolve = system_resolve, trust: ssl.SSLContext | None = None, try_s: float = TRY_S) -> None:
        self.local, self.try_s = local, try_s
        self.pool = httpcore.AsyncConnectionPool(
            ssl_context=trust or ssl.create_default_context(), max_connections=None, max_keepalive_connections=0, http1=True, http2=False, retries=0,
            network_backend=Pinned(resolve, local=local),
        )  # fmt: skip

    async def send(self, url: str, headers: Mapping[str, str], body: bytes, now_ms: int) -> Outcome:
        begun = time.monotonic()
        answer, why, wait_s = 0, "", None
        try:
            async with asyncio.timeout(self.try_s) as limit:
                answer, wait_s = await self.posted(url, headers, body, now_ms, limit)
            why = in_words(answer)
        except TimeoutError:
            why = f"gave no answer within {self.try_s:g} seconds"
        except Refused as refused:
            why = str(refused)
        except (httpcore.NetworkError, httpcore.TimeoutException) as error:
            why = f"could not be reached: {said(error)}"
        except httpcore.ProtocolError as error:
            why = f"answered something that is no HTTP: {said(error)}"
        except (OSError, ValueError) as error:
            why = f"could not be reached: {said(error)}"
        return Outcome(answer, why, round((time.monotonic() - begun) * 1000), wait_s)

    async def posted(self, url: str, headers: Mapping[str, str], body: bytes, now_ms: int, limit: asyncio.Timeout) -> tuple[int, int | None]:
        target_of(url, local=self.local)
        own = {"content-type": "application/json", "user-agent": AGENT, "accept": "*/*"} | dict(headers)
        async with self.pool.stream("POST", url, headers=list(own.items()), content=body) as answer:
            limit.reschedule(asyncio.get_running_loop().time() + 2 * ANSWER_S)  # the status is known, and all that counts
            with suppress(TimeoutError, httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError):
                await asyncio.wait_for(read_some(answer), ANSWER_S)
            after = next((value.decode("latin-1") for name, value in answer.headers if name.lower() == b"retry-after"), "")
            return answer.status, retry_after_s(after, now_ms)

    async def close(self) -> None:
        await self.pool.aclose()


async def read_some(answer: httpcore.Response) -> None:
    """So that a receiver which has a little to say can say it; what it says is dropped."""
    size = 0
    async for chunk in answer.aiter_stream():
        size += len(chunk)
        if size > ANSWER_MAX_BYTES:
            return


def said(error: BaseException) -> str:
    """One short line; the address of a receiver may be wrong in many ways, and a person has to mend it."""
    text = " ".join(str(error).split())[:200]
    return text or type(error).__name__
