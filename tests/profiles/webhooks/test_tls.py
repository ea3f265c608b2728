"""By https the connection goes to the checked address, and the certificate has to be the name's."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from profiles.webhooks.ladder import Outcome
from profiles.webhooks.sending import Sender
from tests.profiles.webhooks.receiver import Receiver, Server, handler_of

NAME = "localhost"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Key and certificate of one name, which vouches for itself."""
    path = tmp_path_factory.mktemp("tls")
    made = ["-newkey", "rsa:2048", "-nodes", "-keyout", str(path / "key.pem"), "-out", str(path / "cert.pem"), "-days", "2"]
    subprocess.run(
        ["openssl", "req", "-x509", *made, "-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}"], check=True, capture_output=True
    )
    return path


@pytest.fixture
def tls(certificate: Path) -> Iterator[Receiver]:
    receiver = Receiver()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    plain, receiver.server = receiver.server, Server(("127.0.0.1", 0), handler_of(receiver))
    plain.shutdown()
    plain.server_close()
    receiver.server.socket = context.wrap_socket(receiver.server.socket, server_side=True)
    threading.Thread(target=receiver.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield receiver
    receiver.close()


def sent(host: str, port: int, certificate: Path) -> Outcome:
    async def send() -> Outcome:
        trust = ssl.create_default_context(cafile=str(certificate / "cert.pem"))
        sender = Sender(local=True, resolve=lambda host, port: ["127.0.0.1"], trust=trust)
        try:
            return await sender.send(f"https://{host}:{port}/hooks", {"webhook-id": "msg_1"}, b"{}", 0)
        finally:
            await sender.close()

    return asyncio.run(send())


def test_a_certificate_of_the_urls_name_is_taken(tls: Receiver, certificate: Path) -> None:
    outcome = sent(NAME, tls.server.server_port, certificate)
    assert (outcome.answer, outcome.why) == (200, "")
    assert tls.got[0].headers["host"] == f"{NAME}:{tls.server.server_port}"


def test_a_certificate_of_another_name_is_not_although_the_address_is_the_same(tls: Receiver, certificate: Path) -> None:
    outcome = sent("crm.example", tls.server.server_port, certificate)
    assert outcome.answer == 0
    assert "certificate" in outcome.why.lower()
    assert tls.got == []
