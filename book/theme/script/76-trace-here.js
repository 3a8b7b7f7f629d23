// Traces in the live book: the same, recorded on this machine with the reader's code, in the recorded one's place.

function setUpTracesHere() {
  if (!live) return;
  for (const figure of document.querySelectorAll("workbook-figure[data-trace]")) {
    const name = figure.dataset.trace;
    const fold = figure.querySelector("details.run");
    const inputs = Array.from(fold.querySelectorAll("[data-parameter]"), parameterInput);
    const controls = runControls("trace", name, "Record on this machine", function () {
      const parameters = {};
      for (const input of inputs) parameters[input.name] = Number(input.value);
      return { trace: name, parameters: parameters };
    }, inputs);
    fold.append(controls.actions, controls.state, controls.pane);
    const sides = traceSides(figure);
    onRun(function (run, said) {
      const mine = run.what.kind === "trace" && run.what.name === name;
      if (!mine || !said || said.event !== "trace") return;
      controls.pane.hidden = true;
      sides.recorded(said.html);
    });
  }
}

// Whose recording is shown, and a button for the other one.
function traceSides(figure) {
  const ours = figure.querySelector(".shown").cloneNode(true);
  let yours = null;
  const line = element("p", "", "whose");
  const words = element("span");
  const other = element("button");
  other.type = "button";
  line.append(words, " ", other);
  line.hidden = true;
  figure.querySelector(".shown").before(line);
  function show(mine) {
    showTrace(figure, mine ? yours : ours);
    words.textContent = mine ? "Recorded on your machine just now." : "Ours, recorded for the book.";
    other.textContent = mine ? "Show ours" : "Show yours";
    line.dataset.mine = mine;
    line.hidden = false;
    figure.scrollIntoView({ block: "start" });
  }
  other.addEventListener("click", function () { show(line.dataset.mine !== "true"); });
  return {
    // What the book's server has drawn.
    recorded: function (html) {
      yours = new DOMParser().parseFromString(html, "text/html").body;
      show(true);
    },
  };
}
