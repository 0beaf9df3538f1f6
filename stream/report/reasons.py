"""Why something is not in a number, told from its state by the facts that the numbers are made of."""

from __future__ import annotations

from stream.core.contributions import RETRACTED, WITHOUT_OPENING, Basis, Share
from stream.core.facts import QUALIFYING
from stream.core.policy import Policy, Responder
from stream.core.survey import Answer, Survey
from stream.kpi import drivers, promoters
from stream.report.metric import Choices

REASONS: dict[str, str] = {
    "other_labels": "it does not have the labels that were asked for",
    "before_window": "what counts of it lies before the window",
    "after_window": "what counts of it lies after the window",
    "other_hour": "it counts in none of the hours that are compared",
    "immature": "it counts once its days are over",
    "retracted": "it was merged, is spam or was deleted: it counts nowhere",
    "no_opening": "its ticket.opened has not been seen",
    "opened_by_agent": "an agent opened it, and such tickets take no part (agent_opened)",
    "no_target": "nothing was promised to it",
    "not_public": "it was answered by a note only, which the customer does not see",
    "automatic_responder": "a bot or the system answered it, and nobody who counts (responder)",
    "answered_before_opening": "its only answer came before it was opened, and answers something else",
    "not_answered": "it waits for its first response",
    "given_up": "the customer gave up before a first response",
    "done_unanswered": "it was done without a first response",
    "answered": "it has its first response",
    "no_next_reply": "nothing that the customer wrote after a response was answered",
    "not_resolved": "it was not resolved",
    "open_again": "it was resolved, but not for good",
    "done": "it is not open",
    "no_channel": "channel is no label here, so its channel is not known",
    "nobody_named": "nothing was done on it by an agent whom an event names",
    "survey_unanswered": "the survey has no answer",
    "other_instrument": "the survey asked another question",
    "other_scale": "the answer is on another scale",
    "unscored": "the answer has no score",
    "unscaled": "what its score means on its scale is not known",
    "not_sent": "when the survey was sent is not known",
    "no_bad_comment": "its score is not low, or has no words to it",
    "no_ticket": "no ticket with an opening is known that it is about",
    "other_value": "it belongs to another row of the section",
    "asked_too_seldom": "too few surveys were sent to its channel and to its segment to call either a blind spot",
    "no_customer": "no customer.acquired of them is known",
    "bought_nothing": "nothing that they bought is known, and no customer.acquired of them",
    "nothing": "nothing of it counts here",
}


def why_ticket_is_out(section: str, choices: Choices, share: Share, policy: Policy) -> str:
    """Return why a ticket adds nothing to a section of the snapshot, in no window: one of REASONS."""
    basis = share.basis
    if basis is None:
        return {RETRACTED: "retracted", WITHOUT_OPENING: "no_opening"}.get(share.category, "nothing")
    match section:
        case "service_level" if basis.due is None:
            return "no_target"
        case "first_response" | "first_response_business" | "service_level":
            return _why_unanswered(basis, policy)
        case "open_wait" | "sla" | "first_response_counting_waiting":
            return _why_unanswered(basis, policy) if share.open or section not in ("open_wait", "sla") else "done"
        case "backlog":
            return "done"
        case "baseline":
            unanswered = choices["which"] == "first_response_seconds" and basis.facts.responded_us is None
            return _why_unanswered(basis, policy) if unanswered else "other_hour"
        case "preferred_channel":
            return "no_channel"
        case "agents":
            return "nobody_named"
        case "next_reply":
            return "no_next_reply" if basis.facts.responded_us is not None else _why_unanswered(basis, policy)
        case "resolution" | "quality":
            return "open_again" if basis.course.first_resolved_us is not None else "not_resolved"
    return "nothing"


def _why_unanswered(basis: Basis, policy: Policy) -> str:
    ticket, facts = basis.ticket, basis.facts
    if not facts.takes_part:
        return "opened_by_agent"
    if facts.responded_us is not None:
        return "answered"
    after = {message.kind for message in ticket.messages if message.at_us >= facts.opened_us}
    before = {message.kind for message in ticket.messages if message.at_us < facts.opened_us}
    qualifying = QUALIFYING[policy.responder]
    if after & {f"{author}-note" for author in qualifying}:
        return "not_public"
    if policy.responder is not Responder.ANY and after & {"bot", "system"}:
        return "automatic_responder"
    if before & qualifying:
        return "answered_before_opening"
    if facts.given_up_us is not None:
        return "given_up"
    return "not_answered" if facts.awaiting else "done_unanswered"


def why_survey_is_out(section: str, choices: Choices, survey: Survey, share: Share, policy: Policy) -> str:
    """Return why a survey adds nothing to a section of the snapshot, in no window: one of REASONS."""
    if not share.surveys:
        return "retracted"
    if section in ("coverage", "coverage_by", "blind_spot"):
        if survey.sending is None or section == "coverage":
            return "not_sent"
        return "other_value" if choices else "asked_too_seldom"
    if not survey.answers:
        return "survey_unanswered"
    if section == "bad_comments":
        return "no_bad_comment"
    asked = [answer for answer in survey.answers if _is_asked(section, answer)]
    if not asked:
        return "other_instrument"
    if section in promoters.INSTRUMENTS:
        return "not_sent"  # by the time it was sent; by its own, every answer counts
    if all(answer.score is None for answer in asked):
        return "unscored"
    if section == "drivers" and share.basis is None:
        return "no_ticket"
    return "unscaled" if section in ("satisfaction", "drivers") else "other_scale"


def _is_asked(section: str, answer: Answer) -> bool:
    """Say whether a section is about answers to such an instrument."""
    match section:
        case "satisfaction":
            return answer.instrument != promoters.ENPS
        case "drivers":
            return answer.instrument in drivers.ASKED
    return answer.instrument == section


def why_customer_is_out(section: str) -> str:
    """Return why a customer adds nothing to a section of the snapshot, in no window: one of REASONS."""
    return {"tenure": "no_customer", "lifetime_value": "bought_nothing"}.get(section, "nothing")
