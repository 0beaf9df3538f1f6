"""Links from a panel to the next question: they lead somewhere, and keep time range and variables."""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

import pytest

from tests.rules.monitoring_files import DASHBOARDS

Json = dict[str, Any]


class Linked(NamedTuple):
    """A link, the panel it is on and the dashboard of both."""

    board: Json
    panel: Json
    url: str

    @property
    def where(self) -> str:
        """Return what names it in a report."""
        return f"{self.board['title']}: {self.panel['title']} {self.url.partition('?')[0]}"


BOARDS = {board["uid"]: board for board in (json.loads(path.read_text()) for path in DASHBOARDS)}
LINKS = [
    Linked(board, panel, link["url"])
    for board in BOARDS.values()
    for panel in board["panels"]
    if panel["type"] != "row"
    for link in panel["fieldConfig"]["defaults"].get("links", [])
]
TO_BOARDS = [link for link in LINKS if link.url.startswith("/d/")]
EVERY_LINK = pytest.mark.parametrize("link", TO_BOARDS, ids=lambda link: link.where)


def _variables(board: Json) -> set[str]:
    return {variable["name"] for variable in board["templating"]["list"]}


def _target(link: Linked) -> Json:
    board: Json = BOARDS[link.url.removeprefix("/d/").partition("?")[0]]
    return board


@EVERY_LINK
def test_a_link_leads_to_another_dashboard_and_keeps_the_time_range(link: Linked) -> None:
    assert _target(link)["uid"] != link.board["uid"]
    assert link.url.partition("?")[2].startswith("${__url_time_range}")


@EVERY_LINK
def test_a_link_keeps_every_variable_that_both_dashboards_have_and_names_no_other(link: Linked) -> None:
    own, theirs = _variables(link.board), _variables(_target(link))
    kept = re.findall(r"\$\{(\w+):queryparam\}", link.url)
    chosen = dict(re.findall(r"&var-(\w+)=([^&]+)", link.url))
    assert len({*kept, *chosen}) == len(kept) + len(chosen)
    assert {*kept} <= own
    assert {*kept, *chosen} >= own & theirs
    assert {*kept, *chosen} <= theirs
    # What is chosen comes from a variable of this dashboard or from what was clicked on.
    for value in chosen.values():
        name = re.fullmatch(r"\$\{(\w+)\}", value)
        assert (name and name[1] in own) or re.fullmatch(
            r"\$\{__(field\.labels|data\.fields)\.\w+:percentencode\}", value
        )


@pytest.mark.parametrize("link", LINKS, ids=lambda link: link.where)
def test_a_link_reads_only_what_the_panel_shows(link: Linked) -> None:
    for label in re.findall(r"\$\{__field\.labels\.(\w+)", link.url):
        assert all(f"{{{{{label}}}}}" in target["legendFormat"] for target in link.panel["targets"])
        assert all(re.search(rf"\bby \([^)]*\b{label}\b|:deskpulse_", t["expr"]) for t in link.panel["targets"])
    for field in re.findall(r"\$\{__data\.fields\.(\w+)", link.url):
        (organized,) = [t["options"] for t in link.panel["transformations"] if t["id"] == "organize"]
        assert organized["renameByName"][field] == field


def test_every_dashboard_is_linked_to_and_links_on() -> None:
    assert {link.board["uid"] for link in TO_BOARDS} >= BOARDS.keys()
    assert {_target(link)["uid"] for link in TO_BOARDS} == BOARDS.keys()


def _titles(uid: str, to: str) -> set[str]:
    return {link.panel["title"] for link in TO_BOARDS if (link.board["uid"], _target(link)["uid"]) == (uid, to)}


def test_what_says_whether_to_believe_the_live_desk_leads_to_deskpulse_itself() -> None:
    assert _titles("deskpulse-live-desk", "deskpulse-itself") == {
        "Newest event",
        "Freshness, p95",
        "Workers ready",
        "Records to read",
        "Invariant error",
    }


def test_those_that_wait_lead_to_what_was_promised_on_their_channel() -> None:
    links = [link for link in TO_BOARDS if "channel" in dict(re.findall(r"&var-(\w+)=([^&]+)", link.url))]
    to_promises = {link.panel["title"] for link in links if _target(link)["title"] == "Response times and SLA"}
    assert {"Waiting, by promise", "Waiting by channel", "Longest wait by channel"} <= to_promises


def test_a_firing_alert_leads_to_its_rule_which_has_the_runbook() -> None:
    (link,) = [link for link in LINKS if link.panel["title"] == "Alerts that fire"]
    # Grafana finds the rule by the name of its data source and its own.
    assert link.url == "/alerting/${datasource:text}/${__data.fields.alertname}/find"
    assert "alertname" in link.panel["targets"][0]["expr"]
