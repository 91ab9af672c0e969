// Someone in front of the page: what they do, and what they see. Everything is found as assistive technology finds it.

import { check } from "./report.mjs";

/** How long anything may take to show, in milliseconds. */
const PATIENCE = 15_000;

export class Person {
  /** What went wrong in the page. */
  troubles = [];
  /** Whom the page has talked to. */
  origins = new Set();

  /** Opens the page in a window of its own. */
  static async arrive(browser, url, options = {}) {
    const context = await browser.newContext({ viewport: { width: 1200, height: 800 }, locale: "en-GB", ...options });
    context.setDefaultTimeout(PATIENCE);
    const person = new Person(await context.newPage());
    await person.page.goto(url);
    return person;
  }

  constructor(page) {
    this.page = page;
    page.on("pageerror", (error) => this.troubles.push(error.message));
    page.on("console", (message) => message.type() === "error" && this.troubles.push(`${message.text()} (${message.location().url})`));
    page.on("request", (request) => this.origins.add(new URL(request.url()).host));
    page.on("websocket", (socket) => this.origins.add(new URL(socket.url()).host));
  }

  get composer() {
    return this.page.getByRole("textbox", { name: "Message" });
  }

  /** Fills in the form and sends it. */
  async asks(name, room) {
    await this.page.getByLabel("Your name").fill(name);
    await this.page.getByLabel("Room", { exact: true }).fill(room);
    await this.page.getByRole("button", { name: "Come in" }).click();
  }

  async comesIn(name, room) {
    await this.asks(name, room);
    await this.isIn(room);
  }

  async isIn(room) {
    await this.page.getByRole("main", { name: room }).getByRole("heading", { name: room }).waitFor();
    await this.page.getByRole("list").getByText("you", { exact: true }).waitFor();
  }

  async joins(room) {
    await this.page.getByLabel("Join a room").fill(room);
    await this.page.getByLabel("Join a room").press("Enter");
    await this.isIn(room);
  }

  async goesTo(room) {
    await this.tab(room).click();
    await this.isIn(room);
  }

  /** The button of a room. */
  tab(room) {
    return this.page.getByRole("navigation", { name: "Rooms" }).getByRole("button", { name: new RegExp(`^${room}\\b`) });
  }

  async says(text) {
    await this.composer.fill(text);
    await this.composer.press("Enter");
    await this.page.locator("[data-state=sent]").getByText(text, { exact: true }).waitFor();
  }

  /** Something among the messages. */
  inLog(text) {
    return this.page.getByRole("log", { name: "Messages" }).getByText(text, { exact: true });
  }

  async reads(...texts) {
    for (const text of texts) {
      await this.inLog(text).last().waitFor();
    }
  }

  async seesMembers(...names) {
    const expected = [...names].sort().join();
    const found = () => this.page.locator("#members .name").allTextContents();
    await this.eventually(async () => (await found()).sort().join() === expected, async () => `members are ${await found()}`);
  }

  /** Waits until `holds`, looking again whenever the page has changed. */
  async eventually(holds, complaint) {
    const deadline = Date.now() + PATIENCE;
    while (!(await holds())) {
      check(Date.now() < deadline, await complaint());
      await this.page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
    }
  }

  async isTold(words) {
    await this.page.getByRole("status").getByText(words).waitFor();
  }
}
