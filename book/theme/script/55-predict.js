// Predictions: the number is asked for before what was measured is shown, kept, and shown beside it from then on.

function setUpPredictions() {
  for (const section of document.querySelectorAll("section[data-predict]")) setUpPrediction(section);
}

function setUpPrediction(section) {
  const name = section.dataset.predict;
  const unit = section.dataset.unit;
  const instruction = section.querySelector(".instruction");
  const fold = section.querySelector("details");
  const form = element("form", "", "ask");
  const label = element("label", "Your number: ");
  const input = element("input");
  input.inputMode = "decimal";
  input.autocomplete = "off";
  input.required = true;
  label.append(input, " " + unit);
  const keep = element("button", "Keep my prediction");
  const skip = element("button", "Show it without");
  skip.type = "button";
  const state = element("p", "", "state");
  state.setAttribute("role", "status");
  state.tabIndex = -1; // where the focus goes when the form has gone
  form.append(label, keep, skip);
  instruction.replaceWith(form);
  form.after(state);
  fold.hidden = true;
  veil(section.dataset.table, true);

  form.addEventListener("submit", async function (event) {
    event.preventDefault();
    const number = Number(input.value.trim().replace(",", "."));
    if (!(number > 0 && Number.isFinite(number))) {
      state.textContent = "A prediction is a number above zero.";
      input.focus();
      return;
    }
    const answer = await keepPrediction(name, number);
    if (answer && answer.error) state.textContent = answer.error;
  });
  skip.addEventListener("click", function () {
    veil(section.dataset.table, false);
    fold.hidden = false;
    fold.open = true;
    fold.querySelector("summary").focus();
    form.hidden = true;
  });

  onMemory(function (memory) {
    const exercise = memory.exercises[name] || {};
    const kept = memory.predictions[name];
    const predicted = kept ? kept.number : exercise.predicted;
    if (predicted === undefined || predicted === null) return;
    if (form.contains(document.activeElement)) state.focus({ preventScroll: true });
    form.hidden = true;
    fold.hidden = true;
    veil(section.dataset.table, false);
    const measured = fold.querySelector("p").textContent;
    const yours = exercise.measured ? " With your code, on this machine: " + short(exercise.measured) + " " + unit + "." : "";
    state.textContent = "You said " + short(predicted) + " " + unit + ". Measured on our machine: " + measured + "." + yours + " " + howFar(predicted, exercise.measured || Number(section.dataset.measured));
  });
}

function howFar(predicted, measured) {
  const factor = Math.max(predicted / measured, measured / predicted);
  if (short(predicted) === short(measured)) return "Exactly.";
  return factor < 1.25 ? "Close: and what is the rest?" : "That is a factor of " + factor.toFixed(1) + ".";
}

// A number with no more digits than anybody reads.
function short(number) {
  return number >= 100 ? String(Math.round(number)) : String(Number(number.toPrecision(3)));
}

// What a table shows is not seen before it is predicted.
function veil(table, on) {
  for (const value of document.querySelectorAll("data[data-table]")) {
    if (value.dataset.table !== table) continue;
    if (!value.dataset.text) value.dataset.text = value.textContent;
    value.textContent = on ? "(predict first)" : value.dataset.text;
  }
}
