"""Whether a body that was delivered is what the schema of its type says, and nothing beyond it."""

from __future__ import annotations

import re
from typing import Any

import jsonschema

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)
FORMATS = jsonschema.FormatChecker(formats=())


def is_time(value: object) -> bool:
    """As docs/api.md says that times are written."""
    return not isinstance(value, str) or TIME.fullmatch(value) is not None


FORMATS.checks("date-time")(is_time)


def misfits(body: dict[str, Any], schema: dict[str, Any]) -> list[str]:
    """What is wrong with it, by a schema that is `closed`."""
    reference = schema["discriminator"]["mapping"].get(body["type"])
    if reference is None:
        return [f"no schema for {body['type']!r}"]
    validator = jsonschema.Draft202012Validator({"$ref": reference, "$defs": schema["$defs"]}, format_checker=FORMATS)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(body)]


def closed(schema: dict[str, Any]) -> dict[str, Any]:
    """/v1/schemas/message.json, without room for a field that it does not name."""
    defs = {name: kind | ({"additionalProperties": False} if "properties" in kind else {}) for name, kind in schema["$defs"].items()}
    return {**schema, "$defs": defs}


def shape(body: Any, path: str = "") -> set[str]:
    """Which fields it has, whatever is in them."""
    if isinstance(body, dict):
        return {path}.union(*(shape(value, f"{path}.{name}") for name, value in body.items()))
    return {path}.union(*(shape(value, f"{path}[]") for value in body)) if isinstance(body, list) else {path}
