// Two people in the chat, through a restart of its server:
//
//     node chat.mjs SERVER PICTURES

import { chromium } from "playwright-core";

import { Person } from "./person.mjs";
import { fits, isReadable } from "./readable.mjs";
import { check, please, steps } from "./report.mjs";

const [url, pictures] = process.argv.slice(2);

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  // Its sandbox takes an ordinary user, and these tests run as root in containers.
  chromiumSandbox: false,
  args: ["--disable-dev-shm-usage"],
});

function picture(person, name) {
  return person.page.screenshot({ path: `${pictures}/${name}.png`, animations: "disabled" });
}

async function inBothSchemes(person, look) {
  for (const colorScheme of ["dark", "light"]) {
    await person.page.emulateMedia({ colorScheme });
    await look(colorScheme);
  }
}

const ann = await Person.arrive(browser, url);
const bob = await Person.arrive(browser, url);
const step = steps(() => Promise.all([picture(ann, "failed-ann"), picture(bob, "failed-bob")]));

await step("who gives no name, or a bad one, reads why", async () => {
  // Not one of the two: a refused client may leave a poll behind, which the browser then reports as failed.
  const nobody = await Person.arrive(browser, url);
  for (const [name, why] of [["  ", "Please give your name."], ["B\u0007b", "Please give a name of printable characters."]]) {
    await nobody.asks(name, "tea");
    await nobody.page.getByRole("alert").getByText(why).waitFor();
    await nobody.page.locator("#name:focus").waitFor();
  }
  await inBothSchemes(nobody, () => isReadable(nobody.page));
  await picture(nobody, "refused");
  await nobody.page.context().close();
});

await step("the first one in finds an empty room", async () => {
  await ann.comesIn("Ann Marlow", "tea");
  await ann.seesMembers("Ann Marlow");
  await ann.page.getByText("You are the first here.").waitFor();
  await inBothSchemes(ann, () => isReadable(ann.page));
  await picture(ann, "empty");
});

await step("both learn who is there", async () => {
  // By keyboard alone.
  await bob.page.getByLabel("Your name").fill("Bob");
  await bob.page.keyboard.press("Tab");
  await bob.page.keyboard.type("tea");
  await bob.page.keyboard.press("Enter");
  await bob.isIn("tea");
  await bob.page.locator("#text:focus").waitFor();
  await ann.reads("Bob came in");
  for (const person of [ann, bob]) await person.seesMembers("Ann Marlow", "Bob");
});

await step("typing shows, and stops showing", async () => {
  const notice = ann.page.getByText("Bob is typing …");
  await bob.composer.pressSequentially("Hm");
  await notice.waitFor();
  await bob.composer.fill("");
  await notice.waitFor({ state: "hidden" });
});

await step("messages arrive as they were written", async () => {
  await bob.says("Morning! Is anyone in the reading room already?");
  await ann.says("Just me and the kettle.");
  await ann.says("It has opinions today.");
  await bob.says("Then I shall bring the good biscuits, and we can hear them out.");
  await ann.reads("Then I shall bring the good biscuits, and we can hear them out.");
  await ann.says("Bring the long spoon as well, please. Somebody put the sugar on the top shelf again, and I am not as tall as I was.");
  await bob.composer.pressSequentially("On my list:");
  await bob.page.keyboard.press("Shift+Enter");
  await bob.composer.pressSequentially("biscuits, spoon, ladder.");
  await bob.page.keyboard.press("Enter");
  const sent = ann.page.getByText("On my list:\nbiscuits, spoon, ladder.", { exact: true });
  await sent.waitFor();
  check((await sent.innerText()).includes("\n"), "the line break is lost");
});

await step("a room hears nothing of another", async () => {
  for (const person of [ann, bob]) await person.joins("garden");
  await ann.reads("Bob came in");
  await bob.says("The <b>roses</b> are out 🌹");
  await ann.reads("The <b>roses</b> are out 🌹");
  await ann.goesTo("tea");
  check((await ann.inLog("The <b>roses</b> are out 🌹").count()) === 0, "a message is in the wrong room");
});

await step("what was not seen is counted until it is", async () => {
  await bob.says("And so is the sun.");
  await ann.tab("garden").getByText("1 unread").waitFor();
  await ann.page.waitForFunction(() => document.title.startsWith("(1) tea"));
  await bob.goesTo("tea");
  await bob.composer.pressSequentially("Shall we");
  await ann.page.getByText("Bob is typing …").waitFor();
  await inBothSchemes(ann, async (scheme) => {
    await isReadable(ann.page);
    await picture(ann, scheme === "light" ? "desktop" : "dark");
  });
  await ann.page.keyboard.press("Alt+ArrowDown");
  await ann.isIn("garden");
  await ann.reads("New", "And so is the sun.");
  await ann.tab("garden").getByText("unread").waitFor({ state: "detached" });
  await ann.goesTo("tea");
});

await step("it fits a telephone", async () => {
  const { page } = ann;
  await page.setViewportSize({ width: 390, height: 844 });
  const people = page.getByRole("button", { name: "2 people" });
  await fits(page, ann.composer, page.getByRole("button", { name: "Send" }), people, ann.tab("garden"));
  await page.getByRole("complementary", { name: "Here now" }).waitFor({ state: "hidden" });
  await people.click();
  await page.getByRole("complementary", { name: "Here now" }).getByText("Bob").waitFor();
  await people.click();
  await inBothSchemes(ann, async (scheme) => {
    await isReadable(page);
    await picture(ann, `telephone-${scheme}`);
  });
  await page.setViewportSize({ width: 1200, height: 800 });
});

await step("nothing went wrong, and nobody else was asked", async () => {
  for (const { troubles, origins } of [ann, bob]) {
    check(troubles.length === 0, troubles.join("; "));
    const own = new URL(url).host;
    check([...origins].every((host) => host === own), `the page talked to ${[...origins]}`);
  }
});

await step("a lost server is told, and what cannot be sent stays", async () => {
  await please("stop");
  for (const person of [ann, bob]) {
    await person.isTold("Reconnecting …");
    await person.reads("Connection lost.");
    await person.page.getByRole("button", { name: "Send", disabled: true }).waitFor();
  }
  await ann.composer.fill("Are you still there?");
  await ann.composer.press("Enter");
  check((await ann.composer.inputValue()) === "Are you still there?", "the message is gone");
  await inBothSchemes(ann, () => isReadable(ann.page));
  await picture(ann, "lost");
});

await step("both are back in all their rooms by themselves", async () => {
  await please("start");
  for (const person of [ann, bob]) {
    await person.isTold("Connected");
    await person.seesMembers("Ann Marlow", "Bob");
  }
  await ann.composer.press("Enter");
  await bob.reads("Are you still there?");
  for (const person of [ann, bob]) {
    await person.goesTo("garden");
    await person.seesMembers("Ann Marlow", "Bob");
  }
  await bob.says("Still here.");
  await ann.reads("Still here.");
});

await step("who leaves a room is gone from it, and from no other", async () => {
  await bob.page.getByRole("button", { name: "Leave room" }).click();
  await bob.isIn("tea");
  await ann.reads("Bob left");
  await ann.seesMembers("Ann Marlow");
  await ann.goesTo("tea");
  await ann.seesMembers("Ann Marlow", "Bob");
});

await step("who leaves the chat is gone, and can come back", async () => {
  await bob.page.getByRole("button", { name: "Leave the chat" }).click();
  await ann.seesMembers("Ann Marlow");
  await bob.comesIn("Robert", "tea");
  await ann.seesMembers("Ann Marlow", "Robert");
});

await browser.close();
