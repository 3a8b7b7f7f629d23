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
    const known = run && run.id === told.id;
    if (known && (run.ended || !told.ended)) return; // a page that listens anew hears everything again
    if (!known) run = { id: told.id, what: told.what, said: [], ended: null, leftOut: 0 };
    if (told.ended) {
      run.ended = told.ended;
      run.leftOut = told.left_out;
    }
    for (const follow of followers) follow(run, null);
  });
  hear("said", function (told) {
    if (!run || run.id !== told.id || told.number < run.said.length) return;
    run.said.push(told.said);
    for (const follow of followers) follow(run, told.said);
  });
}

function howItEnded(run) {
  const result = run.said.some(function (said) { return ["report", "table", "trace"].includes(said.event); });
  if (run.ended.cancelled) return "Cancelled.";
  if (run.ended.late) return "It took too long and was ended.";
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
  const other = element("span", "", "other");
  actions.append(begin, cancel, other);

  begin.addEventListener("click", act);
  async function act() {
    if (begin.getAttribute("aria-disabled") === "true") return;
    if ((inputs || []).some(function (input) { return !input.reportValidity(); })) return;
    rest(true);
    state.textContent = "Starting …";
    const answer = await post(kind, request());
    if (answer.error) {
      state.textContent = answer.error;
      rest(isRunning());
    }
  }
  cancel.addEventListener("click", function () {
    if (run) post("cancel", { run: run.id });
  });

  // A button that rests keeps the focus: a disabled one would drop it.
  function rest(yes) {
    begin.setAttribute("aria-disabled", String(yes));
  }

  let shown = 0; // the run whose lines are in the pane
  onRun(function (run, said) {
    const mine = run.what.kind === kind && run.what.name === name;
    rest(run.ended === null);
    other.textContent = run.ended === null && !mine ? "Waits for " + run.what.name + ": one at a time, so that nothing disturbs its times." : "";
    const running = mine && run.ended === null;
    if (!running && document.activeElement === cancel) begin.focus();
    cancel.hidden = !running;
    if (!mine) return;
    if (shown !== run.id) {
      shown = run.id;
      pane.replaceChildren();
      pane.hidden = false;
      state.textContent = "Starting …";
    }
    if (said) say(said);
    if (!run.ended) return;
    state.setAttribute("aria-live", "polite");
    state.textContent = howItEnded(run);
    if (!pane.hasChildNodes()) pane.hidden = true;
    if (run.leftOut > 0) pane.append("… " + run.leftOut + " more lines, left out");
  });

  function say(said) {
    const atEnd = pane.scrollTop + pane.clientHeight > pane.scrollHeight - 40;
    // A voice reads how it begins and how it ends, not every line in between.
    if (said.event === "status") {
      state.setAttribute("aria-live", "off");
      state.textContent = said.text;
    }
    if (said.event === "status" || said.event === "text") pane.append(coloured(said.text), "\n");
    if (said.event === "test") pane.append(element("span", said.outcome === "passed" ? "✓ " : "✗ ", said.outcome === "passed" ? "sgr-32" : "sgr-31"), said.name, "\n");
    if (said.event === "report") pane.append("\n", coloured(said.screen));
    if (atEnd) pane.scrollTop = pane.scrollHeight;
  }

  return { actions: actions, state: state, pane: pane, act: act };
}
