"""What a list or a rule asks of a cart, a session or a customer: checked data, never code.

in   `{"all": [{"field", "operator", "value"} or {"any": [...]}]}`, as a person made it
out  Conditions, whether they hold for the facts of one profile, and the same as an English sentence

A field is one row of the table in fields.py and one line in facts.py. What is not known holds for `is_not`, `none_of` and `known: false` only.
"""

from profiles.conditions.checking import AnyOf, Condition, Conditions, Invalid, check, raw
from profiles.conditions.facts import Facts, facts_of_cart, facts_of_customer, facts_of_session, with_parents
from profiles.conditions.fields import SUBJECTS, Field, Money, Subject, field_of, fields_of
from profiles.conditions.holding import holds, next_change_ms, why
from profiles.conditions.telling import clause, sentence

__all__ = [
    "SUBJECTS", "AnyOf", "Condition", "Conditions", "Facts", "Field", "Invalid", "Money", "Subject", "check", "clause", "facts_of_cart",
    "facts_of_customer", "facts_of_session", "field_of", "fields_of", "holds", "next_change_ms", "raw", "sentence", "why", "with_parents",
]  # fmt: skip
