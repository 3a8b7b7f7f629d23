// What the reader has done: exercises, answers to questions, predictions. The live book keeps it with the course, in
// .workbook/; a page that was opened from a file keeps what it can in the browser, and knows of no exercise.

const MEMORY_KEY = "workbook-memory";
let memory = { exercises: {}, answers: {}, predictions: {}, next: null, trouble: null };
const showers = [];

// Calls back with the memory, now and whenever it changes.
function onMemory(show) {
  showers.push(show);
  show(memory);
}

function remembered(changed) {
  memory = changed;
  for (const show of showers) show(memory);
}

// An answer to a question, the last one; `name` is `lesson-1/echo/zero`.
function keepAnswer(name, answer, right) {
  if (live) return post("answer", { question: name, answer: answer });
  const before = memory.answers[name];
  keepInBrowser("answers", name, { answer: answer, right: right, tries: (before ? before.tries : 0) + 1 });
}

// A predicted number, the first one.
function keepPrediction(name, number) {
  if (live) return post("predict", { prediction: name, number: number });
  if (!memory.predictions[name]) keepInBrowser("predictions", name, { number: number });
}

function keepInBrowser(kind, name, value) {
  recall(); // another page may have kept something since
  const changed = Object.assign({}, memory);
  changed[kind] = Object.assign({}, memory[kind], { [name]: value });
  try {
    localStorage.setItem(MEMORY_KEY, JSON.stringify({ answers: changed.answers, predictions: changed.predictions }));
  } catch {
    // it holds for this page
  }
  remembered(changed);
}

function setUpMemory() {
  if (live) {
    hear("memory", remembered);
    return;
  }
  recall();
  window.addEventListener("storage", function (event) {
    if (event.key === MEMORY_KEY) recall();
  });
}

// Reads what the browser keeps.
function recall() {
  try {
    const kept = JSON.parse(localStorage.getItem(MEMORY_KEY));
    if (kept) remembered(Object.assign({}, memory, { answers: kept.answers || {}, predictions: kept.predictions || {} }));
  } catch {
    // nothing is kept, or nothing that can be read
  }
}
