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
