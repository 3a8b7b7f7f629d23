// Goal: the live book serves its reader and no other page, whatever that page or a lesson's output tries.
//
// Method: a real browser with another site on this machine; a test of the course that prints hostile text. Requests
// that no browser sends are tried in `attack.rs`.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { Live, browser, lesson, open, read, write } from "./course.mjs";

let chromium, live, elsewhere, evil;

before(async () => {
  chromium = await browser(["--host-resolver-rules=MAP evil.example 127.0.0.1"]);
  live = await Live.start();
  elsewhere = createServer((request, response) => {
    response.setHeader("content-type", "text/html");
    response.end("<!DOCTYPE html><title>elsewhere</title>");
  });
  await new Promise((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
  evil = `http://127.0.0.1:${elsewhere.address().port}/`;
});

after(async () => {
  await chromium?.close();
  await live?.stop();
  elsewhere?.close();
});

test("a name that leads here shows nothing", async () => {
  const context = await chromium.newContext();
  const page = await context.newPage();
  const answer = await page.goto(`http://evil.example:${live.port}/`);
  assert.equal(answer.status(), 403);
  assert.doesNotMatch(await page.content(), /token/);
  await context.close();
});

test("a page of another site reads nothing and starts nothing", async () => {
  const context = await chromium.newContext();
  const page = await context.newPage();
  await page.goto(evil);
  const tried = await page.evaluate(async (url) => {
    const outcome = async (attempt) => { try { return await attempt(); } catch { return "refused"; } };
    const post = (type) => fetch(url + "api/check", {
      method: "POST", headers: { "Content-Type": type }, body: "{\"exercise\":\"lesson-1/echo\"}",
    }).then((answer) => answer.text());
    const stream = () => new Promise((resolve) => {
      const events = new EventSource(url + "events");
      events.onmessage = events.onopen = () => resolve("open");
      events.addEventListener("memory", () => resolve("read"));
      events.onerror = () => { events.close(); resolve("refused"); };
    });
    const image = () => new Promise((resolve) => {
      const script = document.createElement("script");
      script.src = url + "book.js";
      script.onload = () => resolve("loaded");
      script.onerror = () => resolve("refused");
      document.head.append(script);
    });
    const frame = () => new Promise((resolve) => {
      const made = document.createElement("iframe");
      made.src = url;
      made.onload = () => { try { resolve(made.contentDocument ? "read" : "refused"); } catch { resolve("refused"); } };
      document.body.append(made);
    });
    return {
      get: await outcome(() => fetch(url).then((answer) => answer.text())),
      json: await outcome(() => post("application/json")),
      form: await outcome(() => post("text/plain")),
      stream: await outcome(stream),
      script: await outcome(image),
      frame: await outcome(frame),
    };
  }, live.url);
  assert.deepEqual(tried, { get: "refused", json: "refused", form: "refused", stream: "refused", script: "refused", frame: "refused" });
  const framed = page.frames().find((frame) => frame.parentFrame());
  assert.match(framed.url(), /^chrome-error:/, "the policy keeps it out of a frame");
  // What the browser keeps from a page is one thing, what the server refuses is another: it tells a page that goes there.
  for (const [method, path] of [["POST", "api/check"], ["GET", "events"]]) {
    await page.goto(evil);
    const answered = page.waitForNavigation();
    await page.evaluate(([method, action]) => {
      const form = document.createElement("form");
      Object.assign(form, { method, action, enctype: "text/plain" });
      const field = document.createElement("input");
      Object.assign(field, { name: '{"exercise":"lesson-1/echo","', value: '":1}' });
      form.append(field);
      document.body.append(form);
      form.submit();
    }, [method, live.url + path]);
    const answer = await answered;
    assert.equal(answer.request().method(), method);
    assert.equal(answer.status(), 403, path);
    assert.match(await answer.text(), /only for pages of this book/);
  }
  await context.close();
  const own = await open(await chromium.newContext(), live.url + "lesson-1/echo.html");
  await own.locator(".standing:not(:empty)").waitFor();
  assert.equal(await own.locator(".pane:visible").count(), 0, "no check was started");
  await own.context().close();
});

test("what a lesson prints is text, whatever it says", async () => {
  const file = lesson("src/listener.rs");
  const starter = read(file);
  const hostile = "<img src=x onerror=alert(1)><script>alert(2)</script>";
  const print = `println!("{}\\n${hostile}\\x1b[31mred\\x1b]8;;http://evil.example\\x07link\\x1b]8;;\\x07\\x1b[2J", "x".repeat(5_000_000));`;
  write(file, starter.replace("fn open(address: SocketAddr, options: &ListenOptions) -> io::Result<TcpListener> {",
    `fn open(address: SocketAddr, options: &ListenOptions) -> io::Result<TcpListener> {\n    ${print}\n    assert!(address.port() > 70_000_u32 as u16 && options.backlog < 0, "${hostile}");`));
  assert.notEqual(read(file), starter);
  const context = await chromium.newContext();
  const page = await open(context, live.url + "lesson-1/listener.html");
  const panel = page.locator("section[data-exercise='lesson-1/listener']");
  await panel.getByRole("button", { name: "Check", exact: true }).click();
  await panel.getByText(/\d+ of \d+ tests pass\./).waitFor();
  const failure = panel.locator(".failure").first();
  await failure.getByText("What it printed").click();
  assert.equal((await failure.locator("pre").first().innerText()).trim(), hostile, "the message");
  assert.match(await failure.locator("details pre").innerText(), new RegExp(`${hostile.replace(/[()]/g, "\\$&")}redlink$`, "m"));
  assert.deepEqual(await failure.locator("details pre .sgr-31").allInnerTexts(), ["red", "link"]);
  assert.equal(await panel.locator("img, script, a[href*=evil]").count(), 0);
  assert.deepEqual(page.wrong, []);
  write(file, starter);
  await context.close();
});

test("the server may go and come back while pages are open", async () => {
  const context = await chromium.newContext();
  const page = await open(context, live.url + "lesson-1/echo.html");
  await page.locator(".standing:not(:empty)").waitFor();
  const port = live.port;
  const token = await page.locator("meta[name=workbook-live]").getAttribute("data-token");
  await live.stop();
  await page.getByText("the live book is not running").waitFor();
  await page.getByRole("button", { name: "Check", exact: true }).click();
  await page.getByText("The live book does not answer.").waitFor();
  live = await Live.start(port);
  assert.equal(live.port, port);
  // The old page learns that it is old, loads itself again, and with it the new token.
  await page.waitForFunction((old) => {
    const sign = document.querySelector("meta[name=workbook-live]");
    return sign && sign.dataset.token !== old;
  }, token);
  await page.locator(".standing:not(:empty)").waitFor();
  await page.getByRole("button", { name: "Check", exact: true }).click();
  await page.getByText(/\d+ of 14 tests pass\./).waitFor();
  await context.close();
});
