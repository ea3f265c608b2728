"""docs/api.md names every route, parameter, field and error code that there is."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from profiles import answers, answers_cart, answers_event, answers_people, corrections, openapi, orders
from profiles.api import OPERATIONS
from profiles.campaigns import answers as campaign_answers
from profiles.campaigns import model as campaigns
from profiles.lists import answers as list_answers
from profiles.rules import answers as rule_answers
from profiles.webhooks import answers as webhook_answers
from tracker import registry

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "api.md").read_text()
WORDS = set(re.findall(r"[\w{}/.]+", TEXT))
TYPES = (
    answers_cart.CartEvent,
    answers.SessionProfile, answers.Cart, answers.Quality, answers.Accepted, answers_event.Event, answers_people.CustomerProfile,
    answers_people.VisitorProfile, answers_people.Claim, answers_people.Erased, answers_people.Export,
    answers_people.Correction, answers_people.Compared, answers.Purpose, answers.Corrected, answers.Agreement, answers.Confusion,
    corrections.PurposeIn, answers.StageChange, answers_people.Readiness, orders.OrderIn, orders.CustomerIn,
    list_answers.ListIn, list_answers.SuppressionIn, list_answers.CountIn, list_answers.SavedList, list_answers.Counted, list_answers.Worth,
    list_answers.ReasonFound, list_answers.Member,
    campaign_answers.CampaignTold, campaign_answers.PullIn, campaign_answers.Pull, campaign_answers.PullRows, campaign_answers.PullRow,
    campaign_answers.Retraction, campaign_answers.ResponseIn, campaign_answers.Report, campaign_answers.CellReport, campaign_answers.Uplift,
    campaign_answers.AgainstHoldOut, campaign_answers.Value, campaigns.CampaignIn, campaigns.ProgramIn, campaigns.CellIn, campaigns.Sample,
    rule_answers.RuleMatch, rule_answers.RuleReport, rule_answers.RuleCellReport,
    webhook_answers.WebhookIn, webhook_answers.WebhookMade, webhook_answers.WebhookStanding, webhook_answers.Delivery, webhook_answers.Removed,
)  # fmt: skip
KNOWN_BY_THE_PATH = {"customer_id", "site", "version", "exported_at", "from", "to"}


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: f"{operation.method} {operation.path}")
def test_every_operation_has_a_chapter_with_its_parameters_and_its_scope(operation: object) -> None:
    from profiles.operations import Operation

    assert isinstance(operation, Operation)
    found = re.search(rf"^### {operation.method} {re.escape(operation.path)}\n(.*?)(?=^##|\Z)", TEXT, re.M | re.S)
    assert found, f"docs/api.md has no chapter '### {operation.method} {operation.path}'"
    assert f"`{operation.scope}`" in found[1]
    assert [parameter.name for parameter in operation.parameters if f"`{parameter.name}`" not in found[1]] == []


@pytest.mark.parametrize("path", openapi.OPEN_ROUTES)
def test_every_open_route_is_named(path: str) -> None:
    assert f"`GET {path}`" in TEXT


@pytest.mark.parametrize("command", registry.COMMANDS)
def test_every_internal_command_is_named(command: str) -> None:
    assert f"/internal/{command}`" in TEXT


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.__name__)
def test_every_field_is_named(kind: type[msgspec.Struct]) -> None:
    assert [name for name in kind.__struct_encode_fields__ if name not in WORDS | KNOWN_BY_THE_PATH] == []


def test_every_error_code_is_named() -> None:
    sources = [path for path in (ROOT / "profiles").glob("*.py") if "views" not in path.parts]
    codes = {code for path in sources for code in re.findall(r'Problem\(\s*\d{3}, "(\w+)"', path.read_text())}
    assert codes
    assert {code for code in codes if code not in WORDS} - {"local_only", "bad_input"} == set()
