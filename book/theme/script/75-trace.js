// Traces: a player below each picture, which is whole without it. With it the picture begins empty, so that the reader
// can say first what will happen. Nothing moves before somebody plays or steps.

const EVENT_MS = 1600; // long enough to read a line
const SPEEDS = { slow: 0.5, normal: 1, fast: 2, "by duration": 0 };
let traceSpeed = "normal"; // of every figure on the page
const ICONS = {
  start: "M5 4v12M15 4l-6 6 6 6", back: "M13 4l-6 6 6 6", forward: "M7 4l6 6-6 6", end: "M15 4v12M5 4l6 6-6 6",
  play: "M7 5l8 5-8 5z", pause: "M7 5v10M13 5v10",
};
const players = new Map();

function setUpTraces() {
  for (const figure of document.querySelectorAll("workbook-figure.trace")) {
    figure.tabIndex = 0;
    figure.setAttribute("role", "group");
    figure.addEventListener("keydown", function (event) { traceKey(players.get(figure), event); });
    setUpTrace(figure);
  }
}

// Puts a copy of another recording's picture in the place of the one that is shown.
function showTrace(figure, picture) {
  players.get(figure).pause();
  figure.querySelector(".shown").replaceChildren(...picture.cloneNode(true).childNodes);
  setUpTrace(figure);
  setUpScrolling();
}

function setUpTrace(figure) {
  figure.setAttribute("aria-label", figure.querySelector("figcaption strong").textContent);
  players.set(figure, tracePlayer(figure));
}

// Nothing is taken from what uses the key itself.
function traceKey(player, event) {
  const acts = { ArrowLeft: player.back, ArrowRight: player.forward, Home: player.start, End: player.end, " ": player.toggle };
  const used = event.ctrlKey || event.metaKey || event.altKey || event.shiftKey
    || event.target.closest("input, select, textarea, summary, a, [tabindex='0']:not(workbook-figure)")
    || event.key === " " && event.target.closest("button");
  if (used || !acts[event.key]) return;
  event.preventDefault();
  acts[event.key]();
}

function tracePlayer(figure) {
  const rows = Array.from(figure.querySelectorAll(".shown .row"));
  const last = rows.length - 1;
  let at = -1; // the event that is shown; before anybody asks, none is
  let timer = null;
  const acts = {
    start: function () { step(0); },
    back: function () { step(at - 1); },
    forward: function () { step(at + 1); },
    end: function () { step(last); },
    step: step, toggle: toggle, pause: pause,
  };
  const controls = traceControls(rows.length, acts);
  figure.querySelector(".shown .scroll").after(controls.box);
  markTrace(figure, at);

  function step(index) {
    pause();
    show(index);
  }

  function show(index) {
    at = Math.max(0, Math.min(index, last));
    markTrace(figure, at);
    controls.show(at, figure.querySelectorAll(".shown .events li")[at]);
    // Where something lights up above the picture, the reader looks there.
    if (!figure.querySelector(".stage")) rows[at].scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  function toggle() {
    if (timer !== null) {
      pause();
      return;
    }
    show(at === -1 || at === last ? 0 : at);
    controls.playing(true);
    wait();
  }

  function pause() {
    clearTimeout(timer);
    timer = null;
    controls.playing(false);
  }

  function wait() {
    if (at === last) {
      pause();
      return;
    }
    timer = setTimeout(function () {
      show(at + 1);
      wait();
    }, controls.wait(rows[at + 1].dataset.at - rows[at].dataset.at));
  }

  return acts;
}

// What has not happened yet is not there, and what happens now is marked: in the picture, in the list, and in the drawing.
function markTrace(figure, at) {
  let row = -1;
  for (const part of figure.querySelectorAll(".shown .row, .shown .pause")) {
    const event = part.classList.contains("row");
    if (event) row += 1;
    part.classList.toggle("later", event ? row > at : row >= at); // a pause comes before the next event
    part.classList.toggle("current", event && row === at);
  }
  figure.querySelectorAll(".shown .events li").forEach(function (line, index) {
    if (index === at) line.setAttribute("aria-current", "step");
    else line.removeAttribute("aria-current");
  });
  const current = figure.querySelector(".shown .current");
  for (const station of figure.querySelectorAll(".stage [data-at]")) {
    const kinds = station.dataset.at.split(" ");
    const event = current ? current.dataset : {};
    const lit = kinds.includes(event.kind) || kinds.includes(event.lane + ":" + event.kind);
    station.classList.toggle("lit", lit);
    if (lit) scrollSideways(station.closest(".scroll"), station);
  }
}

// On a phone a drawing is wider than the page; the page itself stays where it is.
function scrollSideways(box, part) {
  const [inner, outer] = [part.getBoundingClientRect(), box.getBoundingClientRect()];
  box.scrollLeft += Math.max(0, inner.right - outer.right + 16) - Math.max(0, outer.left - inner.left + 16);
}

function traceControls(count, acts) {
  const box = element("div", "", "player");
  const told = element("p", "Nothing has happened yet. Play it, step with ← and →, or see all of it with the last button.", "told");
  const scrub = element("input");
  const speed = element("select");
  const play = iconButton("play", "Play", acts.toggle);
  play.classList.add("play");
  scrub.type = "range";
  scrub.min = 0;
  scrub.max = count;
  scrub.value = 0;
  scrub.setAttribute("aria-label", "Event");
  scrub.addEventListener("input", function () { acts.step(Math.max(0, scrub.value - 1)); });
  speed.setAttribute("aria-label", "Speed");
  for (const name of Object.keys(SPEEDS)) speed.append(new Option(name, name, false, name === traceSpeed));
  speed.addEventListener("change", function () { traceSpeed = speed.value; });
  told.setAttribute("aria-live", "polite");
  box.append(told, iconButton("start", "First event", acts.start), iconButton("back", "One event back", acts.back), play,
    iconButton("forward", "One event forward", acts.forward), iconButton("end", "Last event", acts.end), scrub, speed);

  return {
    box: box,
    show: function (at, line) {
      box.classList.add("used");
      told.replaceChildren("Event " + (at + 1) + " of " + count + ": ", ...line.cloneNode(true).childNodes);
      scrub.value = at + 1;
      scrub.setAttribute("aria-valuetext", told.textContent);
    },
    playing: function (yes) {
      play.replaceChildren(drawnIcon(yes ? "pause" : "play"));
      play.setAttribute("aria-label", yes ? "Pause" : "Play");
      // A voice that reads each event would be left behind, but at half the speed.
      told.setAttribute("aria-live", yes && SPEEDS[speed.value] !== 0.5 ? "off" : "polite");
    },
    // Times differ by factors of 100,000, so "as it was" takes their logarithm.
    wait: function (nanoseconds) {
      const factor = SPEEDS[speed.value];
      return factor ? EVENT_MS / factor : Math.max(300, 400 * Math.log10(1 + nanoseconds / 1000));
    },
  };
}

function iconButton(icon, label, act) {
  const button = element("button", "", "icon");
  button.type = "button";
  button.setAttribute("aria-label", label);
  button.append(drawnIcon(icon));
  button.addEventListener("click", act);
  return button;
}

function drawnIcon(name) {
  const drawing = document.querySelector("svg").namespaceURI;
  const svg = document.createElementNS(drawing, "svg");
  const path = document.createElementNS(drawing, "path");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}
