// The book's only script. Every page reads well without it; it adds the theme switch, search, keys, copy
// buttons, and, in the live book, news from the server. It is classic and free of modules, because pages
// are also opened from files.
"use strict";

(function () {
  const root = document.documentElement;

  // Theme. It runs before anything is painted: the page never flashes.

  const THEMES = ["auto", "light", "dark"];

  function storedTheme() {
    try {
      const theme = localStorage.getItem("workbook-theme");
      return THEMES.includes(theme) ? theme : "auto";
    } catch {
      return "auto"; // storage may be forbidden
    }
  }

  root.dataset.theme = storedTheme();

  function setUpTheme() {
    const button = document.getElementById("theme");
    function label() {
      const text = "Theme: " + root.dataset.theme;
      button.setAttribute("aria-label", text);
      button.title = text;
    }
    button.hidden = false;
    label();
    button.addEventListener("click", function () {
      const next = THEMES[(THEMES.indexOf(root.dataset.theme) + 1) % THEMES.length];
      root.dataset.theme = next;
      try {
        localStorage.setItem("workbook-theme", next);
      } catch {
        // it holds for this page
      }
      label();
    });
  }

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

  // Search. The index comes when it is first wanted; it is a script that calls `workbookSearch`.

  let sections = null;

  function setUpSearch() {
    const dialog = document.getElementById("search");
    const input = document.getElementById("search-words");
    const list = document.getElementById("search-results");
    const state = document.getElementById("search-state");
    const opener = document.getElementById("search-open");

    window.workbookSearch = function (rows) {
      sections = rows.map(function (row) {
        return { row: row, title: (row[2] + " " + row[3]).toLowerCase(), text: row[4].toLowerCase() };
      });
      update();
    };

    function load() {
      if (sections || document.getElementById("search-index")) return;
      const script = element("script");
      script.id = "search-index";
      script.src = dialog.dataset.searchIndex;
      script.addEventListener("error", function () {
        script.remove();
        state.textContent = "The search index cannot be loaded.";
      });
      document.head.append(script);
    }

    function update() {
      const words = input.value.toLowerCase().split(/\s+/).filter(Boolean).map(stem);
      list.replaceChildren();
      if (!sections || words.length === 0) {
        state.textContent = "";
        return;
      }
      const found = sections
        .map(function (section) { return { section: section, score: score(section, words) }; })
        .filter(function (hit) { return hit.score > 0; })
        .sort(function (a, b) { return b.score - a.score; });
      state.textContent = found.length === 0 ? "Nothing found."
        : found.length === 1 ? "1 place" : found.length + " places";
      for (const hit of found.slice(0, 30)) list.append(result(hit.section, words, dialog.dataset.root));
    }

    opener.hidden = false;
    opener.addEventListener("click", open);
    input.addEventListener("input", update);
    list.addEventListener("click", function (event) {
      if (event.target.closest("a")) dialog.close(); // a result on this page
    });
    dialog.addEventListener("keydown", function (event) {
      const links = Array.from(list.querySelectorAll("a"));
      const at = links.indexOf(document.activeElement);
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (event.key === "Escape") {
        dialog.close(); // a search field would only empty itself
        event.preventDefault();
      } else if (step) {
        (links[at + step] || (at + step < 0 ? input : links[at])).focus();
        event.preventDefault();
      } else if (event.key === "Enter" && event.target === input) {
        if (links[0]) links[0].click();
        event.preventDefault();
      }
    });

    dialog.addEventListener("close", function () {
      input.blur(); // where nothing had the focus before, the hidden field would keep it
    });

    function open() {
      load();
      if (!dialog.open) dialog.showModal();
      input.select();
    }

    return open;
  }

  // "packets" also finds "packet".
  function stem(word) {
    return word.length > 3 && word.endsWith("s") ? word.slice(0, -1) : word;
  }

  // Every word must be there; titles count most, then the start of a word, then how often it comes.
  function score(section, words) {
    let total = 0;
    for (const word of words) {
      const inText = hits(section.text, word);
      const inTitle = hits(section.title, word);
      if (inText + inTitle === 0) return 0;
      total += Math.min(inText, 5) + 12 * Math.min(inTitle, 2);
    }
    return total;
  }

  function hits(text, word) {
    let count = 0;
    for (let at = text.indexOf(word); at >= 0 && count < 8; at = text.indexOf(word, at + word.length)) {
      count += at === 0 || /[^\p{L}\p{N}]/u.test(text[at - 1]) ? 1 : 0.25;
    }
    return count;
  }

  function result(section, words, toRoot) {
    const [page, id, title, heading, text] = section.row;
    const link = element("a");
    link.href = toRoot + page + (id ? "#" + encodeURIComponent(id) : "");
    link.append(element("strong", heading || title));
    if (heading && heading !== title) link.append(" ", element("span", title, "page"));
    const places = words.map(function (word) { return section.text.indexOf(word); }).filter(function (at) { return at >= 0; });
    const from = Math.max(0, Math.min.apply(null, places.concat(text.length)) - 60);
    const start = from > 0 ? text.indexOf(" ", from) + 1 : 0;
    link.append(marked((start > 0 ? "… " : "") + text.slice(start, start + 180) + (text.length > start + 180 ? " …" : ""), words));
    const item = element("li");
    item.append(link);
    return item;
  }

  // The text with the words marked; it is only ever set as text.
  function marked(text, words) {
    const line = element("span", "", "teaser");
    const lower = text.toLowerCase();
    let done = 0;
    while (done < text.length) {
      let next = null;
      for (const word of words) {
        const at = lower.indexOf(word, done);
        if (at >= 0 && (!next || at < next.at)) next = { at: at, length: word.length };
      }
      if (!next) break;
      line.append(text.slice(done, next.at), element("mark", text.slice(next.at, next.at + next.length)));
      done = next.at + next.length;
    }
    line.append(text.slice(done));
    return line;
  }

  // Keys: none of them takes one away that a field or something scrolled would use.
  function setUpKeys(openSearch) {
    document.addEventListener("keydown", function (event) {
      const inUse = event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey
        || document.querySelector("dialog[open]")
        || event.target.closest("input, textarea, select, [contenteditable], [tabindex='0']");
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

  // The live book says which build is the last, and why there is no newer one.
  function setUpLive() {
    const sign = document.querySelector("meta[name=workbook-live]");
    if (!sign) return;
    let news = null;
    // A hidden page does not listen: browsers keep few connections to a server, and readers many tabs.
    function listen() {
      if (news) news.close();
      news = document.hidden ? null : new EventSource("/events");
      if (news) news.addEventListener("build", told);
    }
    function told(event) {
      const build = JSON.parse(event.data);
      if (build.name !== sign.content) {
        location.reload();
        return;
      }
      const old = document.getElementById("banner");
      if (old) old.remove();
      if (!build.defects) return;
      const banner = element("div", "", "banner");
      banner.id = "banner";
      banner.setAttribute("role", "alert");
      banner.append(element("strong", "The book does not build; this is the last that did."), element("pre", build.defects));
      document.body.append(banner);
    }
    document.addEventListener("visibilitychange", listen);
    window.addEventListener("pageshow", listen);
    listen();
  }

  document.addEventListener("DOMContentLoaded", function () {
    setUpTheme();
    setUpCode();
    setUpScrolling();
    setUpPrinting();
    setUpContents();
    setUpKeys(setUpSearch());
    setUpLive();
  });
})();
