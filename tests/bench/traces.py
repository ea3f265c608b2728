"""What a trace of Chromium's says about one page's main thread: its CPU time, what of it is a script's own, and the script's longest task.

in   a trace's JSON with the categories below; the page's address; the address of a script
out  Cost
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

CATEGORIES = ["devtools.timeline", "disabled-by-default-devtools.timeline"]
TASK, OBSERVING = "RunTask", "IntersectionObserverController::computeIntersections"
Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Cost:
    main_thread_ms: float  # CPU time of all tasks: what other programs take of the machine does not count
    longest_task_ms: float  # of the tasks in which the script ran; 0 where it never did
    script_ms: float  # in the script's own functions, with what they called
    observing_ms: float  # the browser's reckoning of what is in view, for whoever asked for it


def cost(trace: bytes, page: str, script: str) -> Cost:
    events = json.loads(trace)["traceEvents"]
    thread = main_thread(events, page)
    ours = [event for event in events if event.get("ph") == "X" and (event["pid"], event["tid"]) == thread]
    tasks = [event for event in ours if event["name"] == TASK]
    if not tasks:
        raise SystemExit("Chromium's trace holds no task of the page: this version names them otherwise")
    run = [event for event in ours if script and script in str(event.get("args", {}).get("data", {}).get("url", ""))]
    observing = [event for event in ours if event["name"] == OBSERVING]
    return Cost(outer_ms(tasks), max(map(cpu_ms, with_any(tasks, run)), default=0.0), outer_ms(run), outer_ms(observing))


def main_thread(events: Iterable[Event], page: str) -> tuple[int, int]:
    for event in events:
        if event["name"] == "ParseHTML" and event.get("args", {}).get("beginData", {}).get("url") == page:
            return event["pid"], event["tid"]
    raise SystemExit(f"Chromium's trace does not show {page}")


def cpu_ms(task: Event) -> float:
    return float(task.get("tdur", 0)) / 1000


def outer_ms(events: list[Event]) -> float:
    """Of events inside each other only the outermost counts."""
    total, until = 0.0, -1.0
    for event in sorted(events, key=lambda event: (event["ts"], -event["dur"])):
        if event["ts"] >= until:
            total, until = total + cpu_ms(event), event["ts"] + event["dur"]
    return total


def with_any(tasks: list[Event], inside: list[Event]) -> Iterable[Event]:
    """The tasks in which one of these begins."""
    return (task for task in tasks if any(task["ts"] <= event["ts"] <= task["ts"] + task["dur"] for event in inside))
