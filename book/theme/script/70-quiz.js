// Quizzes: a form for each question. What is right, and why, stands in the fold with the answers, which stays.

function setUpQuizzes() {
  if (document.body.classList.contains("whole")) return; // there every answer is open
  document.querySelectorAll(".quiz").forEach(setUpQuiz);
}

function setUpQuiz(quiz) {
  const questions = Array.from(quiz.querySelectorAll(".question"), function (box) {
    return quizQuestion(box, quiz.dataset.quiz + "/" + box.dataset.question, quizSolution(quiz, box));
  });
  const top = quiz.querySelector(".progress");
  const bottom = element("p", "", "progress");
  quiz.querySelector(".questions").after(bottom);
  onMemory(function (memory) {
    const right = questions.filter(function (question) { return question.remember(memory); }).length;
    top.textContent = bottom.textContent = right + " of " + questions.length + " right";
  });
}

// The right answer, a list of keys, and for each key why.
function quizSolution(quiz, box) {
  const items = Array.from(quiz.querySelector("[data-answer='" + box.dataset.question + "']").querySelectorAll("[data-key]"));
  const right = box.dataset.kind === "order" ? items : items.filter(function (item) { return "right" in item.dataset; });
  return {
    answer: right.map(function (item) { return item.dataset.key; }),
    why: function (key) {
      return items.find(function (item) { return item.dataset.key === key; }).querySelector(".why").cloneNode(true);
    },
  };
}

// What an option is; where several are to be chosen, also what the reader did with it.
function choiceMark(kind, right, chosen) {
  if (kind === "multiple" && right && !chosen) return "Right, and you left it out.";
  if (kind === "multiple" && !right) return chosen ? "Not so, and you chose it." : "Not so, as you said.";
  return right ? "Right." : "Wrong.";
}

// A question is open until it is checked, and then shows its answer until it is tried again.
function quizQuestion(box, name, solution) {
  const list = box.querySelector(".options");
  const form = element("form");
  const fields = element("fieldset");
  const button = element("button", "Check my answer");
  const verdict = element("p", "", "verdict");
  verdict.setAttribute("role", "status");
  fields.setAttribute("aria-labelledby", box.id + "-ask");
  list.before(form);
  fields.append(list);
  form.append(fields, button, verdict);
  const order = box.dataset.kind === "order";
  const answers = order ? quizSteps(list, verdict) : quizChoices(list, box.dataset.kind === "multiple");
  let filling = false; // the reader is at it: what another page tells may wait
  let shown = null; // the answer that is shown with its explanations

  function isRight(answer) {
    return (order ? answer : answer.slice().sort()).join() === solution.answer.join();
  }

  function show(answer, aloud) {
    hide();
    shown = answer;
    fields.disabled = true;
    button.textContent = "Try again";
    for (const item of list.children) {
      const place = solution.answer.indexOf(item.dataset.key);
      const good = order ? answer.indexOf(item.dataset.key) === place : place >= 0;
      const mark = order ? (good ? "Right." : "Wrong: it is step " + (place + 1) + ".") : choiceMark(box.dataset.kind, good, answer.includes(item.dataset.key));
      const why = element("p", "", "reason " + (good ? "good" : "bad"));
      why.append(element("strong", mark), " ", solution.why(item.dataset.key));
      item.append(why);
    }
    const good = isRight(answer);
    verdict.setAttribute("aria-live", aloud ? "polite" : "off");
    verdict.replaceChildren(element("strong", good ? "Right." : "Not right."), " Each " + (order ? "step" : "option") + " says why.");
    verdict.className = "verdict " + (good ? "good" : "bad");
  }

  function hide() {
    shown = null;
    fields.disabled = false;
    button.textContent = "Check my answer";
    for (const why of list.querySelectorAll(".reason")) why.remove();
    verdict.textContent = "";
    verdict.className = "verdict";
  }

  function fill() {
    filling = true;
    verdict.setAttribute("aria-live", "polite");
  }

  fields.addEventListener("input", fill);
  form.addEventListener("submit", async function (event) {
    event.preventDefault();
    if (shown) {
      hide();
      fill();
      answers.focus();
      return;
    }
    const answer = answers.read();
    if (answer.length === 0) {
      verdict.textContent = "Choose an answer first.";
      return;
    }
    filling = true;
    show(answer, true);
    const kept = await keepAnswer(name, answer, isRight(answer));
    if (kept && kept.error) verdict.append(" Your answer is not kept. " + kept.error);
    else if (shown) filling = false;
  });

  return {
    // Shows what was answered, here or elsewhere, and says whether it is right.
    remember: function (memory) {
      const kept = memory.answers[name];
      if (!kept || !Array.isArray(kept.answer) || !answers.fits(kept.answer)) return false;
      if (!filling && !(shown && shown.join() === kept.answer.join())) {
        answers.write(kept.answer);
        show(kept.answer, false);
      }
      return isRight(kept.answer);
    },
  };
}

function quizChoices(list, several) {
  const inputs = Array.from(list.children, function (item) {
    const label = element("label");
    const input = element("input");
    const text = element("span");
    input.type = several ? "checkbox" : "radio";
    input.name = "choice";
    input.value = item.dataset.key;
    text.append(...item.childNodes);
    label.append(input, text);
    item.append(label);
    return input;
  });
  return {
    read: function () {
      return inputs.filter(function (input) { return input.checked; }).map(function (input) { return input.value; });
    },
    write: function (answer) {
      for (const input of inputs) input.checked = answer.includes(input.value);
    },
    // Whether an answer that was kept is one: the question may have been changed since.
    fits: function (answer) {
      const known = inputs.map(function (input) { return input.value; });
      return (several ? answer.length > 0 : answer.length === 1) && answer.every(function (key) { return known.includes(key); });
    },
    focus: function () {
      (inputs.find(function (input) { return input.checked; }) || inputs[0]).focus();
    },
  };
}

// Steps are moved by two buttons each, and with the arrow keys on them.
function quizSteps(list, verdict) {
  const steps = Array.from(list.children);
  steps.forEach(function (step, position) { step.value = position + 1; }); // each keeps its letter

  function move(step, by, button) {
    const other = by < 0 ? step.previousElementSibling : step.nextElementSibling;
    if (other && by < 0) other.before(step);
    if (other && by > 0) other.after(step);
    number();
    button.focus(); // what is moved loses it
    list.dispatchEvent(new Event("input", { bubbles: true }));
    verdict.textContent = "Now step " + (Array.from(list.children).indexOf(step) + 1) + " of " + steps.length + ".";
  }

  function number() {
    for (const step of list.children) {
      const [up, down] = step.querySelectorAll("button");
      up.setAttribute("aria-disabled", step === list.firstElementChild);
      down.setAttribute("aria-disabled", step === list.lastElementChild);
    }
  }

  for (const step of steps) {
    const row = element("div", "", "step");
    const text = element("span");
    text.append(...step.childNodes);
    row.append(text);
    step.append(row);
    for (const [sign, word, by] of [["↑", "Up", -1], ["↓", "Down", 1]]) {
      const button = element("button", sign);
      button.type = "button";
      button.setAttribute("aria-label", word + ": " + text.textContent);
      button.addEventListener("click", function () { move(step, by, button); });
      row.append(button);
    }
    row.addEventListener("keydown", function (event) {
      const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
      if (!by) return;
      event.preventDefault();
      move(step, by, event.target);
    });
  }
  number();
  return {
    read: function () {
      return Array.from(list.children, function (step) { return step.dataset.key; });
    },
    write: function (answer) {
      for (const key of answer) list.append(steps.find(function (step) { return step.dataset.key === key; }));
      number();
    },
    fits: function (answer) {
      return answer.length === steps.length && steps.every(function (step) { return answer.includes(step.dataset.key); });
    },
    focus: function () { list.querySelector("button").focus(); },
  };
}
