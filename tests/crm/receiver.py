"""A small CRM end: takes webhooks, checks who sent them with the reference library, keeps the table.

    python -m tests.crm.receiver DATABASE PORT CHANCE

in   POST /hooks; the secret, in the file DATABASE.secret; /v1/schemas/message.json, in DATABASE.schema
out  204 once the message is on disk; 400 where the signature is not good, 422 where it is not what the schema says: DATABASE.unfit has why
CHANCE is how often a message meets trouble when it first comes: 500 before anything is done, or 500 after it is done, or the process ends then.
"""

from __future__ import annotations

import json
import os
import random
import sys
from pathlib import Path

import uvicorn
from standardwebhooks import Webhook, WebhookVerificationError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.crm.fitting import closed, misfits
from tests.crm.table import Table

TROUBLES = ("refused", "unheard", "killed")


class Trouble:
    """What goes wrong is drawn from the message's id, and happens once: the file remembers it over an end of the process."""

    def __init__(self, path: Path, chance: float) -> None:
        self.path, self.chance = path, chance
        self.known = set(path.read_text().splitlines()) if path.exists() else set()

    def of(self, message_id: str) -> str:
        draw = random.Random(message_id)
        if message_id in self.known or draw.random() >= self.chance:
            return ""
        self.known.add(message_id)
        with self.path.open("a") as file:
            file.write(message_id + "\n")
        return draw.choice(TROUBLES)


def app_of(database: Path, chance: float) -> Starlette:
    table, trouble = Table(database), Trouble(database.with_suffix(".trouble"), chance)
    webhook, schema = Webhook(database.with_suffix(".secret").read_text()), closed(json.loads(database.with_suffix(".schema").read_bytes()))

    async def hooks(request: Request) -> Response:
        body = await request.body()
        try:
            webhook.verify(body, dict(request.headers))
        except WebhookVerificationError as error:
            return Response(str(error), 400)
        message_id = request.headers["webhook-id"]
        met = trouble.of(message_id)
        if met == "refused":
            return Response(status_code=500)
        told = json.loads(body)
        if faults := misfits(told, schema):
            return unfit(database, faults)
        await run_in_threadpool(table.take, message_id, told)
        if met == "killed":
            os._exit(1)
        return Response(status_code=500 if met == "unheard" else 204)

    return Starlette(routes=[Route("/hooks", hooks, methods=["POST"])])


def unfit(database: Path, faults: list[str]) -> Response:
    with database.with_suffix(".unfit").open("a") as file:
        file.write("\n".join([*faults, ""]))
    return Response("; ".join(faults), 422)


def main() -> None:
    database, port, chance = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    uvicorn.run(app_of(database, chance), host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    main()
