// The live book: news from its server, and what the page asks of it. A page that was opened from a file has no server.

const live = document.querySelector("meta[name=workbook-live]");
const hearers = {};

// Calls back with the data of every event of that name.
function hear(name, callback) {
  (hearers[name] = hearers[name] || []).push(callback);
}

// Asks the server to do something. The token says that it is a page of this book that asks.
async function post(path, body) {
  try {
    const answer = await fetch("/api/" + path, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Workbook-Token": live.dataset.token },
      body: JSON.stringify(body),
    });
    const data = await answer.json();
    if (answer.status === 403 && data.error === "token") location.reload(); // the server was started again
    return answer.ok ? data : { error: data.error };
  } catch {
    return { error: "The live book does not answer. Is cargo xtask book still running?" };
  }
}

function setUpLive() {
  if (!live) return;
  let news = null;
  // A hidden page does not listen: browsers keep few connections to a server, and readers many tabs.
  function listen() {
    if (news) news.close();
    news = document.hidden ? null : new EventSource("/events");
    if (!news) return;
    for (const name of Object.keys(hearers)) {
      news.addEventListener(name, function (event) {
        const data = JSON.parse(event.data);
        for (const callback of hearers[name]) callback(data);
      });
    }
    news.addEventListener("open", function () { root.dataset.server = "there"; });
    news.addEventListener("error", function () { root.dataset.server = "gone"; });
  }
  hear("build", told);
  document.addEventListener("visibilitychange", listen);
  window.addEventListener("pageshow", listen);
  listen();
}

// Which build is the last, and why there is no newer one.
function told(build) {
  if (build.name !== live.content) {
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
