"""What a trace of Chromium's says about one page's main thread: its CPU time, and the longest task a script had a part in.

in   a trace's JSON with the categories below; the page's address; the address of a script
out  Cost
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

CATEGORIES = ["devtools.timeline", "disabled-by-default-devtools.timeline"]
TASK = "RunTask"
Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Cost:
    main_thread_ms: float  # CPU time of all tasks: what other programs take of the machine does not count
    longest_task_ms: float  # of the tasks in which the script ran; 0 where it never did


def cost(trace: bytes, page: str, script: str) -> Cost:
    events = json.loads(trace)["traceEvents"]
    thread = main_thread(events, page)
    ours = [event for event in events if event.get("ph") == "X" and (event["pid"], event["tid"]) == thread]
    tasks = [event for event in ours if event["name"] == TASK]
    if not tasks:
        raise SystemExit("Chromium's trace holds no task of the page: this version names them otherwise")
    return Cost(sum(map(cpu_ms, tasks)), max((cpu_ms(task) for task in with_script(tasks, ours, script)), default=0.0))


def main_thread(events: Iterable[Event], page: str) -> tuple[int, int]:
    for event in events:
        if event["name"] == "ParseHTML" and event.get("args", {}).get("beginData", {}).get("url") == page:
            return event["pid"], event["tid"]
    raise SystemExit(f"Chromium's trace does not show {page}")


def cpu_ms(task: Event) -> float:
    return float(task.get("tdur", 0)) / 1000


def with_script(tasks: list[Event], events: Iterable[Event], script: str) -> Iterable[Event]:
    """The tasks in which something of this script ran: it was evaluated, or one of its functions was called."""
    starts = [event["ts"] for event in events if script and script in str(event.get("args", {}).get("data", {}).get("url", ""))]
    return (task for task in tasks if any(task["ts"] <= start <= task["ts"] + task["dur"] for start in starts))
