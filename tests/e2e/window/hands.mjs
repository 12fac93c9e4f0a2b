// Two ways to use the page. Both only do what a person can: point and click, or press keys.
import { setTimeout as pause } from "node:timers/promises";
import { id } from "./page.mjs";
import { KEY } from "./webdriver.mjs";

export class Mouse {
  constructor(page) {
    this.page = page;
    this.driver = page.driver;
  }

  async press(name) {
    await this.pressAt(id(name));
  }

  /** Clicks; a choice is clicked at its label, as its own circle may be drawn by other means. */
  async pressAt(css) {
    await this.page.present(css);
    const labelled = await this.driver.run((selector) => document.querySelector(selector).matches("label input"), css);
    const target = labelled ? `label:has(${css})` : css;
    // What is behind a dialog that is just closing cannot be clicked yet.
    await this.page.until(`a click on ${target}`, async () => {
      const element = await this.page.ready(target);
      await this.driver.run((selector) => document.querySelector(selector).scrollIntoView({ block: "center" }), target);
      if (!(await this.stands(target))) return null;
      await this.driver.click(element);
      return true;
    });
  }

  /** Whether an element stays where it is: nobody clicks at what is moving, because something above it has just come in. */
  async stands(css) {
    const place = () => this.driver.run((selector) => JSON.stringify(document.querySelector(selector)?.getBoundingClientRect() ?? null), css);
    const before = await place();
    await pause(60);
    return before === (await place());
  }

  async choose(name) {
    await this.press(name);
  }

  /** Ticks a box that is not ticked yet. */
  async tick(name) {
    if (!(await this.page.checked(name))) await this.press(name);
  }

  async fill(name, text) {
    const field = await this.page.ready(id(name));
    await this.driver.click(field);
    await this.driver.press(["a"], [KEY.control]);
    await this.driver.press([KEY.backspace, ...text]);
  }

  /** Opens a menu and picks from it. */
  async pick(menu, item) {
    await this.press(menu);
    await this.press(item);
  }

  /** Goes to a place of the sidebar. */
  async visit(place) {
    await this.press(place);
  }

  async search(text) {
    await this.fill("search", text);
  }

  async firstHit() {
    await this.pressAt("#search-results [role=option]");
  }
}

export class Keyboard {
  constructor(page) {
    this.page = page;
    this.driver = page.driver;
  }

  /** Presses Tab until the focus is there; arrows within a group of radio buttons. */
  async reach(css) {
    await this.page.present(css);
    for (let turn = 0; turn < 160; turn += 1) {
      const where = await this.driver.run((selector) => {
        const at = document.activeElement;
        const wanted = document.querySelector(selector);
        if (at === wanted) return "there";
        if (at instanceof HTMLInputElement && at.type === "radio" && wanted instanceof HTMLInputElement && wanted.name === at.name) return "beside";
        return "elsewhere";
      }, css);
      if (where === "there") return;
      await this.driver.press([where === "beside" ? KEY.down : KEY.tab]);
    }
    throw new Error(`the focus never reaches ${css} by Tab`);
  }

  async press(name) {
    await this.pressAt(id(name));
  }

  async pressAt(css) {
    await this.reach(css);
    const link = await this.driver.run((selector) => document.querySelector(selector).matches("a, button"), css);
    await this.driver.press([link ? KEY.enter : KEY.space]);
  }

  async choose(name) {
    await this.reach(id(name));
    if (!(await this.page.checked(name))) await this.driver.press([KEY.space]);
  }

  async tick(name) {
    if (!(await this.page.checked(name))) await this.press(name);
  }

  async fill(name, text) {
    await this.reach(id(name));
    await this.driver.press(["a"], [KEY.control]);
    await this.driver.press([KEY.backspace, ...text]);
  }

  async pick(menu, item) {
    await this.press(menu);
    await this.page.see(item);
    for (let turn = 0; turn < 20; turn += 1) {
      if (await this.driver.run((css) => document.activeElement === document.querySelector(css), id(item))) {
        await this.driver.press([KEY.enter]);
        return;
      }
      await this.driver.press([KEY.down]);
    }
    throw new Error(`${item} cannot be reached by arrow keys`);
  }

  /** Goes to a place by the command palette. */
  async visit(place) {
    const label = await this.driver.run((css) => document.querySelector(css).innerText.split("\n")[0], id(place));
    await this.driver.press(["k"], [KEY.control]);
    await this.page.see("palette-input");
    await this.driver.press([...`Go to ${label}`]);
    await this.driver.press([KEY.enter]);
    await this.page.gone("palette");
  }

  async search(text) {
    await this.driver.press(["/"]);
    await this.page.until("the search to have the focus", async () => this.driver.run((css) => document.activeElement === document.querySelector(css), id("search")));
    await this.driver.press([...text]);
  }

  async firstHit() {
    await this.page.shown("#search-results [role=option]");
    await this.driver.press([KEY.enter]);
  }
}
