// What runs on this machine: one thing at a time, which every open page sees.

let run = null; // { id, what, said, ended }
const followers = [];

// Calls back with the run and the news in it: when it begins, speaks and ends.
function onRun(follow) {
  followers.push(follow);
}

function setUpRuns() {
  if (!live) return;
  hear("run", function (told) {
    if (!run || run.id !== told.id) run = { id: told.id, what: told.what, said: [], ended: null };
    if (told.ended) run.ended = told.ended;
    for (const follow of followers) follow(run, null);
  });
  hear("said", function (told) {
    if (!run || run.id !== told.id) return;
    run.said.push(told.said);
    for (const follow of followers) follow(run, told.said);
  });
}

function howItEnded(run) {
  const result = run.said.some(function (said) { return ["report", "table", "trace"].includes(said.event); });
  if (run.ended.cancelled) return "Cancelled.";
  if (!result) return "It ended without a result (status " + run.ended.status + "): see what it says.";
  return "Done in " + run.ended.seconds.toFixed(1) + " s.";
}

function isRunning() {
  return run !== null && run.ended === null;
}

// Start and cancel buttons, a line that says what is going on, and a pane for what is said.
// Nothing is started while an input is not as it must be.
function runControls(kind, name, start, request, inputs) {
  const actions = element("p", "", "actions");
  const begin = element("button", start, "begin");
  const cancel = element("button", "Cancel", "cancel");
  const state = element("p", "", "state");
  const pane = element("pre", "", "pane");
  begin.type = cancel.type = "button";
  cancel.hidden = pane.hidden = true;
  pane.tabIndex = 0;
  pane.setAttribute("aria-label", "What it says");
  state.setAttribute("role", "status");
  actions.append(begin, cancel);

  begin.addEventListener("click", async function () {
    if ((inputs || []).some(function (input) { return !input.reportValidity(); })) return;
    begin.disabled = true;
    state.textContent = "Starting …";
    const answer = await post(kind, request());
    if (answer.error) {
      state.textContent = answer.error;
      begin.disabled = isRunning();
    }
  });
  cancel.addEventListener("click", function () {
    if (run) post("cancel", { run: run.id });
  });

  let shown = 0; // the run whose lines are in the pane
  onRun(function (run, said) {
    const mine = run.what.kind === kind && run.what.name === name;
    begin.disabled = run.ended === null;
    begin.title = run.ended === null && !mine ? run.what.name + " is running" : "";
    cancel.hidden = !(mine && run.ended === null);
    if (!mine) return;
    if (shown !== run.id) {
      shown = run.id;
      pane.replaceChildren();
      pane.hidden = false;
      state.textContent = "Starting …";
    }
    if (said) say(said);
    if (run.ended) state.textContent = howItEnded(run);
  });

  function say(said) {
    const atEnd = pane.scrollTop + pane.clientHeight > pane.scrollHeight - 40;
    if (said.event === "status") state.textContent = said.text;
    if (said.event === "status" || said.event === "text") pane.append(coloured(said.text), "\n");
    if (said.event === "test") pane.append(element("span", said.outcome === "passed" ? "✓ " : "✗ ", said.outcome === "passed" ? "sgr-32" : "sgr-31"), said.name, "\n");
    if (said.event === "report") pane.append("\n", coloured(said.screen));
    if (atEnd) pane.scrollTop = pane.scrollHeight;
  }

  return { actions: actions, state: state, pane: pane };
}
