"""Any condition a person may write, and any facts it may meet."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from profiles.conditions import SUBJECTS, Field, fields_of
from profiles.conditions.fields import field_of

NOW_MS = 1_795_348_800_000
texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20).filter(lambda text: bool(text.strip()))
numbers = st.decimals(min_value=0, max_value=10**6, places=2).map(float)
money = st.fixed_dictionaries({"amount": numbers, "currency": st.sampled_from(["EUR", "USD"])})


def one_value(field: Field, operator: str) -> st.SearchStrategy[Any]:
    if operator == "known" or field.kind == "flag":
        return st.booleans()
    if field.kind == "choice":
        return st.sampled_from(field.choices)
    if field.kind in ("duration_s", "age_s"):
        return st.integers(0, 10**7)
    if field.kind == "money":
        return money
    if field.kind == "number" or operator in ("at_least", "at_most"):
        return numbers
    return st.one_of(texts, numbers, st.booleans()) if field.kind == "fact" and operator != "contains" else texts


@st.composite
def conditions(draw: st.DrawFn, subject: str) -> dict[str, Any]:
    named = [field_of(subject, name) for name in ("attributes.tier", "consent.marketing")] if subject == "customer" else []  # type: ignore[arg-type]
    field = draw(st.sampled_from([*fields_of(subject), *(field for field in named if field)]))  # type: ignore[arg-type]
    operator = draw(st.sampled_from(field.operators))
    value = one_value(field, operator)
    if operator in ("any_of", "none_of", "all_of"):
        given = draw(st.lists(value, min_size=1, max_size=4))
    elif operator == "between":
        given = sorted(draw(st.tuples(value, value)), key=lambda each: each["amount"] if isinstance(each, dict) else each)
        given = [each | {"currency": "EUR"} for each in given] if isinstance(given[0], dict) else given
    else:
        given = draw(value)
    return {"field": field.name, "operator": operator, "value": given}


@st.composite
def asked(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    subject = draw(st.sampled_from(SUBJECTS))
    one = conditions(subject)
    return subject, {"all": draw(st.lists(st.one_of(one, st.fixed_dictionaries({"any": st.lists(one, min_size=1, max_size=3)})), max_size=5))}
