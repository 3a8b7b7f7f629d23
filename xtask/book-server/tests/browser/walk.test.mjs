// Goal: a learner's walk, from the home page to a passed exercise, works as a reader would do it.
//
// Method: a real browser, the real server, the real runner, a copy of the course. What it cannot prove: that it is
// pleasant.

import assert from "node:assert/strict";
import path from "node:path";
import { after, before, test } from "node:test";
import { Live, browser, lesson, open, read, root, write } from "./course.mjs";

let chromium, live, context, page;

before(async () => {
  chromium = await browser();
  live = await Live.start();
  context = await chromium.newContext({ viewport: { width: 1280, height: 900 } });
  page = await open(context, live.url);
});

after(async () => {
  await chromium?.close();
  await live?.stop();
});

const panel = () => page.locator("section[data-exercise='lesson-1/echo']");

test("the home page says where the reader is and leads to the first exercise", async () => {
  await page.getByText(/^0 of \d+ exercises passed\./).waitFor();
  assert.equal(await page.locator("svg .filling").count(), 0);
  await page.locator("[data-next] a").click();
  await page.waitForURL("**/lesson-1/echo.html");
});

test("a check that fails shows its tests, the first failure and what it means", async () => {
  await panel().getByRole("button", { name: "Check", exact: true }).click();
  await panel().locator(".pane").getByText("building").first().waitFor();
  await panel().getByText("9 of 14 tests pass.").waitFor();
  assert.equal(await panel().locator(".tests > li").count(), 14);
  const failure = panel().locator(".failure").first();
  assert.match(await failure.innerText(), /wrong[\s\S]*a_partial_write_loses_nothing[\s\S]*got:[\s\S]*expected:/);
  await panel().locator(".standing").getByText("begun, 5 tests to go").waitFor();
  await page.locator("#contents [aria-current] .mark[aria-label=begun]").waitFor();
  assert.equal(await panel().getByRole("button", { name: "Compare" }).isVisible(), false, "no reference yet");
});

test("hints come one at a time and are remembered", async () => {
  await panel().getByRole("button", { name: "Show a hint (1 of 2)" }).click();
  await panel().getByText("compare the two values it prints").waitFor();
  assert.equal(await panel().locator("details.hint:visible").count(), 1);
  await page.reload();
  await panel().getByText("Show hint 2 of 2").waitFor();
  await panel().getByText("9 of 14 tests pass.").waitFor(); // the report is there after a reload, too
});

test("an edit and a check pass the exercise, on every page that is open", async () => {
  const home = await open(context, live.url);
  await home.getByText(/^0 of \d+ exercises passed\./).waitFor();
  const file = lesson("src/echo.rs");
  const fixed = read(file).replace("let sent = stream.write(&buffer[..received])?;\n        *bytes += sent as u64;",
    "stream.write_all(&buffer[..received])?; // every one\n        *bytes += received as u64;");
  assert.notEqual(fixed, read(file), "the starter's bug is where this test looks for it");
  write(file, fixed);
  await page.bringToFront();
  await panel().getByRole("button", { name: "Check", exact: true }).click();
  await panel().getByText("14 of 14 tests pass.").waitFor();
  await panel().locator(".standing[data-standing=passed]").waitFor();
  await page.locator("#contents [aria-current] .mark[data-standing=passed]").waitFor();
  await home.bringToFront();
  await home.getByText(/^1 of \d+ exercises passed\./).waitFor();
  assert.ok(await home.locator("svg .filling").count() > 0, "the map fills");
  assert.deepEqual(home.wrong, []);
  await home.close();
});

test("after a pass the reader's file can be compared with the reference", async () => {
  await page.bringToFront();
  await panel().getByRole("button", { name: "Compare with the reference" }).click();
  await panel().locator(".difference .path").getByText("src/echo.rs").waitFor();
  assert.match(await panel().locator(".diff .yours").innerText(), /every one/);
});

test("an edit after the pass is told without a reload", async () => {
  const file = lesson("src/echo.rs");
  const passed = read(file);
  const said = await panel().locator(".pane").textContent();
  assert.match(said, /building/);
  // As when a hidden page is shown again: it listens anew, and hears what it knows already.
  await page.evaluate(() => window.dispatchEvent(new PageTransitionEvent("pageshow")));
  write(file, passed + "\n// changed\n");
  await panel().locator(".standing[data-standing=changed]").waitFor();
  write(file, passed);
  await panel().locator(".standing[data-standing=passed]").waitFor();
  assert.equal(await panel().locator(".pane").textContent(), said, "nothing is said twice");
});

test("a check leaves the focus where it was, and a save begins one when that is wanted", async () => {
  const check = panel().getByRole("button", { name: "Check", exact: true });
  await check.focus();
  await page.keyboard.press("Enter");
  await panel().locator(".state").getByText(/^Done in /).waitFor();
  assert.equal(await check.evaluate((button) => button === document.activeElement), true);
  await panel().getByLabel("whenever I save").check();
  const file = lesson("src/echo.rs");
  write(file, read(file).replace("// every one", "// every byte"));
  await panel().locator(".pane").getByText("building").first().waitFor({ state: "attached" });
  await panel().locator(".standing[data-standing=passed]").waitFor();
  await panel().getByText("Next: ").waitFor();
});

test("a check can be cancelled, and another one begun", async () => {
  await page.goto(live.url + "lesson-1/packet.html");
  const packet = page.locator("section[data-exercise='lesson-1/packet']");
  await packet.getByRole("button", { name: "Check", exact: true }).click();
  await packet.getByRole("button", { name: "Cancel" }).click();
  await packet.getByText("Cancelled.").waitFor();
  await packet.getByRole("button", { name: "Check", exact: true }).click();
  await packet.getByText(/\d+ of \d+ tests pass\./).waitFor();
});

test("two tabs on one chapter show the same check, and either ends it", async () => {
  await page.goto(live.url + "lesson-1/packet.html");
  const other = await open(context, page.url());
  const [here, there] = [page, other].map((tab) => tab.locator("section[data-exercise='lesson-1/packet']"));
  const file = lesson("src/packet.rs");
  const starter = read(file);
  const slow = starter.replace("PacketError> {\n", "PacketError> {\n        std::thread::sleep(std::time::Duration::from_secs(60));\n");
  assert.notEqual(slow, starter, "the check is still running when it is cancelled");
  write(file, slow);
  await page.bringToFront();
  await here.getByRole("button", { name: "Check", exact: true }).click();
  await there.locator(".pane").getByText("building").first().waitFor();
  await other.bringToFront();
  await there.getByRole("button", { name: "Cancel" }).click();
  await here.getByText("Cancelled.").waitFor();
  write(file, starter);
  await there.getByRole("button", { name: "Check", exact: true }).click();
  for (const tab of [here, there]) await tab.getByText(/\d+ of \d+ tests pass\./).waitFor();
  assert.equal(await here.locator(".tests > li").count(), await there.locator(".tests > li").count());
  assert.deepEqual(other.wrong, []);
  await other.close();
});

test("a chapter that is edited comes to the open page by itself", async () => {
  const file = path.join(root, "book/src/lesson-1/packet.md");
  const text = read(file);
  const times = [];
  for (const sentence of ["The first edit.", "The second edit.", "The third edit."]) {
    const start = performance.now();
    write(file, `${text}\n${sentence}\n`);
    await page.getByText(sentence).waitFor();
    times.push(Math.round(performance.now() - start));
  }
  console.log(`  edit to reloaded page: ${times.join(", ")} ms`);
  assert.ok(Math.min(...times) < 1500, `${times} ms`);
  write(file, text);
  await page.getByText("The third edit.").waitFor({ state: "detached" });
});

test("a prediction is asked for, kept, and shown beside what was measured", async () => {
  await page.goto(live.url + "lesson-1/path.html");
  const predict = page.locator("section[data-predict='lesson-1/segments']");
  assert.equal(await predict.getByText("What we measured").isVisible(), false);
  assert.match(await page.locator("data[data-table='lesson-1/packet-path']").first().innerText(), /predict first/);
  await predict.getByRole("textbox").fill("none");
  await predict.getByRole("button", { name: "Keep my prediction" }).click();
  await predict.getByText("A prediction is a number above zero.").waitFor();
  await predict.getByRole("textbox").fill("4");
  await predict.getByRole("button", { name: "Keep my prediction" }).click();
  await predict.getByText(/You said 4 segments\. Measured on our machine: 10\.00\ssegments\./).waitFor();
  await page.reload();
  await predict.getByText("You said 4 segments.").waitFor();
});

test("a lab runs with the reader's parameters and is drawn beside the recorded one", async () => {
  await page.goto(live.url + "lesson-1/connection.html");
  const lab = page.locator("section[data-lab='lesson-1/backlog']");
  await lab.getByLabel("clients").fill("20");
  await lab.getByRole("button", { name: "Run on this machine" }).click();
  await lab.getByText(/^Yours: .* cores, Linux .* Ours: /).waitFor();
  assert.match(await lab.locator(".result table").innerText(), /more than that\s+20\s/);
  assert.ok(await lab.locator(".result svg .bar-yours").count() > 0);
  await lab.getByLabel("clients").fill("5000");
  await lab.getByRole("button", { name: "Run on this machine" }).click();
  assert.equal(await lab.getByRole("button", { name: "Cancel" }).isVisible(), false, "out of range: nothing runs");
});

test("a quiz says for every option why, keeps the answer, and shows it after a reload", async () => {
  await page.goto(live.url + "lesson-1/echo.html");
  const question = page.locator("li.question[data-kind=single], li.question[data-kind=output]").first();
  await question.getByRole("radio").first().check();
  await question.getByRole("button", { name: /check/i }).click();
  const options = await question.getByRole("radio").count();
  await question.locator(".why").nth(options - 1).waitFor();
  await page.reload();
  await question.locator(".why").nth(options - 1).waitFor();
  assert.equal(await question.getByRole("radio").first().isChecked(), true);
});

test("a figure plays, steps by key, and is recorded anew on this machine", async () => {
  await page.goto(live.url + "lesson-1/latency.html");
  const figure = page.locator("workbook-figure[data-trace='lesson-1/nagle']");
  const rows = figure.locator(".shown .row");
  const all = await rows.count();
  assert.ok(all > 4);
  await figure.focus();
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowRight");
  assert.equal(page.url(), live.url + "lesson-1/latency.html", "the key is the figure's");
  const before = await figure.locator(".shown").innerHTML();
  await figure.getByText("On your machine").click();
  await figure.getByRole("button", { name: "Record on this machine" }).click();
  await figure.getByText(/^Done in /).waitFor();
  assert.notEqual(await figure.locator(".shown").innerHTML(), before);
  assert.equal(await rows.count(), all, "the same events as in the book");
});

test("nothing on the way went wrong or asked another host", () => {
  assert.deepEqual(page.wrong, []);
  assert.deepEqual(page.asked.filter((url) => !url.startsWith(live.url)), []);
});
