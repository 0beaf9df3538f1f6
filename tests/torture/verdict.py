"""After a fault: how long until the numbers are exact again, and whether they were wrong without saying so."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

import orjson

from stream.verify.compare import Difference, compare_sum
from stream.verify.instant import microseconds
from stream.verify.layout import Report
from stream.verify.load import load
from stream.verify.options import Options
from stream.verify.oracle import Oracle
from stream.verify.summed import summed
from tests.engine.desk import MARGIN_SECONDS, Shown
from tests.torture.claims import UNSAID_SECONDS, claims
from tests.torture.siege import PARTITIONS, PROMISE_SECONDS, Siege

EXACT_SECONDS = 60.0
"""Later than this after a fault is over is not again, it is never."""
ALERT_SECONDS = 30.0
LEAST_NUMBERS = 500
"""A report has thousands; fewer would be a comparison of nothing."""


@dataclass(slots=True)
class Verdict:
    """What came of a round. Every list is empty when all is well."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    silent: list[str] = field(default_factory=list)
    exact_after_seconds: float | None = None
    numbers: int = 0
    alerts_again: int = 0
    """Alerts that came more than once, under the same id."""

    @property
    def fine(self) -> bool:
        return not (self.lost or self.doubled or self.silent) and self.exact_after_seconds is not None


async def judge(siege: Siege) -> Verdict:
    """Wait until the desk is exact again and every alert has come; call it when the fault is over."""
    verdict = Verdict()
    began = time.time()
    differences = await _until_exact(siege, verdict, began)
    if verdict.exact_after_seconds is None:
        what = [_spelt(difference) for difference in differences[:5]] or [_unsettled(siege)]
        (verdict.doubled if any(map(_too_much, differences[:1])) else verdict.lost).extend(what)
    else:
        await _await_alerts(siege, verdict)
    verdict.silent += siege.said.silent
    verdict.doubled += [f"shown twice: {each}" for each in siege.said.twice]
    return verdict


async def _until_exact(siege: Siege, verdict: Verdict, began: float) -> list[Difference]:
    """Compare what is claimed until it is right; wrong claims that last are silent."""
    differences: list[Difference] = []
    wrong_since = None
    while time.time() < began + EXACT_SECONDS:
        reports, doubted = await _claimed_reports(siege, began + EXACT_SECONDS)
        if not reports:
            continue
        as_of = max(microseconds(report["as_of"]) for report in reports) / 1e6
        numbers, differences = await asyncio.to_thread(_compare, siege, reports)
        if not differences:
            verdict.exact_after_seconds = max(0.0, as_of - began)
            verdict.numbers = numbers
            return []
        if doubted or wrong_since is None:
            wrong_since = as_of
        if as_of >= wrong_since + UNSAID_SECONDS and not verdict.silent:
            verdict.silent.append(f"all claim to be right, and are not: {_spelt(differences[0])}")
    return differences


async def _claimed_reports(siege: Siege, give_up_at: float) -> tuple[list[Report], bool]:
    """Return the reports of one instant of all workers while they claim together that every number is right.

    And whether they were in doubt before; no reports if it is time to give up.
    """
    asked_at = max(siege.truth.last_at, time.time()) + MARGIN_SECONDS
    wanted = siege.folder / "report.wanted"
    wanted.touch()
    doubted = False
    try:
        while time.time() < give_up_at:
            await asyncio.sleep(0.1)
            shown = siege.shown()
            if not _all_claim(shown):
                doubted = True
                continue
            reports = [_report(siege, slot) for slot, each in shown.items() if each["owned"]]
            found = [report for report in reports if report is not None]
            parts = sorted(n for report in found for n in report["partitions"])
            instants = {report["as_of"] for report in found}
            of_one_instant = parts == list(range(PARTITIONS)) and len(instants) == 1
            if of_one_instant and microseconds(instants.pop()) / 1e6 > asked_at:
                return found, doubted
        return [], doubted
    finally:
        wanted.unlink(missing_ok=True)


def _all_claim(shown: dict[str, Shown]) -> bool:
    """Whether every partition is claimed to be right, by workers whose numbers can be added up."""
    whole = sorted(n for each in shown.values() for n in each["owned"]) == list(range(PARTITIONS))
    alike = len({each["counted_by"] for each in shown.values()}) == 1
    return whole and alike and all(claims(each) or not each["owned"] for each in shown.values())


def _report(siege: Siege, slot: str) -> Report | None:
    path = siege.folder / f"{slot}.shown.report"
    return orjson.loads(path.read_bytes()) if path.exists() else None


def _compare(siege: Siege, reports: list[Report]) -> tuple[int, list[Difference]]:
    actual = summed(reports)
    expected = Oracle(
        load([siege.truth.write()]), microseconds(reports[0]["as_of"]), Options.of_snapshot(reports[0])
    ).report()
    found = compare_sum(expected, expected, actual)
    if found.numbers < LEAST_NUMBERS:
        raise AssertionError(f"only {found.numbers} numbers were compared: {found.unchecked[:5]}")
    return found.numbers, found.differences


def _too_much(difference: Difference) -> bool:
    expected, actual = difference.expected, difference.actual
    return isinstance(expected, int | float) and isinstance(actual, int | float) and actual > expected


def _spelt(difference: Difference) -> str:
    where = f"{difference.path} {dict(difference.labels)} {difference.window or ''}".strip()
    return f"{where}: expected {difference.expected}, shown {difference.actual}"


def _unsettled(siege: Siege) -> str:
    said = {
        slot: {
            **{name: shown[name] for name in ("phase", "ready", "caught_up", "owned")},
            "lag": {topic: lag for topic, lag in shown["counters"]["lag"].items() if lag != 0},
        }
        for slot, shown in siege.shown().items()
    }
    return f"not exact within {EXACT_SECONDS:.0f} s, and says so: {said}"


async def _await_alerts(siege: Siege, verdict: Verdict) -> None:
    """Every forsaken ticket breaches once, under one id; none that was answered does."""
    alarm = siege.truth.alarm
    give_up_at = time.monotonic() + ALERT_SECONDS + PROMISE_SECONDS
    missing = alarm.forsaken
    while missing and time.monotonic() < give_up_at:
        await asyncio.sleep(0.1)
        missing = [ticket for ticket in alarm.forsaken if ("sla.breached", ticket) not in siege.alerts]
    verdict.lost += [f"no alert that {ticket} breached" for ticket in missing]
    for (kind, about), ids in siege.alerts.items():
        if len(ids) > 1:
            verdict.doubled.append(f"{kind} of {about} under {len(ids)} ids")
    false = [ticket for ticket in alarm.answered if ("sla.breached", ticket) in siege.alerts]
    verdict.doubled += [f"alert of {ticket}, which was answered before it was opened" for ticket in false]
    verdict.alerts_again = sum(times - 1 for ids in siege.alerts.values() for times in ids.values())
