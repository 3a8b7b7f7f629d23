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
    onRun(function (run, said) {
      const mine = run.what.kind === "trace" && run.what.name === name;
      if (!mine || !said || said.event !== "trace") return;
      controls.pane.hidden = true;
      showTrace(figure, said.html);
    });
  }
}
