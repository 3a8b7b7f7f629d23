// Goal: every page can be read by everybody: on a phone, in the dark, on paper, without a script, with a screen reader.
//
// Method: every page in a real browser; axe-core's rules. What it cannot prove: that a reader finds it clear.

import assert from "node:assert/strict";
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { Live, browser, chapters, open } from "./course.mjs";

const AXE = fs.readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const BOOK = process.env.WORKBOOK_BOOK;

let chromium, live;

before(async () => {
  chromium = await browser();
  live = await Live.start();
});

after(async () => {
  await chromium?.close();
  await live?.stop();
});

// Opens pages of the live book, two at a time, in one context; all of them, and the one with all chapters.
async function everyPage(options, look, pages = [...chapters(), "print.html"]) {
  const context = await chromium.newContext({ bypassCSP: options.bypassCSP, viewport: { width: 1280, height: 900 }, ...options });
  const left = [...pages];
  const reader = async () => {
    for (let chapter = left.shift(); chapter; chapter = left.shift()) {
      const page = await open(context, live.url + chapter);
      await look(page, chapter);
      assert.deepEqual(page.wrong, [], chapter);
      assert.deepEqual(page.asked.filter((url) => !url.startsWith(live.url) && !url.startsWith("data:")), [], chapter);
      await page.close();
    }
  };
  await Promise.all([reader(), reader()]);
  await context.close();
}

// In the dark nothing but the colours is another one; and the one with all chapters has nothing that they have not.
for (const [theme, rules] of [["light", {}], ["dark", { runOnly: ["color-contrast"] }]]) {
  test(`axe-core finds nothing serious on any page, ${theme}`, async () => {
    await everyPage({ bypassCSP: true, colorScheme: theme }, async (page, chapter) => {
      await page.evaluate(AXE);
      const { violations } = await page.evaluate((rules) => axe.run(document, { resultTypes: ["violations"], ...rules }), rules);
      const serious = violations.filter((each) => ["serious", "critical"].includes(each.impact));
      const said = serious.map((each) => `${each.id}: ${each.nodes.map((node) => node.html.slice(0, 120)).slice(0, 3).join(" | ")}`);
      assert.deepEqual(said, [], chapter);
    }, chapters());
  });
}

test("nothing is wider than a phone, and the contents open", async () => {
  await everyPage({ viewport: { width: 390, height: 800 } }, async (page, chapter) => {
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= 390, `${chapter} is ${width} wide`);
    if (chapter !== "index.html") return;
    await page.getByRole("button", { name: "Contents" }).click();
    await page.locator("#contents a").first().waitFor({ state: "visible" });
  });
});

test("a page is there within a second, light, and complete", async () => {
  const context = await chromium.newContext();
  for (const chapter of chapters()) {
    const page = await context.newPage();
    await page.goto(live.url + chapter, { waitUntil: "load" });
    const [ready, bytes] = await page.evaluate(() => {
      const [navigation] = performance.getEntriesByType("navigation");
      const loaded = [navigation, ...performance.getEntriesByType("resource")];
      return [navigation.domContentLoadedEventEnd, loaded.reduce((sum, each) => sum + each.encodedBodySize, 0)];
    });
    assert.ok(ready < 1000, `${chapter}: ${ready} ms`);
    assert.ok(bytes < 300_000, `${chapter}: ${bytes} bytes`);
    console.log(`  ${chapter}: ${Math.round(ready)} ms, ${Math.round(bytes / 1000)} kB`);
    await page.close();
  }
  await context.close();
});

test("in print folds are open and there is nothing to press", async () => {
  await everyPage({}, async (page, chapter) => {
    await page.emulateMedia({ media: "print" });
    for (const gone of [".bar", "#contents", ".actions", ".copy", "form.ask"]) {
      assert.equal(await page.locator(`${gone}:visible`).count(), 0, `${chapter} prints ${gone}`);
    }
  });
});

test("from a file the pages are complete, and answers are kept in the browser", async () => {
  const context = await chromium.newContext();
  const page = await open(context, pathToFileURL(path.join(BOOK, "lesson-1/path.html")).href);
  await page.getByRole("textbox").first().fill("12");
  await page.getByRole("button", { name: "Keep my prediction" }).click();
  await page.getByText("You said 12 segments.").waitFor();
  await page.reload();
  await page.getByText("You said 12 segments.").waitFor();
  await page.goto(pathToFileURL(path.join(BOOK, "lesson-1/echo.html")).href);
  await page.getByText("cargo xtask check lesson-1/echo").first().waitFor();
  assert.equal(await page.getByRole("button", { name: "Check", exact: true }).count(), 0, "nothing to press that does nothing");
  assert.deepEqual(page.wrong, []);
  assert.deepEqual(page.asked.filter((url) => !url.startsWith("file:")), []);
  await context.close();
});

test("without a script the text is there, and what was measured", async () => {
  const context = await chromium.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(pathToFileURL(path.join(BOOK, "lesson-1/path.html")).href);
  assert.match(await page.locator("data[data-table='lesson-1/packet-path']").first().innerText(), /^10\.00/);
  assert.equal(await page.locator("button:visible").count(), await page.locator("#contents-open:visible").count());
  await context.close();
});
