// An exercise's panel in the live book: its state, Check, the report, hints one at a time, the editor, the reference.

const EDITORS = {
  "VS Code": function (path, line, column) { return "vscode://file" + encodeURI(path) + ":" + line + ":" + column; },
  "VSCodium": function (path, line, column) { return "vscodium://file" + encodeURI(path) + ":" + line + ":" + column; },
  "Cursor": function (path, line, column) { return "cursor://file" + encodeURI(path) + ":" + line + ":" + column; },
  "Zed": function (path, line, column) { return "zed://file" + encodeURI(path) + ":" + line + ":" + column; },
  "RustRover": function (path, line, column) { return "jetbrains://rust-rover/navigate/reference?path=" + encodeURIComponent(path) + "&line=" + line + "&column=" + column; },
  "copy the path": null,
};

let editor = storedEditor();

function storedEditor() {
  try {
    const name = localStorage.getItem("workbook-editor");
    return name in EDITORS ? name : "VS Code";
  } catch {
    return "VS Code"; // storage may be forbidden
  }
}

// A link to a place, `file:line:column` from the workspace's root, that opens it in the chosen editor or copies it.
function placeLink(place, text) {
  const [, file, line, column] = /^(.*?)(?::(\d+))?(?::(\d+))?$/.exec(place);
  const link = element("a", text || place, "place");
  link.href = "#";
  link.addEventListener("click", async function (event) {
    const path = memory.root + "/" + file;
    const open = EDITORS[editor];
    event.preventDefault();
    if (open) {
      location.assign(open(path, line || 1, column || 1));
      return;
    }
    link.title = await copied(path) ? "copied" : path;
  });
  return link;
}

function setUpExercises() {
  if (!live) return;
  for (const section of document.querySelectorAll("section[data-exercise]")) setUpExercise(section);
}

function setUpExercise(section) {
  const name = section.dataset.exercise;
  const standing = element("span", "", "standing");
  section.querySelector(".kind").append(standing);
  for (const file of section.querySelectorAll("code.file")) file.replaceWith(placeLink(file.textContent));
  section.querySelector("dl").append(editorChoice());

  const controls = runControls("check", name, "Check", function () { return { exercise: name }; });
  const compare = element("button", "Compare with the reference", "compare");
  compare.type = "button";
  const onSave = onSaveChoice();
  controls.actions.append(compare, onSave.label);
  const result = element("div", "", "result");
  const said = element("details", "", "said");
  said.append(element("summary", "What the check says"), controls.pane);
  said.hidden = true;
  const difference = element("div", "", "difference");
  const onward = element("p", "", "onward");
  section.querySelector(".code, pre").after(controls.actions, controls.state, said, result, difference, onward);
  setUpHints(section, name);

  // What is shown already is left alone: the reader may be in the middle of it.
  let shown = "";
  function show(report) {
    const content = report ? JSON.stringify(Object.assign({}, report.exercises[0], { cached: false })) : "";
    if (content === shown) return;
    shown = content;
    result.replaceChildren();
    if (!report) {
      if (!isRunning()) controls.state.textContent = ""; // it was of another file than this one is now
      return;
    }
    const scores = (memory.exercises[name] || {}).scores;
    result.append(reported(report.exercises[0], section.dataset.advice, scores, placeLink));
  }
  onRun(function (run, event) {
    if (run.what.kind !== "check" || run.what.name !== name) return;
    said.hidden = false;
    if (run.ended === null) {
      said.open = true;
      if (!event) show(null);
    }
    if (event && event.event === "report") {
      show(event.report);
      said.open = false;
    }
  });

  let known = "";
  onMemory(function (memory) {
    const exercise = memory.exercises[name];
    if (!exercise) return;
    const [sign, words] = STANDINGS[exercise.standing];
    const failing = exercise.standing !== "passed" && exercise.failing > 0 ? ", " + exercise.failing + (exercise.failing === 1 ? " test" : " tests") + " to go" : "";
    standing.textContent = sign + " " + words + failing;
    standing.dataset.standing = exercise.standing;
    onward.replaceChildren(...(exercise.standing === "passed" ? nextChapter() : []));
    onSave.saved(exercise.saved, controls.act);
    compare.hidden = exercise.standing === "new" || exercise.standing === "begun";
    // A check in a terminal, or an edit, makes another report the last one.
    const state = exercise.standing + exercise.checks;
    if (state === known || isRunning()) return;
    known = state;
    post("report", { exercise: name }).then(function (answer) { if (!isRunning() && !answer.error) show(answer.report); });
  });

  compare.addEventListener("click", async function () {
    if (difference.hasChildNodes()) {
      difference.replaceChildren();
      return;
    }
    const answer = await post("solution", { exercise: name, spoil: false });
    difference.replaceChildren(...(answer.error ? [element("p", answer.error)] : compared(answer.files)));
  });
}

// A box to tick: a file that is saved is checked at once, as in the watch mode.
function onSaveChoice() {
  const label = element("label", "", "on-save");
  const box = element("input");
  box.type = "checkbox";
  label.append(box, " whenever I save");
  let last = null;
  return {
    label: label,
    saved: function (at, check) {
      if (last !== null && last !== at && box.checked && !document.hidden) check();
      last = at;
    },
  };
}

function compared(files) {
  const shown = [];
  if (files.every(function (file) { return file.lines.length === 0; })) return [element("p", "Yours is the reference.")];
  for (const file of files) {
    shown.push(element("p", file.path, "path"));
    if (file.lines.length === 0) {
      shown.push(element("p", "Yours is the reference."));
      continue;
    }
    const pane = element("pre", "", "diff");
    pane.tabIndex = 0;
    const signs = { both: "  ", yours: "- ", reference: "+ ", gap: "⋯" };
    for (const line of file.lines) pane.append(element("span", signs[line.mark] + line.text + "\n", line.mark));
    shown.push(pane);
  }
  shown.push(element("p", "− yours, + the reference", "legend"));
  return shown;
}

// Which editor the links open; one choice for the whole book.
function editorChoice() {
  const row = element("div");
  const select = element("select");
  select.setAttribute("aria-label", "Open files in");
  for (const name of Object.keys(EDITORS)) select.append(element("option", name));
  select.value = editor;
  select.addEventListener("change", function () {
    editor = select.value;
    try {
      localStorage.setItem("workbook-editor", editor);
    } catch {
      // it holds for this page
    }
  });
  const cell = element("dd");
  cell.append(select);
  row.append(element("dt", "Editor"), cell);
  return row;
}

// Hints appear one after the other, and the workbook remembers how many.
function setUpHints(section, name) {
  const hints = Array.from(section.querySelectorAll("details.hint"));
  if (hints.length === 0) return;
  const more = element("button", "", "more");
  more.type = "button";
  hints[hints.length - 1].after(more);
  let shown = 0;
  function show() {
    hints.forEach(function (hint, position) { hint.hidden = position >= shown; });
    more.hidden = shown >= hints.length;
    more.textContent = shown === 0 ? "Show a hint (1 of " + hints.length + ")" : "Show hint " + (shown + 1) + " of " + hints.length;
  }
  more.addEventListener("click", function () {
    shown += 1;
    show();
    hints[shown - 1].open = true;
    hints[shown - 1].querySelector("summary").focus();
    post("hint", { exercise: name, shown: shown });
  });
  onMemory(function (memory) {
    const exercise = memory.exercises[name];
    if (exercise && exercise.hints > shown) shown = exercise.hints;
    show();
  });
}

// What comes behind this page, whether it has an exercise or not.
function nextChapter() {
  const next = document.querySelector(".steps a[rel='next']");
  if (!next) return [];
  const link = element("a", next.lastChild.textContent.trim());
  link.href = next.href;
  return ["Next: ", link];
}
