// Progress: a mark beside each exercise's chapter, the map of the server that fills, and what comes next.

const STANDINGS = {
  new: ["·", "not begun"],
  begun: ["…", "begun"],
  changed: ["~", "passed, and changed since"],
  passed: ["✓", "passed"],
};

function setUpProgress() {
  if (!live) return;
  const chapters = chaptersOfExercises();
  onMemory(function (memory) {
    for (const [name, link] of chapters) markChapter(link, memory.exercises[name]);
    fillMap(memory.exercises);
    showNext(memory);
    showBanner("trouble", "Something is wrong with the workbook.", memory.trouble);
  });
}

// The links of the contents by the exercise that their page is about.
function chaptersOfExercises() {
  const links = document.querySelectorAll("#contents a");
  return Array.from(links, function (link) {
    return [new URL(link.href).pathname.replace(/^\/|\.html$/g, ""), link];
  });
}

function markChapter(link, exercise) {
  const old = link.querySelector(".mark");
  if (!exercise) {
    if (old) old.remove();
    return;
  }
  const [sign, words] = STANDINGS[exercise.standing];
  const mark = old || element("span", "", "mark");
  if (mark.dataset.standing === exercise.standing) return;
  mark.dataset.standing = exercise.standing;
  mark.textContent = sign;
  mark.title = words;
  mark.setAttribute("role", "img");
  mark.setAttribute("aria-label", words);
  link.append(mark);
}

// How many of a lesson's exercises have passed, and how many there are.
function passedOf(exercises, lesson) {
  const names = Object.keys(exercises).filter(function (name) { return name.startsWith(lesson + "/"); });
  const passed = names.filter(function (name) { return exercises[name].standing === "passed"; });
  return [passed.length, names.length];
}

// The parts of the server that a lesson builds fill from the left as its exercises pass.
function fillMap(exercises) {
  for (const part of document.querySelectorAll("svg [data-lesson]")) {
    const [passed, all] = passedOf(exercises, part.dataset.lesson);
    const share = all > 0 ? passed / all : 0;
    part.classList.add("to-build");
    part.classList.toggle("built", share === 1);
    const old = part.nextElementSibling;
    if (old && old.classList.contains("filling")) old.remove();
    if (share === 0) continue;
    const filling = part.cloneNode();
    filling.removeAttribute("data-lesson");
    filling.setAttribute("class", "filling");
    filling.setAttribute("width", share * Number(part.getAttribute("width")));
    part.after(filling);
  }
}

function nextLink(next) {
  const link = element("a", next.title);
  link.href = "/" + next.name + ".html";
  return link;
}

function showNext(memory) {
  for (const box of document.querySelectorAll("[data-next]")) {
    const all = Object.values(memory.exercises);
    if (all.length === 0) continue;
    const passed = all.filter(function (exercise) { return exercise.standing === "passed"; }).length;
    const count = element("p", passed + " of " + all.length + " exercises passed.", "count");
    const meter = element("progress");
    meter.max = all.length;
    meter.value = passed;
    meter.setAttribute("aria-label", "exercises passed");
    box.replaceChildren(count, meter);
    if (memory.next) {
      const line = element("p", "Next: ");
      line.append(nextLink(memory.next), " (" + memory.next.kind + ", " + memory.next.minutes + " minutes)");
      box.append(line);
    } else {
      box.append(element("p", "You have passed everything there is so far."));
    }
  }
}
