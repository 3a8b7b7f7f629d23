// Goal: a person sees at `/` how the server is, whatever happens to it, and nobody else does.
//
// Method: a real browser, the real server, and things that happen to it: load, errors, a death, an end and a new beginning.
// Not proven: that what is seen is understood.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { PATIENCE, browser, open } from "./course.mjs";

const AXE = fs.readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let chromium;
const begun = [];

before(async () => {
  chromium = await browser(["--host-resolver-rules=MAP api.example.org 127.0.0.1"]);
});

after(async () => {
  await chromium?.close();
  for (const server of begun) await server.end();
});

/** A server with two workers and a keeper of jobs, in a folder of its own. */
class Server {
  static async start(options = [], port = 0, folder = fs.mkdtempSync(path.join(os.tmpdir(), "dashboard-"))) {
    const server = new Server();
    Object.assign(server, { folder });
    const file = (name) => path.join(folder, name);
    fs.rmSync(file("log"), { force: true });
    const args = ["--listen", `127.0.0.1:${port}`, "--workers", "2", "--database", file("db"), "--events", file("events"),
      "--access-log", file("access"), "--log", file("log"), ...options];
    server.process = spawn(process.env.API_SERVER, args, { stdio: "ignore", cwd: folder });
    begun.push(server);
    for (const deadline = Date.now() + PATIENCE; server.ready() < 3;) {
      assert.ok(Date.now() < deadline, server.log());
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    server.port = Number(/listening on .*:(\d+)/.exec(server.log())[1]);
    server.url = `http://localhost:${server.port}`;
    return server;
  }

  log() {
    return fs.existsSync(path.join(this.folder, "log")) ? fs.readFileSync(path.join(this.folder, "log"), "utf8") : "";
  }

  ready() {
    return this.log().split("is ready").length - 1;
  }

  async stop() {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = once(this.process, "exit");
    this.process.kill("SIGTERM");
    await ended;
  }

  async end() {
    await this.stop();
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The page, in a context of its own. */
async function look(url, options = {}) {
  return open(await chromium.newContext({ viewport: { width: 1200, height: 900 }, ...options }), url);
}

const connected = (page) => page.getByRole("status").filter({ hasText: /^connected$/ }).waitFor();

test("goals have lights and charts, and the page asks nobody else", async () => {
  const server = await Server.start();
  const page = await look(server.url);
  await connected(page);
  const goals = page.locator("#goals tbody tr");
  await page.waitForFunction(() => document.querySelectorAll("#goals polyline")[1]?.points.length >= 3);
  assert.equal(await goals.count(), 10);
  const throughput = page.locator("[data-goal=ApiServerFewRequests]");
  assert.match(await throughput.innerText(), /alarm\s+Throughput\s+\d+\/s\s+> 10,000\/s\s+< 5,000\/s/, "nobody asks for anything");
  assert.match(await page.title(), /^\(1\) /);
  assert.equal(await page.locator("#processes tbody tr").count(), 4, "the master, the keeper of jobs, two workers");
  assert.ok(page.asked.every((url) => url.startsWith(server.url)), page.asked.join(" "));
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test("a recorded request is shown as a waterfall that stays open", async () => {
  const server = await Server.start();
  const page = await look(server.url);
  await connected(page);
  const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  await fetch(`${server.url}/users/7`, { headers: { traceparent } });
  const trace = page.locator("#traces details").filter({ hasText: "GET /users/{id}" });
  await trace.locator("summary").click();
  assert.deepEqual(await trace.locator(".waterfall > span:nth-of-type(3n+1)").allInnerTexts(), ["request", "db-query", "queue-publish"]);
  assert.match(await trace.innerText(), /404/);
  assert.match(await trace.innerText(), /4bf92f3577b34da6a3ce929d0e0e4736/);
  const bars = await trace.locator("rect").evaluateAll((all) => all.map((bar) => [bar.x.baseVal.value, bar.width.baseVal.value]));
  const [request, query] = bars;
  assert.ok(query[0] > request[0] && query[0] + query[1] <= request[0] + request[1] + 1, JSON.stringify(bars));
  await fetch(`${server.url}/users/8`, { headers: { traceparent } });
  await page.waitForFunction(() => document.querySelectorAll("#traces details").length === 2);
  assert.equal(await page.locator("#traces details[open]").count(), 1);
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test("an error is seen, and which breaker is open", async () => {
  // Nobody is there.
  const database = "postgres://users@127.0.0.1:1/users";
  const server = await Server.start(["--database-url", database, "--breaker-failures", "2"]);
  const page = await look(server.url);
  await connected(page);
  for (let user = 0; user < 8; user += 1) assert.equal((await fetch(`${server.url}/users/${user}`)).status, 503);
  await page.locator("#errors td", { hasText: "503 GET /users/{id}" }).first().waitFor();
  await page.locator("#processes [data-light=alarm]", { hasText: "database" }).first().waitFor();
  await page.locator("[data-goal=ApiServerDependencyDown] [data-light=alarm]").waitFor();
  await page.context().close();
});

test("a death is seen, an end too, and the page comes back with the server", async () => {
  const server = await Server.start();
  const page = await look(server.url);
  await connected(page);
  const worker = page.locator("#processes tr").filter({ hasText: "worker 1" });
  process.kill(Number(await worker.getAttribute("data-pid")), "SIGKILL");
  await page.locator("#lives", { hasText: "4 started, 1 died" }).waitFor();
  await connected(page);

  const { port, folder } = server;
  await server.stop();
  await page.getByRole("status").filter({ hasText: "the server does not answer" }).waitFor();
  await Server.start([], port, folder);
  await connected(page);
  await page.locator("#lives", { hasText: "3 started, 0 died" }).waitFor();
  await page.context().close();
});

test("from elsewhere it asks for the token, and knows it afterwards", async () => {
  const server = await Server.start(["--admin-token", "correct-horse-battery"]);
  const page = await look(`http://api.example.org:${server.port}/`);
  const token = page.getByLabel("Token");
  const enter = async (text) => {
    await token.fill(text);
    await page.getByRole("button", { name: "Enter" }).click();
  };
  await enter("wrong-horse-battery");
  await token.waitFor();
  assert.equal(await page.locator("#goals").count(), 0);
  await enter("correct-horse-battery");
  await connected(page);
  await page.reload();
  await connected(page);
  assert.ok(!(await page.evaluate(() => document.cookie)).includes("correct"), "no script can read it");
  await page.context().close();
});

test("it can be read in the dark, on a phone, and by a screen reader", async () => {
  const server = await Server.start();
  await fetch(`${server.url}/users/7`, { headers: { traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01" } });
  for (const colorScheme of ["light", "dark"]) {
    const page = await look(server.url, { colorScheme, viewport: { width: 375, height: 700 } });
    await connected(page);
    await page.locator("#traces summary").first().click();
    await page.evaluate(AXE);
    const { violations } = await page.evaluate(() => globalThis.axe.run());
    assert.deepEqual(violations.map((violation) => `${violation.id}: ${violation.nodes[0].html}`), []);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.equal(wide, 0, "nothing is beyond the edge");
    await page.context().close();
  }
});
