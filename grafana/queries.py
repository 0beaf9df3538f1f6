"""The PromQL of the dashboards: the same formulas as the recording rules, over what the variables select.

The rules keep the whole desk and each channel; a dashboard also filters by priority and queue, so it sums the
workers' counts itself. As there: sum first and divide last, and no sample where there is no data.
"""

from __future__ import annotations

FILTER = 'channel=~"$channel", priority=~"$priority", queue=~"$queue"'
MIN_ANSWERS = 5  # as in recording.yml; DeskpulseMinimumAnswersDiffer fires when the workers use another
Z = 1.96  # two-sided 95 %
TARGET = "max by (channel) (channel:deskpulse_first_response_target_seconds:constant)"


def select(metric: str, *conditions: str) -> str:
    """Return a selector of `metric` under the dashboard's variables and further label conditions."""
    return f"{metric}{{{', '.join((FILTER, *conditions))}}}"


def total(selector: str, by: str = "") -> str:
    """Sum over workers and all labels but `by`, a comma-separated list."""
    return f"sum by ({by}) ({selector})" if by else f"sum({selector})"


def most(selector: str, by: str = "") -> str:
    """Take the largest over workers and all labels but `by`."""
    return f"max by ({by}) ({selector})" if by else f"max({selector})"


def _answered(suffix: str) -> str:
    return select(f"deskpulse_first_response{suffix}", 'window="$window"', 'attribute_to="$attribute_to"')


def first_responses(by: str = "") -> str:
    """Count first responses in the window."""
    return total(_answered("s"), by)


def first_response_mean(by: str = "") -> str:
    """Mean first response time in seconds; none without a response."""
    return f"{total(_answered('_seconds_gsum'), by)} / ({total(_answered('_seconds_gcount'), by)} > 0)"


def _quantile(q: float, buckets: str, by: str) -> str:
    le = f"le, {by}" if by else "le"
    # An empty histogram gives NaN, which no comparison lets through.
    return f"histogram_quantile({q}, {total(buckets, le)}) >= 0"


def first_response_quantile(q: float, by: str = "") -> str:
    """Quantile of the first response time in seconds, from the exported buckets."""
    return _quantile(q, _answered("_seconds_bucket"), by)


def first_response_of_target(q: float) -> str:
    """Quantile of the first response time as a share of the channel's target."""
    return f"({first_response_quantile(q, 'channel')}) / on (channel) {TARGET}"


def open_wait_tickets(by: str = "") -> str:
    """Tickets that wait for their first response."""
    return total(select("deskpulse_open_wait_tickets"), by)


def open_wait_oldest(by: str = "") -> str:
    """Longest wait so far, in seconds."""
    return most(select("deskpulse_open_wait_oldest_seconds"), by)


def open_wait_of_target() -> str:
    """Longest wait of each channel as a share of its target."""
    return f"{open_wait_oldest('channel')} / on (channel) {TARGET}"


def open_wait_quantile(q: float, by: str = "") -> str:
    """Quantile of the waits so far, in seconds."""
    return _quantile(q, select("deskpulse_open_wait_seconds_bucket"), by)


def backlog(*conditions: str, by: str = "") -> str:
    """Tickets that are open."""
    return total(select("deskpulse_backlog_tickets", *conditions), by)


def _answers(by: str, group: str = "") -> str:
    conditions = ['window="$survey_window"', 'attribute_to="answered"']
    if group:
        conditions.append(f'group="{group}"')
    return total(select("deskpulse_nps_answers", *conditions), by)


def nps_group(group: str, by: str = "") -> str:
    """Count the answers of promoters, passives or detractors; 0 when only the others answered."""
    return f"({_answers(by, group)} or 0 * {_answers(by)})"


def nps_answers(by: str = "") -> str:
    """Count the scored answers: the n of the score."""
    return _answers(by)


def nps_unscored(by: str = "") -> str:
    """Count the answers without a score."""
    return total(select("deskpulse_nps_unscored", 'window="$survey_window"', 'attribute_to="answered"'), by)


def nps_score(by: str = "") -> str:
    """Net promoter score, -100..100; hidden under MIN_ANSWERS."""
    difference = f"({nps_group('promoter', by)} - {nps_group('detractor', by)})"
    return f"100 * {difference} / ({_answers(by)} >= {MIN_ANSWERS})"


def nps_bound(sign: str, by: str = "") -> str:
    """Bound of the adjusted 95 % interval of the score: `sign` is "-" for the low one, "+" for the high one."""
    n = f"(({_answers(by)} >= {MIN_ANSWERS}) + 3)"
    promoters, detractors = nps_group("promoter", by), nps_group("detractor", by)
    centre = f"(({promoters} - {detractors}) / {n})"
    either = f"(({promoters} + {detractors} + 1.5) / {n})"
    error = f"sqrt(({either} - {centre} ^ 2) / {n})"
    return f"clamp(100 * ({centre} {sign} {Z} * {error}), -100, 100)"
