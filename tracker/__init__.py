"""The tracker: eyes for a web shop. What each file owns is told in docs/decisions/0001-rooms-and-floors.md."""

__version__ = "0.1.0"
