"""The small worlds of the sessionizer's tests, for journeys."""

from __future__ import annotations

from tests.sessionizer.conftest import arrivals, world

__all__ = ["arrivals", "world"]
