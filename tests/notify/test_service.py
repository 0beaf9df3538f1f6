"""`deskpulse notify` as a process: killed, stopped, asked how it is."""

from __future__ import annotations

import asyncio
import signal
from collections import defaultdict
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from typer.testing import CliRunner

from stream.broker.lag import read_lag_of
from stream.cli.main import app
from stream.metric_names import OF_NOTIFY
from stream.notify.queue import group_of
from stream.settings import PREFIX, Settings
from tests.notify.alerts import breached, write_alerts
from tests.notify.conftest import until
from tests.notify.receivers import OK, Answer, listening
from tests.notify.service import checked, running, write_file
from tests.notify.test_signing import SECRET
from tests.rules.live import get


@pytest.mark.slow
async def test_kills_between_and_during_deliveries_lose_nothing_and_keep_the_order(
    settings: Settings, tmp_path: Path
) -> None:
    alerts = [breached(f"T-{n % 7}", n) for n in range(300)]
    with listening(lambda _posted, _n: Answer(after_seconds=0.01)) as hook:
        write_file(tmp_path, hook)
        with running(settings, tmp_path) as service:
            await service.ready()
            await write_alerts(settings, alerts[:150])
            await asyncio.to_thread(hook.until, 60)
            service.end(signal.SIGKILL)
        await write_alerts(settings, alerts[150:250])
        with running(settings, tmp_path) as service:
            await asyncio.to_thread(hook.until, len(hook.posted) + 60)
            service.end(signal.SIGKILL)
        with running(settings, tmp_path) as service:
            await service.ready()
            await write_alerts(settings, alerts[250:])
            await until(lambda: len({each.alert_id for each in hook.posted}) == 300, "all came", 60)
            assert service.end(signal.SIGTERM) == 0, service.log
        posted = hook.posted
    first = dict.fromkeys(each.alert_id for each in posted)
    by_ticket = defaultdict(list)
    for alert_id in first:
        _, ticket, number = alert_id.split("/")
        by_ticket[ticket].append(int(number))
    assert by_ticket == {f"T-{ticket}": list(range(ticket, 300, 7)) for ticket in range(7)}
    ids = {each.alert_id: each.headers["webhook-id"] for each in posted}
    assert len(set(ids.values())) == 300
    assert all(ids[each.alert_id] == each.headers["webhook-id"] for each in posted), "a copy has another id"


@pytest.mark.slow
async def test_after_an_orderly_end_nothing_is_sent_twice(settings: Settings, tmp_path: Path) -> None:
    with listening(lambda _posted, _n: Answer(after_seconds=0.2)) as hook:
        write_file(tmp_path, hook)
        with running(settings, tmp_path) as service:
            await service.ready()
            await write_alerts(settings, [breached(f"T-{n}") for n in range(30)])
            await asyncio.to_thread(hook.until, 5)
            assert service.end(signal.SIGTERM) == 0, service.log
        with running(settings, tmp_path) as service:
            await until(lambda: len({each.alert_id for each in hook.posted}) == 30, "all came")
            assert service.end(signal.SIGTERM) == 0, service.log
        assert len(hook.posted) == 30


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="there is no such signal here")
async def test_on_a_hangup_receivers_are_read_again_and_a_wrong_file_changes_nothing(
    settings: Settings, tmp_path: Path
) -> None:
    with listening(lambda _posted, _n: OK) as first, listening(lambda _posted, _n: OK) as second:
        write_file(tmp_path, first)
        with running(settings, tmp_path) as service:
            await service.ready()
            await write_alerts(settings, [breached("T-1")])
            await asyncio.to_thread(first.until, 1)
            (tmp_path / "notify.yaml").write_text("receivers: []")
            service.process.send_signal(signal.SIGHUP)
            await until(lambda: "those from before stay" in service.log, "the wrong file is reported")
            text = get(f"{service.url}/metrics").decode()
            assert 'deskpulse_notify_reloads_total{result="failed"} 1' in text
            assert 'deskpulse_notify_reloads_total{result="ok"} 0' in text
            await write_alerts(settings, [breached("T-2")])
            await asyncio.to_thread(first.until, 2)
            write_file(tmp_path, first, second)
            service.process.send_signal(signal.SIGHUP)
            await until(lambda: "hook-1 begins with the next alert" in service.log, "the new one has begun")
            assert b'deskpulse_notify_reloads_total{result="ok"} 1' in get(f"{service.url}/metrics")
            await service.ready()
            await write_alerts(settings, [breached("T-3")])
            await asyncio.to_thread(second.until, 1)
            await asyncio.to_thread(first.until, 3)
            sent = b'deskpulse_notify_sent_total{receiver="hook-0"} 3'
            await until(lambda: sent in get(f"{service.url}/metrics"), "what was counted before stays")
            assert service.end(signal.SIGTERM) == 0


async def test_metrics_and_health_tell_how_each_receiver_stands(settings: Settings, tmp_path: Path) -> None:
    token = "the token of an admin"
    with listening(lambda _posted, _n: Answer(503)) as ill, listening(lambda _posted, _n: OK) as well:
        write_file(tmp_path, ill, well)
        with running(settings, tmp_path) as service:
            await service.ready()
            await write_alerts(settings, [breached("T-1")])
            await asyncio.to_thread(ill.until, 2)
            assert get(f"{service.url}/healthz") == b'{"status":"ok"}', (
                "a receiver that is down is no reason to restart"
            )
            await until(lambda: b'sent_total{receiver="hook-1"} 1' in get(f"{service.url}/metrics"), "one has it")
            text = get(f"{service.url}/metrics").decode()
            assert ill.url.split("/")[2] not in service.log, "an address may be a secret"
        with running(settings, tmp_path, {f"{PREFIX}WEB_TOKEN": token}) as service:
            await service.ready()
            with pytest.raises(OSError, match="401"):
                get(f"{service.url}/metrics")
    samples = {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert {sample for metric in OF_NOTIFY for sample in metric.series} <= {name for name, *_ in samples}
    assert samples["deskpulse_notify_sent_total", ("receiver", "hook-1")] == 1
    assert samples["deskpulse_notify_sent_total", ("receiver", "hook-0")] == 0
    assert samples["deskpulse_notify_failed_total", ("reason", "server_error"), ("receiver", "hook-0")] >= 1
    assert samples["deskpulse_notify_oldest_unsent_seconds", ("receiver", "hook-0")] > 0


async def test_check_reports_how_far_each_receiver_is_behind(settings: Settings, tmp_path: Path) -> None:
    with listening(lambda _posted, _n: OK) as well, listening(lambda _posted, _n: Answer(503)) as ill:
        write_file(tmp_path, well, ill)
        before = await asyncio.to_thread(checked, settings, tmp_path)
        assert [(each["name"], each["processes"], each["behind"]) for each in before["receivers"]] == [
            ("hook-0", 0, None),
            ("hook-1", 0, None),
        ]
        never = "deskpulse notify has never run for it"
        assert [found["text"] for found in before["troubles"] if found["about"].startswith("receiver")] == [never] * 2
        with running(settings, tmp_path) as service:
            await service.ready()
            await write_alerts(settings, [breached("T-1"), breached("T-2")])
            await asyncio.to_thread(ill.until, 2)
            async with asyncio.timeout(30):
                while (await read_lag_of(settings, group_of(settings, "hook-0"), [settings.topic_alerts])).behind:
                    await asyncio.sleep(0.1)
            during = await asyncio.to_thread(checked, settings, tmp_path, "--max-lag", "1")
        assert [(each["processes"], each["behind"]) for each in during["receivers"]] == [(1, 0), (1, 2)]
        (found,) = [found for found in during["troubles"] if found["about"].startswith("receiver")]
        assert (found["about"], found["text"]) == ("receiver hook-1", "2 alerts wait, more than 1")


def test_a_file_is_checked_and_tried_before_it_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK_SECRET", SECRET)
    runner, file = CliRunner(), str(tmp_path / "notify.yaml")
    with listening() as well, listening(lambda _posted, _n: Answer(302)) as ill:
        write_file(tmp_path, well, ill)
        done = runner.invoke(app, ["notify", "--test", file])
        assert done.exit_code == 1, done.output
        assert "ok   hook-0: accepted in" in done.output
        assert "bad  hook-1: it answered 302; redirects are not followed" in done.output
        assert well.posted[0].json["data"]["ticket_id"] == "TEST"
    done = runner.invoke(app, ["notify", "--check", file])
    assert done.exit_code == 0, done.output
    assert "hook-1" in done.output
    assert SECRET not in done.output
    (tmp_path / "notify.yaml").write_text("receivers: [{name: A}]")
    done = runner.invoke(app, ["notify", "--check", file])
    assert done.exit_code == 2
    assert "wrong receivers" in done.output
    assert runner.invoke(app, ["notify"]).exit_code == 2
