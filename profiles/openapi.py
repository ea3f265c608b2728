"""The API described by its own types: JSON Schemas, and the OpenAPI 3.1 document made from the table that serves.

in   OPERATIONS (api.py), the answer types
out  documents as dicts
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec

import tracker
from profiles import answers, answers_event, openapi_webhooks
from profiles import answers_people as people
from profiles.operations import Operation
from profiles.params import Parameter
from profiles.webhooks.messages import ANY, KINDS

DIALECT = "https://json-schema.org/draft/2020-12/schema"
SCHEMAS: dict[str, Any] = {
    "session": answers.SessionProfile, "cart": answers.Cart, "customer": people.CustomerProfile, "event": answers_event.Event,
    "message": ANY,
}  # fmt: skip
MEANINGS = {
    400: "A parameter or the body cannot be used; the message says what would do",
    401: "No secret key, or one that is unknown, revoked or expired",
    403: "The key lacks the scope",
    404: "There is no such thing in this site",
    409: "What is there already forbids it; the message says what",
    410: "It is no more: a session was superseded, and `superseded_by` names the one that has its events now; or a position of the stream is too old",
    413: "The body is too large",
    415: "The body is not application/json",
    503: "Come again after the seconds in Retry-After",
}
OPEN_ROUTES = {
    "/v1/openapi.json": "This document",
    "/v1/schemas/{name}.json": f"JSON Schema of one answer, or of any message to a webhook: {', '.join(SCHEMAS)}",
    "/healthz": "The process runs",
    "/readyz": "The process can serve: 200, else 503 with the reason",
    "/metrics": "Figures for Prometheus",
}


def schema(name: str) -> dict[str, Any] | None:
    """The JSON Schema of one answer, or of the messages to webhooks; None where there is no such name."""
    if name not in SCHEMAS:
        return None
    made = plain_numbers(msgspec.json.schema(SCHEMAS[name]))
    return {"$schema": DIALECT, "$id": f"/v1/schemas/{name}.json", **made}


def document(operations: Sequence[Operation]) -> dict[str, Any]:
    types = [given for operation in operations for given in (operation.answer, *operation.body)]
    wanted = list(dict.fromkeys([*types, *SCHEMAS.values(), *KINDS, answers.Error]))
    references, components = plain_numbers(plain_names(*msgspec.json.schema_components(wanted, ref_template="#/components/schemas/{name}")))
    by_type = dict(zip(wanted, references, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = described(operation, by_type)
    for path, summary in OPEN_ROUTES.items():
        answered = {"200": {"description": summary}} | ({"404": {"description": MEANINGS[404]}} if "{" in path else {})
        paths[path] = {"get": {"summary": summary, "security": [], "parameters": path_parameters(path), "responses": answered}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "tracker", "version": tracker.__version__, "description": "Session, cart and customer profiles of the key's site."},
        "security": [{"key": []}],
        "paths": paths,
        "webhooks": openapi_webhooks.webhooks(by_type),
        "components": {
            "schemas": components | {"Message": by_type[ANY]},
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "description": "A secret key, sk_…, made by `tracker key create`"}},
        },
    }


def described(operation: Operation, by_type: dict[Any, Any]) -> dict[str, Any]:
    schema = by_type[operation.answer] if operation.media == "application/json" else {"type": "string"}
    content: dict[str, Any] = {operation.media: {"schema": schema}}
    if operation.csv:
        content["text/csv"] = {"schema": {"type": "string"}}
    told: dict[str, Any] = {
        "operationId": operation.run.__name__,
        "summary": operation.summary,
        "description": f"Needs a key with the scope `{operation.scope}`.",
        "parameters": path_parameters(operation.path) + [query_parameter(parameter) for parameter in operation.parameters],
        "responses": {str(operation.status): {"description": operation.summary, "content": content}} | refusals(operation, by_type),
    }
    if operation.body:
        told["requestBody"] = {"required": True, "content": {"application/json": {"schema": body_schema(operation, by_type)}}}
    return told


def body_schema(operation: Operation, by_type: dict[Any, Any]) -> Any:
    kinds = [by_type[kind] for kind in operation.body]
    return kinds[0] if len(kinds) == 1 else {"anyOf": [*kinds, {"type": "array", "items": {"anyOf": kinds}}]}


def refusals(operation: Operation, by_type: dict[Any, Any]) -> dict[str, Any]:
    codes = sorted({400, 401, 403, 503, *operation.problems})
    return {str(code): {"description": MEANINGS[code], "content": {"application/json": {"schema": by_type[answers.Error]}}} for code in codes}


def path_parameters(path: str) -> list[dict[str, Any]]:
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in re.findall(r"\{(\w+)\}", path)]


def query_parameter(parameter: Parameter) -> dict[str, Any]:
    return {"name": parameter.name, "in": "query", "required": False, "description": parameter.help, "schema": parameter.schema()}


def plain_names(references: Sequence[Any], components: dict[str, Any]) -> Any:
    """Where two types have one name, the library takes their modules too; whoever makes types of this could not use a dot."""
    told = msgspec.json.encode([references, components]).decode()
    for name in (name for name in components if "." in name):
        room, _, own = name.rpartition(".")
        plain = own if room == answers.__name__ else room.rpartition(".")[2].capitalize() + own
        told = told.replace(f'"{name}"', f'"{plain}"').replace(f'/schemas/{name}"', f'/schemas/{plain}"')
    return msgspec.json.decode(told)


def plain_numbers(schema: Any) -> Any:
    """Decimals travel as JSON numbers here; the library would have them as texts."""
    if isinstance(schema, dict):
        if schema.get("format") == "decimal":
            return {**{name: value for name, value in schema.items() if name not in ("format", "default")}, "type": "number"}
        return {name: plain_numbers(value) for name, value in schema.items()}
    return [plain_numbers(value) for value in schema] if isinstance(schema, list) else schema
