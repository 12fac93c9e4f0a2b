// The page as a person sees it: things that are shown, found by their test ids.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { WebDriverError } from "./webdriver.mjs";

/** How long anything may take to show, in milliseconds; building an authority on a busy machine takes longest. */
const PATIENCE = 30_000;

export const id = (name) => `[data-testid="${name}"]`;

export class Page {
  constructor(driver, folder) {
    this.driver = driver;
    this.folder = folder;
  }

  /** Waits until `ready` gives something; says what was on the screen when it never does. */
  async until(what, ready, patience = PATIENCE) {
    const end = Date.now() + patience;
    let last = null;
    for (;;) {
      try {
        const found = await ready();
        if (found !== null && found !== undefined && found !== false) return found;
      } catch (thrown) {
        if (!(thrown instanceof WebDriverError)) throw thrown;
        last = thrown;
      }
      if (Date.now() > end) break;
      await pause(100);
    }
    const picture = join(this.folder, "failed.png");
    writeFileSync(picture, await this.driver.picture());
    const text = await this.driver.run(() => `${window.location.hash}\n${document.body.innerText}`);
    throw new Error(`waited in vain for ${what}${last === null ? "" : ` (${last.message})`}\n--- on the screen (${picture}):\n${text.slice(0, 4000)}`);
  }

  /** The first shown element that a selector finds. */
  async shown(css) {
    return this.until(css, async () => {
      for (const element of await this.driver.findAll(css)) if (await this.driver.displayed(element)) return element;
      return null;
    });
  }

  /** Waits until something is there and not switched off, shown or not. */
  async present(css) {
    await this.until(`${css} to be there and usable`, () => this.driver.run((selector) => { const one = document.querySelector(selector); return one !== null && one.disabled !== true; }, css));
  }

  async checked(name) {
    await this.present(id(name));
    return this.driver.run((css) => document.querySelector(css).checked, id(name));
  }

  async see(name) {
    return this.shown(id(name));
  }

  async gone(name) {
    await this.until(`${name} to go away`, async () => (await this.driver.findAll(id(name))).length === 0);
  }

  /** Whether something is there now. */
  async has(name) {
    return (await this.driver.findAll(id(name))).length > 0;
  }

  /** A button that can be pressed by now. */
  async ready(css) {
    return this.until(`${css} to be ready`, async () => {
      const element = await this.shown(css);
      return (await this.driver.run((selector) => document.querySelector(selector)?.disabled !== true, css)) ? element : null;
    });
  }

  async textOf(name) {
    return this.driver.text(await this.see(name));
  }

  /** Waits until something says what it should: what is shown may still be read from the registry. */
  async says(name, pattern) {
    return this.until(`${name} to say ${pattern}`, async () => pattern.test(await this.textOf(name)));
  }

  async textAt(css) {
    return this.driver.text(await this.shown(css));
  }

  /** Waits for an address: the part after `#`. */
  async at(pattern) {
    return this.until(`the address ${pattern}`, async () => {
      const now = await this.driver.run(() => window.location.hash.slice(1));
      return pattern.test(now) ? now : null;
    });
  }

  async go(address) {
    await this.driver.run((to) => { window.location.hash = to; }, address);
  }

  /** The failure that is shown: its code and what it says. */
  async failure() {
    await this.see("failure");
    return this.driver.run((css) => {
      const shown = document.querySelector(css);
      return { code: shown.dataset.code, text: shown.innerText, buttons: [...shown.querySelectorAll("button, a")].map((one) => one.innerText) };
    }, id("failure"));
  }

  /** Everything that the page holds, fields included. */
  async everything() {
    return this.driver.run(() => document.documentElement.outerHTML + [...document.querySelectorAll("input, textarea, select")].map((one) => `\n${one.value}`).join(""));
  }
}
