// A check's report: the tests by name, what the first failure means, the benchmark drawn.

const OUTCOMES = {
  passed: ["✓", "passed", ""],
  skipped: ["?", "skipped", "This machine lacks something that the test needs."],
  not_started: ["·", "not started", "A todo! was reached. Nothing is wrong yet."],
  wrong: ["✗", "wrong", "An assertion of the test failed."],
  panicked: ["✗", "panicked in your code", "Your code panicked, crashed, or ended the process."],
  hung: ["✗", "hung", "It was still running at the time limit. This is what its threads were doing:"],
  environment: ["?", "environment", "The machine is at fault, not your code."],
};

function isFailed(test) {
  return test.outcome !== "passed" && test.outcome !== "skipped";
}

// The report of one exercise; `link` makes a link to a place in a file.
function reported(exercise, advice, scores, link) {
  const out = element("div", "", "report");
  const failed = exercise.tests.filter(isFailed);
  if (exercise.compile_error) {
    const error = exercise.compile_error;
    out.append(headline("✗", "Does not compile", link(error.file + ":" + error.line + ":" + error.column)), element("pre", error.rendered));
  }
  if (exercise.environment) out.append(headline("?", "The machine or the course is not as it must be"), element("pre", exercise.environment));
  if (exercise.tests.length > 0) {
    const passed = exercise.tests.length - failed.length;
    out.append(element("p", passed + " of " + exercise.tests.length + " tests pass.", "count"), testList(exercise.tests));
  }
  if (failed.length > 0) {
    const begun = failed.filter(function (test) { return test.outcome !== "not_started"; });
    const ordered = begun.concat(failed.filter(function (test) { return test.outcome === "not_started"; }));
    out.append(failure(ordered[0], link));
    if (begun.length > 1) {
      const more = element("details");
      more.append(element("summary", "The other failures"));
      for (const test of begun.slice(1)) more.append(failure(test, link));
      out.append(more);
    }
  }
  if (exercise.advice) {
    const box = element("div", "", "advice");
    const mayBe = failed.length === 0 ? "As slow as a known mistake, and perhaps not this one: " : "This may be a known mistake: ";
    box.append(withCode(mayBe + exercise.advice.title, "title"));
    for (const paragraph of exercise.advice.text.split("\n\n")) box.append(withCode(paragraph));
    out.append(box);
  }
  if (exercise.gate) out.append(gateDrawn(exercise.gate, scores, advice));
  return out;
}

// A paragraph in which `code` is code.
function withCode(text, className) {
  const paragraph = element("p", "", className);
  text.split("`").forEach(function (part, number) {
    paragraph.append(number % 2 === 1 ? element("code", part) : part);
  });
  return paragraph;
}

// A score with two digits; what rounds to nothing has no sign.
function scored(score) {
  return score.toFixed(2).replace(/^-(0\.00)$/, "$1");
}

function headline(sign, words, more) {
  const line = element("p", "", "headline");
  line.append(element("span", sign, "sign"), " ", element("strong", words));
  if (more) line.append(" ", more);
  return line;
}

// A test's name, which may be broken between its words and copies as it is.
function testName(test) {
  const code = element("code");
  for (const word of test.name.split(/(?<=_|::)/)) code.append(word, element("wbr"));
  return code;
}

function testList(tests) {
  const list = element("ul", "", "tests");
  for (const test of tests) {
    const [sign, words] = OUTCOMES[test.outcome];
    const item = element("li", "", test.outcome);
    item.append(element("span", sign, "sign"), testName(test));
    if (test.outcome !== "passed") item.append(element("span", words, "words"));
    list.append(item);
  }
  return list;
}

function failure(test, link) {
  const [sign, words, meaning] = OUTCOMES[test.outcome];
  const box = element("div", "", "failure " + test.outcome);
  const title = testName(test);
  box.append(headline(sign, words, title), element("p", meaning, "meaning"));
  if (test.threads.length > 0) {
    const list = element("ul");
    for (const thread of test.threads) list.append(element("li", thread));
    box.append(list);
  }
  if (test.message) box.append(element("pre", test.message));
  if (test.location) {
    const place = element("p", "at ", "place");
    place.append(link(test.location));
    box.append(place);
  }
  if (test.output.trim()) {
    const fold = element("details");
    const pane = element("pre");
    pane.append(coloured(test.output));
    fold.append(element("summary", "What it printed"), pane);
    box.append(fold);
  }
  return box;
}

// The name of SVG, as the page's own drawings have it.
const SVG = function () { return document.querySelector("svg").namespaceURI; };

function shape(name, attributes, text) {
  const made = document.createElementNS(SVG(), name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

function duration(nanoseconds) {
  if (nanoseconds >= 1e6) return (nanoseconds / 1e6).toFixed(2) + " ms";
  if (nanoseconds >= 1e3) return (nanoseconds / 1e3).toFixed(2) + " µs";
  return nanoseconds.toFixed(1) + " ns";
}

const LOGARITHMIC = "logarithmic scale: from line to line, ten times as much";

// A line at every power of ten between two numbers.
function drawDecades(svg, x, least, most, length, top, bottom) {
  for (let power = Math.ceil(Math.log10(least)); power <= Math.log10(most); power += 1) {
    const at = x + length(Math.pow(10, power));
    svg.append(shape("line", { x1: at, x2: at, y1: top, y2: bottom, class: "decade" }));
  }
}

// Three times as bars on a logarithmic scale; below, the score with its interval, and those of before.
function gateDrawn(gate, scores, advice) {
  const box = element("div", "", "gate");
  const verdicts = { passed: ["✓", "Fast enough"], failed: ["✗", "Correct, and not fast enough"], inconclusive: ["?", "Not decided"] };
  const [sign, words] = verdicts[gate.verdict];
  const slower = (gate.yours_ns / gate.reference_ns).toFixed(2);
  const allowed = Math.pow(gate.naive_ns / gate.reference_ns, 1 - gate.bar).toFixed(2);
  const passes = gate.verdict === "inconclusive" ? "not judged" : "up to " + allowed + " × passes";
  box.append(headline(sign, words, slower + " × the reference's time, " + passes));
  if (gate.reason) box.append(element("p", gate.reason + " This blocks nothing.", "meaning"));
  if (gate.verdict === "failed" && advice) box.append(withCode(advice, "meaning"));
  if (gate.verdict === "passed" && gate.low > 1.05) box.append(element("p", "Faster than the reference: well done.", "meaning"));

  const sides = [["naive", gate.naive_ns], ["yours", gate.yours_ns], ["reference", gate.reference_ns]];
  const least = Math.min.apply(null, sides.map(function (side) { return side[1]; }));
  const most = Math.max.apply(null, sides.map(function (side) { return side[1]; }));
  const svg = shape("svg", { viewBox: "0 0 560 190", role: "img", class: "chart" });
  const summary = sides.map(function (side) { return side[0] + " " + duration(side[1]); }).join(", ")
    + "; score " + scored(gate.score) + ", from " + scored(gate.low) + " to " + scored(gate.high) + ", and " + gate.bar.toFixed(2) + " passes";
  const length = function (time) { return 6 + (Math.log(time / least) / Math.log(most / least) || 0) * 320; };
  svg.append(shape("title", {}, summary));
  drawDecades(svg, 84, least, most, length, 4, 86);
  sides.forEach(function ([side, time], row) {
    const y = 8 + row * 26;
    const width = length(time);
    svg.append(
      shape("text", { x: 0, y: y + 13 }, side),
      shape("rect", { x: 84, y: y, width: width, height: 17, rx: 3, class: "bar-" + side }),
      shape("text", { x: 92 + width, y: y + 13, class: "faint" }, duration(time)));
  });
  svg.append(shape("text", { x: 84, y: 102, class: "faint" }, LOGARITHMIC));
  drawScore(svg, gate, scores);
  box.append(svg);
  return box;
}

// A line from 0 (naive) to 1 (reference), the bar that passes, the interval, and earlier scores as dots.
function drawScore(svg, gate, scores) {
  const low = Math.min(-0.1, gate.low), high = Math.max(1.1, gate.high);
  const at = function (score) { return 84 + (Math.min(Math.max(score, low), high) - low) / (high - low) * 400; };
  const y = 140;
  svg.append(shape("text", { x: 0, y: y + 4 }, "score"), shape("line", { x1: at(0), x2: at(1), y1: y, y2: y, class: "axis" }));
  for (const [score, label] of [[0, "0 naive"], [gate.bar, gate.bar.toFixed(2) + " passes"], [1, "1 reference"]]) {
    svg.append(shape("line", { x1: at(score), x2: at(score), y1: y - 8, y2: y + 8, class: score === gate.bar ? "passes" : "axis" }),
      shape("text", { x: at(score), y: y + (score === gate.bar ? 38 : 24), class: "faint middle" }, label));
  }
  const earlier = (scores || []).slice(-20, -1);
  if (earlier.length > 0) svg.append(shape("text", { x: 0, y: y + 38, class: "faint" }, "dots: before"));
  for (const before of earlier) svg.append(shape("circle", { cx: at(before.score), cy: y, r: 2.5, class: "before" }));
  svg.append(shape("line", { x1: at(gate.low), x2: at(gate.high), y1: y, y2: y, class: "interval" }),
    shape("circle", { cx: at(gate.score), cy: y, r: 5.5, class: "score" }),
    shape("text", { x: at(gate.score), y: y - 14, class: "middle strong" }, scored(gate.score)));
}
