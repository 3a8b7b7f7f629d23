// Small changes to every page.

function element(name, text, className) {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  if (className) made.className = className;
  return made;
}

// Code: a copy button each, which copies what is typed and not the prompt or the answer.

function setUpCode() {
  for (const box of document.querySelectorAll("main .code")) {
    const code = box.querySelector("code");
    const button = element("button", "Copy", "copy");
    button.type = "button";
    button.addEventListener("click", async function () {
      const done = await copied(typed(code));
      button.textContent = done ? "Copied" : "Select it and copy by hand";
      setTimeout(function () { button.textContent = "Copy"; }, 1500);
    });
    box.append(button);
  }
}

function typed(code) {
  if (!code.querySelector(".p")) return code.textContent;
  const copy = code.cloneNode(true);
  for (const other of copy.querySelectorAll(".p, .o")) other.remove();
  return copy.textContent;
}

async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = element("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy"); // pages from files have no clipboard in some browsers
    area.remove();
    return done;
  }
}

// What scrolls sideways can be reached with the keyboard.
function setUpScrolling() {
  for (const box of document.querySelectorAll("pre, .table-wrapper, .scroll")) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
  }
}

// Folds open when the page is printed.
function setUpPrinting() {
  let opened = [];
  window.addEventListener("beforeprint", function () {
    opened = Array.from(document.querySelectorAll("details:not([open])"));
    for (const fold of opened) fold.open = true;
  });
  window.addEventListener("afterprint", function () {
    for (const fold of opened) fold.open = false;
  });
}

// Contents: the current page is in view, and a choice closes the list where it lies over the text.
function setUpContents() {
  const list = document.getElementById("contents");
  const here = list.querySelector("[aria-current]");
  function show() {
    if (here) list.scrollTop += here.getBoundingClientRect().top - list.getBoundingClientRect().top - list.clientHeight / 3;
  }
  show();
  list.addEventListener("toggle", show);
}

// Keys: none of them takes one away that a field or something scrolled would use.
function setUpKeys(openSearch) {
  document.addEventListener("keydown", function (event) {
    const inUse = event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey
      || document.querySelector("dialog[open]")
      || event.target.closest("form, input, textarea, select, [contenteditable], [tabindex='0']");
    if (inUse) return;
    if (event.key === "/" || event.key === "s") {
      event.preventDefault();
      openSearch();
      return;
    }
    const rel = { ArrowLeft: "prev", ArrowRight: "next" }[event.key];
    const link = rel && document.querySelector("a[rel=" + rel + "]");
    if (link) link.click();
  });
}
