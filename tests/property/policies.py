"""Policy files of desks that chose for themselves, made up by chance."""

import random
from typing import Any

import yaml

Part = dict[str, Any]

# 2026-03-29 is the night in which the clocks of Berlin go forward; the crowd's hours lie around it.
_HOURS: tuple[Part, ...] = (
    {"mon-fri": "09:00-17:00"},
    {"mon-fri": ["09:00-12:00", "13:00-17:00"], "sat": "00:00-24:00", "sun": ["01:30-04:30"]},
    {"mon-sun": "00:00-24:00"},
    {"sat-sun": ["00:30-02:15", "02:15-02:45", "02:50-03:10", "22:00-24:00"], "mon": ["08:00-12:00", "12:30-18:00"]},
    {"sun": "02:00-03:00", "tue-thu": "23:59-24:00"},
    {"mon-fri": []},
)
_ZONES = ("UTC", "Europe/Berlin", "America/Havana", "Asia/Kathmandu", "Australia/Lord_Howe")
_CHANGES: tuple[list[Part], ...] = (
    [],
    [],
    [{"from": "2026-03-30", "hours": {"mon-sun": "06:00-22:00"}}],
    [{"from": "2024-01-01", "hours": {"sun": "00:00-24:00"}}, {"from": "2026-03-29", "hours": {"mon-fri": []}}],
)
_HOLIDAYS: tuple[Part, ...] = (
    {},
    {"dates": ["2026-03-30", "2026-04-01"]},
    {"country": "DE"},
    {"country": "DE", "subdivision": "BY", "dates": "2026-03-29"},
)
_SCHEDULES = ("default", "other hours")


def any_policy(chance: random.Random) -> str:
    """The text of a policy file; some keys are left out, so that they are as everywhere."""
    choices: dict[str, list[Any]] = {
        "targets": [_targets(chance)],
        "at_risk_percent": [0, 50, 90, 100],
        "short_abandon": ["0s", "10s", "1h"],
        "pausing": [["pending"], ["resolved", "closed"], ["pending", "resolved", "closed", "abandoned"]],
        "solving_stops": [False],
        "reopening_starts": ["any", "never"],
        "early_answer": ["0s", "1s", "1h"],
        "first_response_from": ["opened"],
        "avoidance_days": [[1], [2, 5], [7, 1], [30]],
        "csat": [{"scale": 10, "top": {4: 1, 10: 2}, "low": {5: 3, 10: 1}}, {"scale": 7, "top": {7: 2}, "low": {7: 3}}],
        "ces": [{"scale": 5, "low_effort": {5: 1, 11: 4}, "ease": True}, {"ease": True}],
        "nps_low": [0, 3, 8, 10],
        "mature_days": [1, 2, 5],
        "blind_spot_min_sent": [1, 2],
        "long_tenure_years": [1, 5],
        "churn": ["net", "gross"],
        "winback_days": [1, 30, 3650],
        "ltv_min_lost": [1, 20],
        "ltv_years": [1, 2, 5],
        "baseline_weeks": [1, 2, 3, 8],
        "values": [
            {"channel": {"WhatsApp": "chat", "4": "phone", "chat": "email"}, "priority": {"p1": "urgent"}},
            {"priority": {"P9": "low", "urgent": "high"}, "queue": {"q one": "q1", "Q2": "unknown"}},
        ],
    }
    policy = {name: chance.choice(values) for name, values in choices.items() if chance.random() < 0.7}
    if chance.random() < 0.8:
        policy["schedules"] = {name: _schedule(chance) for name in _SCHEDULES}
        queues = {queue: chance.choice(_SCHEDULES) for queue in ("q2", "unknown", "other")}
        policy["queues"] = {"q1": "other hours", **queues}
    return yaml.safe_dump({"version": 1, **policy}, sort_keys=False)


def _schedule(chance: random.Random) -> Part:
    return {
        "zone": chance.choice(_ZONES),
        "hours": chance.choice(_HOURS),
        "changes": chance.choice(_CHANGES),
        "holidays": chance.choice(_HOLIDAYS),
    }


_UNTIL = ("2026-03-30T20:00:00Z", "2026-04-01T06:00:00+02:00")  # the earlier one first; both are after any `from`


def _targets(chance: random.Random) -> list[Part]:
    drawn = [_target(chance) for _ in range(chance.randint(0, 5))]
    drawn.sort(key=lambda target: target.keys() <= {"within", "clock", "for"})  # what serves every ticket stands last
    targets: list[Part] = []
    for target in drawn:
        # A target that no ticket comes to, as one above it fits all of its tickets, is refused.
        if not any(_fits_all_of(above, target) for above in targets):
            targets.append(target)
    return targets


def _fits_all_of(above: Part, target: Part) -> bool:
    listed = all(
        key not in above or (key in target and set(target[key]) <= set(above[key]))
        for key in ("channels", "priorities", "queues")
    )
    begins = "from" not in above or "from" in target
    ends = "until" not in above or ("until" in target and _UNTIL.index(target["until"]) <= _UNTIL.index(above["until"]))
    return above.get("for") == target.get("for") and listed and begins and ends


def _target(chance: random.Random) -> Part:
    some: Part = {
        "channels": chance.sample(("chat", "email", "other"), chance.randint(1, 2)),
        "priorities": chance.sample(("low", "urgent"), 1),
        "queues": chance.sample(("q1", "q2", "q3", "unknown"), 2),
        "from": "2026-03-28T20:00:01Z",
        "until": chance.choice(_UNTIL),
        "for": "reply",
    }
    bounds = {key: value for key, value in some.items() if chance.random() < 0.25}
    within = chance.choice(("1s", "10s", "30s", "1h", "8h", "2d", "366d"))
    return {"within": within, **bounds, "clock": chance.choice(("calendar", "business"))}
