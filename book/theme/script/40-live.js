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
  let again = null;
  // A hidden page does not listen: browsers keep few connections to a server, and readers many tabs.
  function listen() {
    clearTimeout(again);
    if (news) news.close();
    news = document.hidden ? null : new EventSource("/events");
    if (!news) return;
    for (const name of Object.keys(hearers)) {
      news.addEventListener(name, function (event) {
        const data = JSON.parse(event.data);
        for (const callback of hearers[name]) callback(data);
      });
    }
    news.addEventListener("open", function () { showServer(true); });
    news.addEventListener("error", function () {
      showServer(false);
      // A browser tries again when the connection is lost, but not when the server had no place.
      if (news.readyState === EventSource.CLOSED) again = setTimeout(listen, 2000);
    });
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
  showBanner("defects", "The book does not build; this is the last that did.", build.defects);
}

function showServer(there) {
  let sign = document.getElementById("server-gone");
  root.dataset.server = there ? "there" : "gone";
  if (!sign) {
    sign = element("p");
    sign.id = "server-gone";
    sign.setAttribute("role", "status");
    document.querySelector(".bar").append(sign);
  }
  sign.textContent = there ? "" : "the live book is not running";
}

// Something that concerns every page, one of each kind, until it is over or the reader closes it.
const banners = {};

function showBanner(kind, title, text) {
  if (banners[kind] === text) return;
  banners[kind] = text;
  const old = document.getElementById("banner-" + kind);
  if (old) old.remove();
  if (!text) return;
  let stack = document.querySelector(".banners");
  if (!stack) {
    stack = element("div", "", "banners");
    document.body.append(stack);
  }
  const banner = element("div", "", "banner");
  banner.id = "banner-" + kind;
  banner.setAttribute("role", "alert");
  const close = element("button", "Close");
  close.type = "button";
  close.addEventListener("click", function () { banner.remove(); });
  banner.append(element("strong", title), element("pre", text), close);
  stack.append(banner);
}
