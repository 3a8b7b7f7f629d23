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
