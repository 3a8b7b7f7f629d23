// The page at `/`. It shows what comes in events, and asks for traces and errors when there are new ones.
// Whatever comes is put into text nodes: what clients have sent may be among it.
"use strict";

/** How many values a chart has. */
const CHART = 120;
/** How many traces and errors are shown. */
const SHOWN = 20;

const byId = (id) => document.getElementById(id);

/** An element with attributes and children; text becomes a text node. */
function make(name, attributes = {}, ...children) {
  const svg = ["svg", "polyline", "line", "rect", "title"].includes(name);
  const made = svg ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

const number = (value, digits = 0) => value.toLocaleString("en", { maximumFractionDigits: digits });

function time(seconds) {
  if (seconds < 0.001) return `${number(seconds * 1e6)} µs`;
  if (seconds < 1) return `${number(seconds * 1e3, seconds < 0.01 ? 2 : 0)} ms`;
  return `${number(seconds, 2)} s`;
}

function size(bytes) {
  return bytes < 1 << 20 ? `${number(bytes / 1024)} KiB` : `${number(bytes / (1 << 20), 1)} MiB`;
}

/** A value in the unit of its goal, as Grafana calls units. */
function inUnit(value, unit) {
  if (value === null) return "–";
  if (unit === "s") return time(value);
  if (unit === "percentunit") return `${number(value * 100, 2)} %`;
  if (unit === "reqps") return `${number(value)}/s`;
  return number(value, 1);
}

function range([from, to], unit) {
  if (from === null) return `< ${inUnit(to, unit)}`;
  return to === null ? `> ${inUnit(from, unit)}` : `${inUnit(from, unit)} – ${inUnit(to, unit)}`;
}

/** The last values of each goal. */
const history = new Map();

function chart(goal) {
  const values = history.get(goal.alert).filter((value) => value !== null);
  const alarm = goal.alarm[0] ?? goal.alarm[1];
  const most = Math.max(...values, 0) * 1.1 || 1;
  const y = (value) => 30 - (value / most) * 28;
  const first = CHART - values.length;
  const points = values.map((value, index) => `${first + index},${y(value).toFixed(2)}`).join(" ");
  const svg = make("svg", { class: "chart", viewBox: `0 0 ${CHART - 1} 32`, preserveAspectRatio: "none", "aria-hidden": "true" });
  if (alarm <= most) svg.append(make("line", { x1: 0, x2: CHART - 1, y1: y(alarm), y2: y(alarm) }));
  svg.append(make("polyline", { points }));
  return svg;
}

const STATES = { good: "good", fair: "off target", alarm: "alarm", unknown: "nothing yet" };

function goalRow(goal) {
  return make("tr", { "data-goal": goal.alert },
    make("td", { "data-light": goal.light, title: goal.light === "alarm" ? goal.meaning : "" }, STATES[goal.light]),
    make("th", { scope: "row" }, goal.title),
    make("td", { class: "number" }, inUnit(goal.value, goal.unit)),
    make("td", {}, chart(goal)),
    make("td", {}, range(goal.target, goal.unit)),
    make("td", {}, range(goal.alarm, goal.unit)));
}

function processRow(process) {
  const cell = (text) => make("td", { class: "number" }, text);
  const share = process.processor === null ? "–" : `${number(process.processor * 100, 1)} %`;
  if (process.life === null) {
    return make("tr", {}, make("th", { scope: "row" }, process.name), cell(String(process.pid)), cell(""), cell(share),
      cell(""), cell(size(process.memory)), cell(""), cell(""), cell(""), make("td"));
  }
  const pool = `${process.pool_used}/${process.pool_max}` + (process.pool_waiting ? `, ${process.pool_waiting} wait` : "");
  const breakers = make("td");
  for (const [name, state] of process.breakers) {
    const light = { closed: "good", "half open": "fair", open: "alarm" }[state];
    breakers.append(make("span", { "data-light": light, title: state }, `${name} `));
  }
  return make("tr", { "data-pid": process.pid },
    make("th", { scope: "row" }, process.name), cell(String(process.pid)), cell(String(process.life)), cell(share),
    cell(process.answers === null ? "–" : number(process.answers)), cell(size(process.memory)),
    cell(`${number(process.connections)} (${number(process.busy)} busy)`), cell(number(process.cache_items)), cell(pool), breakers);
}

function show(view) {
  byId("version").textContent = view.version;
  for (const goal of view.goals) {
    const values = history.get(goal.alert) ?? history.set(goal.alert, []).get(goal.alert);
    values.push(goal.value);
    if (values.length > CHART) values.shift();
  }
  byId("goals").tBodies[0].replaceChildren(...view.goals.map(goalRow));
  byId("processes").tBodies[0].replaceChildren(...view.processes.map(processRow));
  byId("lives").textContent = `${view.started} started, ${view.failed} died`;
  const rates = view.rates.map(([name, value]) => [name, value === null ? "–" : `${number(value, 1)}/s`]);
  const shares = view.shares.map(([name, value]) => [name, inUnit(value, "percentunit")]);
  const numbers = view.numbers.map(([name, value]) => [name, number(value)]);
  byId("rates").replaceChildren(...[...rates, ...shares, ...numbers].map(([name, value]) =>
    make("div", {}, make("dt", {}, name), make("dd", {}, value))));
  const alarms = view.goals.filter((goal) => goal.light === "alarm").length;
  document.title = alarms ? `(${alarms}) api-server` : "api-server";
}

/** A bar for each part, below that of the request. */
function waterfall(trace) {
  const end = Math.max(trace.took, ...trace.spans.map((span) => span.begin + span.took)) || 1;
  const rows = [{ name: "request", begin: 0, took: trace.took, failed: trace.status >= 500 }, ...trace.spans];
  const made = make("div", { class: "waterfall" });
  for (const { name, begin, took, failed } of rows) {
    const bar = make("svg", { viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" },
      make("rect", { x: (begin / end) * 100, width: Math.max((took / end) * 100, 0.3), y: 1, height: 8 }));
    made.append(make("span", {}, failed ? `${name} (failed)` : name), make("span", failed ? { class: "failed" } : {}, bar),
      make("span", { class: "number" }, time(took / 1e3)));
  }
  return made;
}

function showTraces(traces) {
  const open = new Set([...document.querySelectorAll("#traces details[open]")].map((each) => each.dataset.span));
  byId("traces").replaceChildren(...traces.slice(0, SHOWN).map((trace) => {
    const details = make("details", { "data-span": trace.span },
      make("summary", {},
        make("span", {}, `${trace.method} ${trace.route}`.trim()),
        make("span", trace.status >= 500 ? { "data-light": "alarm" } : {}, String(trace.status)),
        make("span", { class: "number" }, time(trace.took / 1e3))),
      waterfall(trace),
      make("small", {}, `trace ${trace.trace}, worker ${trace.worker}, ${new Date(trace.begin).toLocaleTimeString()}`));
    details.open = open.has(trace.span);
    return details;
  }));
}

function showErrors(errors) {
  const at = (moment) => make("td", {}, new Date(moment).toLocaleTimeString());
  byId("errors").tBodies[0].replaceChildren(...errors.slice(0, SHOWN).map((error) =>
    make("tr", {}, make("td", {}, error.what), make("td", { class: "number" }, number(error.count)), at(error.first), at(error.last))));
}

/** Asks for a list when its number changes, one question at a time. */
function follow(path, shown) {
  let seen = 0;
  let asking = false;
  return async (count) => {
    if (asking || count === seen) return;
    asking = true;
    try {
      const answer = await fetch(path);
      if (answer.ok) {
        shown(await answer.json());
        seen = count;
      }
    } catch {
      // It asks again with the next event.
    } finally {
      asking = false;
    }
  };
}

function say(light, text) {
  byId("connection").dataset.light = light;
  if (byId("connection").textContent !== text) byId("connection").textContent = text;
}

const traces = follow("/traces", showTraces);
const errors = follow("/errors", showErrors);
let source;

function listen() {
  source = new EventSource("/dashboard/events");
  source.onmessage = ({ data }) => {
    const view = JSON.parse(data);
    say("good", "connected");
    show(view);
    traces(view.traces);
    errors(view.errors);
  };
  source.onerror = () => {
    say("alarm", "the server does not answer");
    // A browser comes again by itself unless it was told no.
    if (source.readyState === EventSource.CLOSED) setTimeout(listen, 5000);
  };
}

listen();
// Nobody looks: what the page costs the server is saved.
document.addEventListener("visibilitychange", () => {
  if (document.hidden) source.close();
  else if (source.readyState === EventSource.CLOSED) listen();
});
