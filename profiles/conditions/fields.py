"""The closed table of fields: what may be asked of which subject, by which operators, and how it is said.

in   nothing
out  Field by subject and name; `attributes.NAME` and `consent.NAME` of a customer take any name
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal, get_args

from profiles.answers import CartStage, CartState, PurposeLabel, Stage

Subject = Literal["cart", "session", "customer"]
SUBJECTS: tuple[Subject, ...] = get_args(Subject)
Kind = Literal["text", "number", "money", "duration_s", "age_s", "choice", "set", "flag", "fact"]

OPERATORS: dict[Kind, tuple[str, ...]] = {
    "text": ("is", "is_not", "any_of", "none_of", "contains", "known"),
    "number": ("is", "is_not", "at_least", "at_most", "between"),
    "money": ("at_least", "at_most", "between"),
    "duration_s": ("at_least", "at_most", "between"),
    "age_s": ("at_least", "at_most", "between"),
    "choice": ("is", "is_not", "any_of", "none_of"),
    "set": ("any_of", "all_of", "none_of"),
    "flag": ("is",),
    "fact": ("is", "is_not", "any_of", "none_of", "contains", "at_least", "at_most", "known"),
}
LABELS = {
    "is": "is", "is_not": "is not", "at_least": "is at least", "at_most": "is at most", "between": "is between", "any_of": "is one of",
    "none_of": "is none of", "all_of": "is all of", "contains": "contains", "known": "is known",
}  # fmt: skip
CONSENT = ("granted", "denied", "never_asked")
NAME = re.compile(r"[\w][\w .:-]{0,63}")  # of an attribute or a purpose of consent


@dataclass(frozen=True, slots=True)
class Money:
    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Field:
    """`says` begins with `it` or `its`, of a customer with `they` or `their`; of a set or a flag, `yes` and `no` are the whole clause,
    with {} for the values.

    An age counts from a moment, so that it grows by the clock alone; a duration is over or grows by what happens.
    """

    name: str
    label: str
    kind: Kind
    says: str = ""
    choices: tuple[str, ...] = ()
    yes: str = ""
    no: str = ""
    all: str = ""

    @property
    def operators(self) -> tuple[str, ...]:
        return OPERATORS[self.kind]


_LIFECYCLE = get_args(Stage)
_SOURCE = (Field("channel", "Channel it came by", "text", "its channel"), Field("campaign", "Campaign it came by", "text", "its campaign"))

FIELDS: dict[Subject, tuple[Field, ...]] = {
    "cart": (
        Field("state", "State", "choice", "it", get_args(CartState)),
        Field("stage", "Furthest stage", "choice", "its furthest stage", get_args(CartStage)),
        Field("value", "Value", "money", "its value"),
        Field("currency", "Currency", "text", "its currency"),
        Field("age_s", "Time since it was touched", "age_s", "it was touched"),
        Field("abandoned_age_s", "Time since it was abandoned", "age_s", "it was abandoned"),
        Field("items_count", "Number of items", "number", "its number of items"),
        Field("items", "Items", "set", yes="it has item {}", no="it has no item {}", all="it has each of item {}"),
        Field(
            "categories", "Categories of its items", "set", yes="it has an item of {}", no="it has no item of {}", all="it has items of each of {}"
        ),
        Field("abandonments", "How often it was abandoned", "number", "its number of times abandoned"),
        Field("consent_marketing", "Consent to marketing", "choice", "its owner's consent to marketing", CONSENT),
        Field("customer_known", "Owner is a known customer", "flag", yes="its owner is a known customer", no="its owner is not known"),
        Field("lifecycle", "Life-cycle stage of the customer", "choice", "its customer's life-cycle stage", _LIFECYCLE),
        *_SOURCE,
    ),
    "session": (
        Field("status", "Open or closed", "choice", "it", ("open", "closed")),
        Field("purpose", "Purpose", "choice", "its purpose", get_args(PurposeLabel)),
        Field("confidence", "How sure the purpose is, 0 to 1", "number", "its purpose's confidence"),
        Field("device", "Device", "text", "its device"),
        *_SOURCE,
        Field("page_views", "Page views", "number", "its number of page views"),
        Field("duration_s", "Duration", "duration_s", "its duration"),
        Field("engaged_s", "Time engaged", "duration_s", "its time engaged"),
        Field("quiet_age_s", "Time since the last activity", "age_s", "it was last active"),
        Field("products_viewed", "Products viewed", "set", yes="it viewed product {}", no="it viewed no product {}", all="it viewed each of {}"),
        Field("categories_viewed", "Categories viewed", "set", yes="it viewed {}", no="it viewed nothing of {}", all="it viewed each of {}"),
        Field("content_seen", "Content seen", "set", yes="it saw content {}", no="it saw no content {}", all="it saw each content of {}"),
        Field("cart_value", "Value of the cart", "money", "its cart's value"),
        Field("purchases", "Orders in it", "number", "its number of orders"),
        Field("customer_known", "Visitor is a known customer", "flag", yes="its visitor is a known customer", no="its visitor is not known"),
        Field("lifecycle", "Life-cycle stage of the customer", "choice", "its customer's life-cycle stage", _LIFECYCLE),
    ),
    "customer": (
        Field("lifecycle", "Life-cycle stage", "choice", "their life-cycle stage", _LIFECYCLE),
        Field("orders_count", "Number of orders", "number", "their number of orders"),
        Field("revenue", "Revenue", "money", "their revenue"),
        Field("last_order_age_s", "Time since the last order", "age_s", "they last ordered"),
        Field("last_seen_age_s", "Time since the last visit", "age_s", "they were last seen"),
        Field("sessions_count", "Number of sessions", "number", "their number of sessions"),
        Field("readiness", "Readiness to buy, 0 to 1", "number", "their readiness to buy"),
        Field("has_abandoned_cart", "Has an abandoned cart", "flag", yes="they have an abandoned cart", no="they have no abandoned cart"),
        Field("abandoned_value", "Value of the abandoned cart", "money", "their abandoned cart's value"),
        Field(
            "interests", "Categories of interest", "set", yes="they are interested in {}", no="they are not interested in {}",
            all="they are interested in each of {}",
        ),
    ),
}  # fmt: skip

NAMED = {  # of a customer: a field for each name
    "attributes": Field("attributes", "What you know: ", "fact", "their"),
    "consent": Field("consent", "Consent to ", "choice", "their consent to", CONSENT),
}
_BY_NAME = {subject: {field.name: field for field in fields} for subject, fields in FIELDS.items()}


def fields_of(subject: Subject) -> tuple[Field, ...]:
    return FIELDS[subject]


def field_of(subject: Subject, name: str) -> Field | None:
    kind, _, named = name.partition(".")
    if subject == "customer" and kind in NAMED and NAME.fullmatch(named):
        field = NAMED[kind]
        return replace(field, name=name, label=field.label + named, says=f"{field.says} {named}")
    return _BY_NAME[subject].get(name)
