"use strict";
// Polls the snapshot once a second and shows it. Never shows 0 for "no data", nor old numbers as if they were new.
const STALE_SECONDS = 5;
const $ = (id) => document.getElementById(id);
const select = $("window");
let asOf = null;
let problem = null;

function seconds(value) {
  if (value === null || value === undefined) return null;
  if (value < 90) return `${value < 10 ? value.toFixed(1) : Math.round(value)} s`;
  if (value < 5400) return `${(value / 60).toFixed(value < 600 ? 1 : 0)} min`;
  if (value < 172800) return `${(value / 3600).toFixed(1)} h`;
  return `${(value / 86400).toFixed(1)} d`;
}
const number = (value) => value.toLocaleString();
const plain = (labels) => Object.keys(labels).length === 0;
const signed = (value) => `${value > 0 ? "+" : ""}${Math.round(value)}`;

function big(id, text) {
  $(id).textContent = text ?? "no data";
  $(id).classList.toggle("none", text === null);
}

function show(snapshot) {
  const window = select.value;
  const dimension = snapshot.variants.labels[0];
  const wait = snapshot.open_wait.find((row) => plain(row.labels));
  const responses = snapshot.first_response.filter((row) => row.window === window && row.attribute_to === "response");
  const frt = responses.find((row) => plain(row.labels));
  const backlog = snapshot.backlog.find((row) => plain(row.labels));
  const scores = snapshot.nps.filter((row) => row.window === window && row.attribute_to === "answered");
  const nps = scores.find((row) => plain(row.labels));

  big("wait-n", number(wait.n));
  $("wait-sub").textContent = wait.n ? `longest ${seconds(wait.oldest_seconds)}, p95 ${seconds(wait.p95_seconds)}` : "nobody waits";
  if (frt) {
    big("frt-p50", seconds(frt.p50_seconds));
    $("frt-sub").textContent = frt.n
      ? `median of ${number(frt.n)}; mean ${seconds(frt.mean_seconds)}, p90 ${seconds(frt.p90_seconds)}, p95 ${seconds(frt.p95_seconds)}, p99 ${seconds(frt.p99_seconds)}`
      : `no first response in this window`;
  } else {
    big("frt-p50", null);
    $("frt-sub").textContent = "this window is for surveys only";
  }
  big("backlog-n", number(backlog.n));
  $("backlog-sub").textContent = `${number(backlog.unanswered)} unanswered, ${number(backlog.answered)} answered, ${number(backlog.pending)} pending`;
  big("nps-score", nps.score === null ? null : signed(nps.score));
  $("nps-sub").textContent = nps.score === null
    ? `${number(nps.n)} scored answers; shown from ${snapshot.variants.nps_min_n} on`
    : `${signed(nps.low)} to ${signed(nps.high)} (95 %), n = ${number(nps.n)}: ${number(nps.promoters)} promoters, ${number(nps.passives)} passives, ${number(nps.detractors)} detractors`;

  bars(backlog.ages, backlog.n);
  table(dimension, snapshot, responses, scores);
  const final = snapshot.final_until ? `final up to ${clock(snapshot.final_until)}` : "no event yet";
  const bounds = snapshot.windows[window];
  $("foot").textContent = `Partitions ${snapshot.partitions.join(", ")} · window ${bounds.start ? `${clock(bounds.start)} to ${clock(bounds.end)}` : "all time"} · ${final} · responder: ${snapshot.variants.responder}, opened by an agent: ${snapshot.variants.agent_opened} · today from ${snapshot.variants.today}`;
}

const clock = (text) => new Date(text).toLocaleString();

function bars(ages, total) {
  const cells = [];
  for (const [name, count] of Object.entries(ages)) {
    const bar = document.createElement("progress");
    bar.max = Math.max(total, 1);
    bar.value = count;
    bar.setAttribute("aria-label", `open tickets, age ${name}`);
    cells.push(text("span", name), bar, text("span", number(count)));
  }
  $("ages").replaceChildren(...cells);
}

function text(tag, content) {
  const element = document.createElement(tag);
  element.textContent = content;
  return element;
}

function table(dimension, snapshot, responses, scores) {
  $("dimension").textContent = dimension;
  const single = (rows) => new Map(rows.filter((row) => Object.keys(row.labels).length === 1 && dimension in row.labels).map((row) => [row.labels[dimension], row]));
  const waits = single(snapshot.open_wait);
  const frts = single(responses);
  const npss = single(scores);
  const backlogs = single(snapshot.backlog);
  const rows = [];
  for (const value of [...new Set([...backlogs.keys(), ...frts.keys(), ...npss.keys()])].sort()) {
    const wait = waits.get(value);
    const frt = frts.get(value);
    const nps = npss.get(value);
    const row = document.createElement("tr");
    const head = text("th", value);
    head.scope = "row";
    row.append(head, ...[
      number(wait?.n ?? 0),
      seconds(wait?.oldest_seconds) ?? "–",
      number(frt?.n ?? 0),
      seconds(frt?.p50_seconds) ?? "–",
      seconds(frt?.p90_seconds) ?? "–",
      number(backlogs.get(value)?.n ?? 0),
      nps && nps.score !== null ? `${signed(nps.score)} (n ${nps.n})` : "–",
    ].map((content) => text("td", content)));
    rows.push(row);
  }
  $("rows").replaceChildren(...rows);
}

function freshness() {
  const status = $("freshness");
  const age = asOf === null ? null : (Date.now() - asOf) / 1000;
  const stale = problem !== null || age === null || age > STALE_SECONDS;
  status.classList.toggle("stale", stale && asOf !== null);
  $("board").classList.toggle("stale", stale);
  if (asOf === null) status.textContent = problem ?? "connecting";
  else if (stale) status.textContent = `stale since ${new Date(asOf).toLocaleTimeString()}${problem ? `: ${problem}` : ""}`;
  else status.textContent = `live, as of ${new Date(asOf).toLocaleTimeString()}`;
}

async function poll() {
  try {
    const query = select.value ? `?window=${encodeURIComponent(select.value)}` : "?window=all";
    const answer = await fetch(`/api/v1/live${query}`, { signal: AbortSignal.timeout(4000) });
    const body = await answer.json();
    if (!answer.ok) throw new Error(body.error);
    problem = null;
    if (!select.options.length) {
      for (const name of Object.keys(body.windows)) select.add(new Option(name, name, name === "1h", name === "1h"));
      return void setTimeout(poll, 0);
    }
    asOf = Date.parse(body.as_of);
    show(body);
    $("board").setAttribute("aria-busy", "false");
  } catch (error) {
    problem = error instanceof TypeError ? "the worker does not answer" : error.message;
  }
  freshness();
  setTimeout(poll, 1000);
}

select.addEventListener("change", () => $("board").setAttribute("aria-busy", "true"));
setInterval(freshness, 1000);
poll();
