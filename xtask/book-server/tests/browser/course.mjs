// The course under test: a copy of the workspace in which nothing has been done, and its live book.

import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import path from "node:path";
import { chromium } from "playwright-core";

// What the runner says: the copy, the book's server, the runner, the browser.
export const root = process.env.WORKBOOK_ROOT;
const server = process.env.WORKBOOK_SERVER;
const runner = process.env.WORKBOOK_RUNNER;

// No step of a test takes longer, also on two busy cores: the first check builds a lesson.
export const PATIENCE = 120_000;

const QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync"];

export function browser(more = []) {
  return chromium.launch({ executablePath: process.env.WORKBOOK_CHROMIUM, args: [...QUIET, ...more] });
}

// A live book; it is gone when `stop` is done.
export class Live {
  static async start(port = 0) {
    const live = new Live();
    const args = ["serve", "--no-open", "--port", String(port), "--root", root, "--runner", runner];
    live.process = spawn(server, args, { stdio: ["ignore", "pipe", "ignore"] });
    const [first] = await once(live.process.stdout, "data");
    live.url = String(first).trim();
    while (!(await fetch(live.url)).ok) await new Promise((resolve) => setTimeout(resolve, 20)); // it is being built
    return live;
  }

  get port() {
    return Number(new URL(this.url).port);
  }

  async stop() {
    if (this.process.exitCode !== null) return;
    const ended = once(this.process, "exit");
    this.process.kill("SIGTERM");
    await ended;
  }
}

// A page, what it asked for, and what went wrong in it.
export async function open(context, url) {
  const page = await context.newPage();
  page.asked = [];
  page.wrong = [];
  page.setDefaultTimeout(PATIENCE);
  page.on("request", (request) => page.asked.push(request.url()));
  page.on("pageerror", (error) => page.wrong.push(String(error)));
  page.on("dialog", (dialog) => { page.wrong.push("a dialog: " + dialog.message()); dialog.dismiss(); });
  page.on("console", (message) => { if (message.type() === "error") page.wrong.push(message.text()); });
  await page.goto(url);
  return page;
}

export function lesson(file) {
  return path.join(root, "lessons/lesson-1-networking", file);
}

export function read(file) {
  return fs.readFileSync(file, "utf8");
}

// Replaces a file as an editor does, in one step.
export function write(file, text) {
  fs.writeFileSync(file + ".new", text);
  fs.renameSync(file + ".new", file);
}

export function chapters() {
  const found = [];
  for (const [folder, name] of walk(path.join(root, "book/src"), "")) {
    if (name.endsWith(".md") && name !== "SUMMARY.md") found.push(path.join(folder, name).replace(/\.md$/, ".html"));
  }
  return found.sort();
}

function* walk(base, folder) {
  for (const entry of fs.readdirSync(path.join(base, folder), { withFileTypes: true })) {
    if (entry.isDirectory()) yield* walk(base, path.join(folder, entry.name));
    else yield [folder, entry.name];
  }
}
