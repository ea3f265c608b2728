"""What a benchmark gives back: figures under their agreed names, and remarks for people.

A figure that was not measured is not there. Nothing is estimated.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Options:
    big: bool = False  # adds the sizes that need minutes and gigabytes


@dataclass(slots=True)
class Figures:
    keys: dict[str, float] = field(default_factory=dict)  # the agreed ones, and no others
    remarks: list[str] = field(default_factory=list)  # how it was measured, and figures beside

    def set(self, key: str, value: float) -> None:
        self.keys[key] = float(f"{value:.4g}") if abs(value) < 1000 else round(value)

    def remark(self, text: str) -> None:
        self.remarks.append(text)
