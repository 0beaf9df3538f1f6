"""The PromQL of the dashboards: the same formulas as the recording rules, over what the variables select.

The rules keep the whole desk and each channel; a dashboard also filters by priority, queue and brand, so it sums the
workers' counts itself. As there: sum first and divide last, and no sample where there is no data.
"""

from __future__ import annotations

FILTER = 'channel=~"$channel", priority=~"$priority", queue=~"$queue", brand=~"$brand"'
# The least answers from which on a score is shown: what the workers say.
MIN_ANSWERS = 'scalar(max(deskpulse_definition{name="nps_min_n"}))'
Z = 1.96  # two-sided 95 %
VARIANTS = ("A/(N+B)", "A/(N+B-s)", "A/(N+B-b)", "(A+b)/(N+B)", "A/N")
IN_WINDOW = 'window="$window"'
IN_SURVEY_WINDOW = 'window="$survey_window"'


def select(metric: str, *conditions: str) -> str:
    """Return a selector of `metric` under the dashboard's variables and further label conditions."""
    return f"{metric}{{{', '.join((FILTER, *conditions))}}}"


def total(selector: str, by: str = "") -> str:
    """Sum over workers and all labels but `by`, a comma-separated list."""
    return f"sum by ({by}) ({selector})" if by else f"sum({selector})"


def most(selector: str, by: str = "") -> str:
    """Take the largest over workers and all labels but `by`."""
    return f"max by ({by}) ({selector})" if by else f"max({selector})"


def one(label: str, *values: str) -> str:
    """Return the condition that a label has one of these values."""
    return f'{label}="{values[0]}"' if len(values) == 1 else f'{label}=~"{"|".join(values)}"'


def count(metric: str, label: str, *values: str, conditions: tuple[str, ...], by: str = "") -> str:
    """Count what has one of the values of a label."""
    return total(select(metric, *conditions, one(label, *values)), by)


def percent(
    metric: str, label: str, part: str, whole: tuple[str, ...], *, conditions: tuple[str, ...], by: str = ""
) -> str:
    """Return the part of the whole, 0 to 100; none of nothing."""
    counted = count(metric, label, part, conditions=conditions, by=by)
    return f"100 * {counted} / ({count(metric, label, *whole, conditions=conditions, by=by)} > 0)"


def mean(metric: str, *conditions: str, by: str = "") -> str:
    """Return the mean of a gauge histogram; none of nothing."""
    sums, counts = (total(select(f"{metric}_{part}", *conditions), by) for part in ("gsum", "gcount"))
    return f"{sums} / ({counts} > 0)"


def quantile(q: float, metric: str, *conditions: str, by: str = "") -> str:
    """Return a quantile of a gauge histogram, estimated within its buckets; none of nothing."""
    return _quantile(q, select(f"{metric}_bucket", *conditions), by)


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


def first_response_counting_waiting(q: float) -> str:
    """Quantile of the first response time in which a waiting ticket counts with its wait so far."""
    answered = total(select("deskpulse_first_response_seconds_bucket", IN_WINDOW, 'attribute_to="response"'), "le")
    waiting = total(select("deskpulse_open_wait_seconds_bucket"), "le")
    return f"histogram_quantile({q}, ({answered} + {waiting}) or {answered} or {waiting}) >= 0"


def open_wait_tickets(by: str = "") -> str:
    """Tickets that wait for their first response."""
    return total(select("deskpulse_open_wait_tickets"), by)


def open_wait_oldest(by: str = "") -> str:
    """Longest wait so far, in seconds."""
    return most(select("deskpulse_open_wait_oldest_seconds"), by)


def reply_wait_tickets(by: str = "") -> str:
    """Tickets whose customers wait for a reply after a first response."""
    return total(select("deskpulse_reply_wait_tickets"), by)


def reply_wait_oldest(by: str = "") -> str:
    """Longest wait for a reply so far, in seconds."""
    return most(select("deskpulse_reply_wait_oldest_seconds"), by)


def reply_promised(state: str, by: str = "") -> str:
    """Tickets whose customers wait for a reply: on time, at risk, breached, or without a target."""
    return total(select("deskpulse_reply_sla_tickets", one("state", state)), by)


def promised(state: str, by: str = "") -> str:
    """Waiting tickets that are on time, at risk, breached, or without a target."""
    return total(select("deskpulse_sla_tickets", one("state", state)), by)


def service_level(variant: str, by: str = "") -> str:
    """Return the share answered within the target, 0 to 100, in one of VARIANTS."""

    def contacts(*kinds: str) -> str:
        return count("deskpulse_service_level_contacts", "contact", *kinds, conditions=(IN_WINDOW,), by=by)

    part = (
        contacts("answered_within", "abandoned_within") if variant.startswith("(A+b)") else contacts("answered_within")
    )
    whole = contacts("answered") if variant == "A/N" else contacts("answered", "abandoned")
    less = {"A/(N+B-s)": "abandoned_short", "A/(N+B-b)": "abandoned_within"}.get(variant)
    return f"100 * {part} / ({whole} - {contacts(less)} > 0)" if less else f"100 * {part} / ({whole} > 0)"


def service_level_in_force(by: str = "") -> str:
    """Return the service level in the variant that the policy file says."""
    return " or ".join(
        f'({service_level(variant, by)} and on () deskpulse_variant_info{{service_level="{variant}"}})'
        for variant in VARIANTS
    )


def open_wait_quantile(q: float, by: str = "") -> str:
    """Quantile of the waits so far, in seconds."""
    return _quantile(q, select("deskpulse_open_wait_seconds_bucket"), by)


def reply_wait_quantile(q: float, by: str = "") -> str:
    """Quantile of the waits for a reply so far, in seconds."""
    return _quantile(q, select("deskpulse_reply_wait_seconds_bucket"), by)


def backlog(*conditions: str, by: str = "") -> str:
    """Tickets that are open."""
    return total(select("deskpulse_backlog_tickets", *conditions), by)


def _answers(by: str, group: str = "", instrument: str = "nps") -> str:
    conditions = [IN_SURVEY_WINDOW, 'attribute_to="answered"']
    if group:
        conditions.append(f'group="{group}"')
    return total(select(f"deskpulse_{instrument}_answers", *conditions), by)


def nps_group(group: str, by: str = "", instrument: str = "nps") -> str:
    """Count the answers of promoters, passives or detractors; 0 when only the others answered."""
    return f"({_answers(by, group, instrument)} or 0 * {_answers(by, instrument=instrument)})"


def nps_answers(by: str = "", instrument: str = "nps") -> str:
    """Count the scored answers: the n of the score."""
    return _answers(by, instrument=instrument)


def nps_unscored(by: str = "", instrument: str = "nps") -> str:
    """Count the answers without a score."""
    return total(select(f"deskpulse_{instrument}_unscored", IN_SURVEY_WINDOW, 'attribute_to="answered"'), by)


def nps_score(by: str = "", instrument: str = "nps") -> str:
    """Net promoter score, -100..100; hidden under MIN_ANSWERS. The instrument enps is that of employees."""
    difference = f"({nps_group('promoter', by, instrument)} - {nps_group('detractor', by, instrument)})"
    return f"100 * {difference} / ({nps_answers(by, instrument)} >= {MIN_ANSWERS})"


def nps_bound(sign: str, by: str = "", instrument: str = "nps") -> str:
    """Bound of the adjusted 95 % interval of the score: `sign` is "-" for the low one, "+" for the high one."""
    n = f"(({nps_answers(by, instrument)} >= {MIN_ANSWERS}) + 3)"
    promoters, detractors = nps_group("promoter", by, instrument), nps_group("detractor", by, instrument)
    centre = f"(({promoters} - {detractors}) / {n})"
    either = f"(({promoters} + {detractors} + 1.5) / {n})"
    error = f"sqrt(({either} - {centre} ^ 2) / {n})"
    return f"clamp(100 * ({centre} {sign} {Z} * {error}), -100, 100)"
