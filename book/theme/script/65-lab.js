// Labs: parameters, a run on this machine, and what came out drawn beside what was recorded.

function setUpLabs() {
  for (const section of document.querySelectorAll("section[data-lab]")) setUpLab(section);
}

function setUpLab(section) {
  const name = section.dataset.lab;
  const fold = section.querySelector("details.recorded");
  const recorded = JSON.parse(fold.dataset.recorded);
  fold.append(labDrawn(fold.dataset.draw, recorded, null));
  if (!live) return;

  const inputs = Array.from(section.querySelectorAll("[data-parameter]"), parameterInput);
  showCommand(section, inputs);
  const controls = runControls("lab", name, "Run on this machine", function () {
    const parameters = {};
    for (const input of inputs) parameters[input.name] = Number(input.value);
    return { lab: name, parameters: parameters };
  }, inputs);
  const meter = element("progress");
  meter.hidden = true;
  meter.setAttribute("aria-label", "progress of the lab");
  const result = element("div", "", "result");
  fold.before(controls.actions, meter, controls.state, controls.pane, result);
  onRun(function (run, said) {
    if (run.what.kind !== "lab" || run.what.name !== name) return;
    meter.hidden = run.ended !== null;
    if (said && said.event === "text") {
      const progress = /^progress: (\d+) of (\d+)$/.exec(said.text);
      if (progress) {
        meter.max = Number(progress[2]);
        meter.value = Number(progress[1]);
      }
    }
    if (!said && run.ended === null) {
      meter.removeAttribute("value");
      result.replaceChildren();
    }
    if (said && said.event === "table") {
      const machines = "Yours: " + conditionsOf(said.recorded) + ". Ours: " + conditionsOf(recorded) + ".";
      result.replaceChildren(
        labDrawn(fold.dataset.draw, recorded, said.recorded),
        element("p", machines, "machine"),
        tableOf(said.recorded));
      controls.pane.hidden = true;
    }
  });
}

function parameterInput(row) {
  const input = element("input");
  const { parameter, default: usual, min, max } = row.dataset;
  Object.assign(input, { type: "number", name: parameter, defaultValue: usual, value: usual, min: min, max: max, step: 1, required: true });
  const label = element("label");
  label.append(element("code", parameter), " ", input);
  row.querySelector("dt").replaceChildren(label);
  return input;
}

// Where it was measured, and with which parameters.
function conditionsOf(recorded) {
  const { cpu, cores, kernel } = recorded.machine;
  const set = Object.entries(recorded.parameters).map(function ([name, value]) { return name + " " + value.toLocaleString("en"); });
  return [cpu, cores + " cores", "Linux " + kernel].concat(set).join(", ");
}

// The command line that does what the fields say.
function showCommand(section, inputs) {
  const code = section.querySelector("pre code");
  const plain = typed(code).trim();
  const prompt = code.querySelector(".p");
  function show() {
    const set = inputs.filter(function (input) { return input.value !== "" && input.value !== input.defaultValue; });
    const line = [plain].concat(set.map(function (input) { return "--set " + input.name + "=" + input.value; })).join(" ");
    code.replaceChildren(...(prompt ? [prompt] : []), line);
  }
  for (const input of inputs) input.addEventListener("input", show);
}

function cell(column, row) {
  const value = row.values[column.key];
  return value === null || value === undefined ? "n/a" : value.toLocaleString("en", { minimumFractionDigits: column.digits, maximumFractionDigits: column.digits });
}

function tableOf(recorded) {
  const table = element("table");
  const head = element("tr");
  head.append(element("td"));
  for (const column of recorded.columns) {
    const heading = element("th", column.title + (column.unit ? " " + column.unit : ""), "number");
    heading.scope = "col";
    head.append(heading);
  }
  const body = element("tbody");
  for (const row of recorded.rows) {
    const line = element("tr");
    const heading = element("th", row.title);
    heading.scope = "row";
    line.append(heading);
    for (const column of recorded.columns) line.append(element("td", cell(column, row), "number"));
    body.append(line);
  }
  const top = element("thead");
  top.append(head);
  table.append(top, body);
  const box = element("div", "", "table-wrapper");
  box.append(table);
  return box;
}

// One column of both tables as bars, a pair for each row; in factors where the numbers are far apart.
function labDrawn(key, recorded, yours) {
  const column = recorded.columns.find(function (column) { return column.key === key; });
  const sides = yours ? [["ours", recorded], ["yours", yours]] : [["ours", recorded]];
  const pairs = recorded.rows.map(function (row) {
    return { title: row.title, values: sides.map(function ([, table]) {
      const found = table.rows.find(function (other) { return other.key === row.key; });
      return found ? found.values[key] : null;
    }) };
  }).filter(function (pair) { return pair.values.some(function (value) { return value > 0; }); });
  const numbers = pairs.flatMap(function (pair) { return pair.values; }).filter(function (value) { return value > 0; });
  const box = element("div", "", "drawn");
  if (!column || numbers.length === 0) return box;
  const least = Math.min.apply(null, numbers), most = Math.max.apply(null, numbers);
  // What was recorded decides, so that a stray count in the reader's run does not change the scale.
  const of = function (table) { return table.rows.map(function (row) { return row.values[key]; }).filter(function (value) { return value > 0; }); };
  const inFactors = Math.max.apply(null, of(recorded)) / Math.min.apply(null, of(recorded)) > 30;
  const width = function (value) {
    return inFactors ? 8 + Math.log(value / least) / Math.log(most / least) * 352 : value / most * 360;
  };
  const rowHeight = 24 + sides.length * 20;
  const svg = shape("svg", { viewBox: "0 0 560 " + (pairs.length * rowHeight + 22), role: "img", class: "chart" });
  if (inFactors) drawDecades(svg, 52, least, most, width, 0, pairs.length * rowHeight - 4);
  const summary = [];
  pairs.forEach(function (pair, number) {
    const y = number * rowHeight;
    svg.append(shape("text", { x: 0, y: y + 15 }, pair.title));
    pair.values.forEach(function (value, side) {
      const top = y + 22 + side * 20;
      const text = value === null || value === undefined ? "n/a" : cell(column, { values: { [key]: value } }) + " " + column.unit;
      const length = value > 0 ? width(value) : 0;
      svg.append(
        shape("text", { x: 0, y: top + 12, class: "faint" }, sides[side][0]),
        shape("rect", { x: 52, y: top, width: length, height: 15, rx: 3, class: "bar-" + sides[side][0] }),
        shape("text", { x: 60 + length, y: top + 12, class: "faint" }, text));
      summary.push(pair.title + ", " + sides[side][0] + ": " + text);
    });
  });
  svg.prepend(shape("title", {}, column.title + ". " + summary.join("; ")));
  const note = column.title + (inFactors ? ", " + LOGARITHMIC : "");
  svg.append(shape("text", { x: 0, y: pairs.length * rowHeight + 14, class: "faint" }, note));
  box.append(svg);
  return box;
}
