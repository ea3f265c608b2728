"""The API of campaigns as a table, as in profiles/api.py."""

from __future__ import annotations

import msgspec
from starlette.responses import Response, StreamingResponse

from profiles.answers import Accepted
from profiles.campaigns import answers, handing, keeping, model, pulling, pulls, report, responses
from profiles.campaigns.keeping import Campaign
from profiles.carts_csv import wants_csv
from profiles.operations import Append, Call, Operation
from profiles.params import Cursor, Limit, cursor_of
from profiles.problems import HEADERS, Problem
from tracker.clock import iso
from tracker.store import Row

CHANGES = (400, 404, 409, 413, 415, 503)


# --- campaigns ---------------------------------------------------------------------------------------------------------------


def list_campaigns(call: Call) -> answers.CampaignList:
    found = keeping.all_of(call.deps.store, call.site)
    return answers.CampaignList([told(call.site.name, campaign) for campaign in found], None)


def get_campaign(call: Call) -> answers.CampaignTold:
    return told(call.site.name, keeping.one(call.deps.store, call.site, call.path["campaign_id"]))


def post_campaign(call: Call) -> answers.CampaignTold:
    return told(call.site.name, keeping.make(call.deps.store, call.site, model.given(call.body), call.access.key_id, call.now_ms))


def put_campaign(call: Call) -> answers.CampaignTold:
    given, campaign_id = model.given(call.body), call.path["campaign_id"]
    return told(call.site.name, keeping.change(call.deps.store, call.site, campaign_id, given, call.access.key_id, call.now_ms))


def told(site: str, campaign: Campaign) -> answers.CampaignTold:
    times = (iso(campaign.from_ms), iso(campaign.until_ms), iso(campaign.created_ms))
    return answers.CampaignTold(campaign.campaign_id, site, campaign.name, campaign.state, *times, campaign.by, campaign.programs)


# --- pulls -------------------------------------------------------------------------------------------------------------------


def post_pull(call: Call) -> answers.Pull:
    given, store = pull_in(call.body), call.deps.store
    made = pulling.pull(store, call.site, call.path["program_id"], given.idempotency_key.strip(), call.access.key_id, call.now_ms)
    if given.push:
        pulling.push(store, call.site, made, call.now_ms)
    return handing.pull_of(made)


def pull_in(body: bytes) -> answers.PullIn:
    try:
        return msgspec.json.decode(body or b"{}", type=answers.PullIn)
    except msgspec.ValidationError as error:
        raise Problem(400, "field_invalid", f"{error}. A pull takes `idempotency_key` and `push`, or nothing") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Problem(400, "not_json", "The body is not JSON in UTF-8") from None


def list_pulls(call: Call) -> answers.PullList:
    keeping.program_of(call.deps.store, call.site, call.path["program_id"])
    rows = pulls.of_programs(call.deps.store, call.site, [call.path["program_id"]])
    return answers.PullList([handing.pull_of(row) for row in rows], None)


def get_pull(call: Call) -> answers.FrozenRows | Response:
    pull = pull_of(call)
    if wants_csv(call.accept):
        name = f"{call.site.name}-{pull['pull_id']}.csv"
        headers = HEADERS | {"Content-Disposition": f'attachment; filename="{name}"'}
        return StreamingResponse(handing.csv_lines(call.deps.store, call.site, pull), media_type="text/csv; charset=utf-8", headers=headers)
    limit = call.query["limit"]
    rows = pulls.rows(call.deps.store, call.site, pull, after_row(call.query["cursor"]), limit + 1)
    page, last = handing.page(pull, rows, limit)
    page.next_cursor = cursor_of(last, pull["pull_id"]) if last else None
    return page


def after_row(cursor: tuple[int, str]) -> int:
    """A pull's cursor is the row it ended with, in the place of a time; without one it is the first page."""
    return cursor[0] if cursor[1] else 0


def get_retractions(call: Call) -> answers.Retractions:
    return handing.retractions(call.deps.store, call.site, pull_of(call))


def pull_of(call: Call) -> Row:
    return pulls.one(call.deps.store, call.site, call.path["program_id"], call.path["pull_id"])


def get_report(call: Call) -> answers.Report:
    campaign, program = keeping.program_of(call.deps.store, call.site, call.path["program_id"])
    return report.report(call.deps.store, call.site, campaign, program, call.now_ms)


# --- responses ---------------------------------------------------------------------------------------------------------------


def post_responses(call: Call) -> Append:
    return Append(*responses.feed(call.deps.store, call.body, call.site, call.now_ms))


# --- the table ---------------------------------------------------------------------------------------------------------------

PULLS = "/v1/programs/{program_id}/pulls"
OPERATIONS = (
    Operation("GET", "/v1/campaigns", "lists", "Campaigns, the newest first", list_campaigns, answers.CampaignList),
    Operation(
        "POST", "/v1/campaigns", "lists", "A new campaign with its programs and cells", post_campaign, answers.CampaignTold,
        body=(model.CampaignIn,), problems=CHANGES,
    ),
    Operation("GET", "/v1/campaigns/{campaign_id}", "lists", "One campaign", get_campaign, answers.CampaignTold, problems=(404,)),
    Operation(
        "PUT", "/v1/campaigns/{campaign_id}", "lists", "Change a campaign: all of it is sent", put_campaign, answers.CampaignTold,
        body=(model.CampaignIn,), problems=CHANGES,
    ),
    Operation("GET", PULLS, "lists", "What was pulled for a program, the newest first", list_pulls, answers.PullList, problems=(404,)),
    Operation(
        "POST", PULLS, "lists", "Pull the people of a program's list, divided into its cells; the rows stay as they are", post_pull, answers.Pull,
        body=(answers.PullIn,), problems=CHANGES,
    ),
    Operation(
        "GET", PULLS + "/{pull_id}", "lists", "The rows of a pull, the same each time; as CSV with Accept: text/csv", get_pull, answers.PullRows,
        (Limit(), Cursor()), problems=(404,), csv=True,
    ),
    Operation(
        "GET", PULLS + "/{pull_id}/retractions", "lists", "Carts of a pull that were not abandoned after all, as is known by now", get_retractions,
        answers.Retractions, problems=(404,),
    ),
    Operation(
        "GET", "/v1/programs/{program_id}/report", "lists", "What became of a program's people, each cell against the hold-out", get_report,
        answers.Report, problems=(404,),
    ),
    Operation(
        "POST", "/v1/responses", "lists", "Response codes that came back by phone, voucher or reply card: one, or an array of up to 500",
        post_responses, Accepted, body=(answers.ResponseIn,), problems=(400, 413, 415, 503), status=202,
    ),
)  # fmt: skip
