// W3C WebDriver, as far as one window needs it, by plain HTTP to WebKitWebDriver.
import { execFileSync, spawn } from "node:child_process";
import { createServer } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

/** The property that stands for an element in WebDriver's JSON (W3C WebDriver 2, 12.2). */
const ELEMENT = "element-6066-11e4-a52e-4f735466cecf";

/** Keys without a character (W3C WebDriver 2, 17.4.2). */
export const KEY = { tab: "\uE004", enter: "\uE007", shift: "\uE008", control: "\uE009", escape: "\uE00C", space: " ", end: "\uE010", home: "\uE011", left: "\uE012", up: "\uE013", right: "\uE014", down: "\uE015", backspace: "\uE003" };

export class WebDriverError extends Error {
  constructor(code, message, what) {
    super(`${what}: ${code}: ${message}`);
    this.code = code;
  }
}

/** A program in a window under control, with the driver that controls it. */
export class WebDriver {
  #driver;
  #address;
  #session = null;
  #programs = [];

  /** Starts the driver, and through it the program with its arguments. */
  static async start(binary, environment, args = []) {
    const port = await freePort();
    const driver = spawn("WebKitWebDriver", ["--host=127.0.0.1", `--port=${port}`], { env: environment, stdio: ["ignore", "inherit", "inherit"] });
    const self = new WebDriver(driver, `http://127.0.0.1:${port}`);
    try {
      await self.#reachable();
      const capabilities = { alwaysMatch: { "webkitgtk:browserOptions": { binary, args } } };
      self.#session = (await self.#send("POST", "/session", { capabilities })).sessionId;
      self.#programs = childrenOf(driver.pid);
    } catch (thrown) {
      driver.kill("SIGKILL");
      throw thrown;
    }
    return self;
  }

  constructor(driver, address) {
    this.#driver = driver;
    this.#address = address;
  }

  /** Ends the program as a desktop does that logs out, then the driver: a driver that ends its session kills the program, which closes nothing then. */
  async stop() {
    try {
      for (const program of this.#programs) await end(program);
    } finally {
      const gone = new Promise((resolve) => this.#driver.once("exit", resolve));
      this.#driver.kill();
      await gone;
    }
  }

  async find(css) {
    return (await this.#call("POST", "/element", { using: "css selector", value: css }))[ELEMENT];
  }

  async findAll(css) {
    return (await this.#call("POST", "/elements", { using: "css selector", value: css })).map((one) => one[ELEMENT]);
  }

  async click(element) {
    await this.#call("POST", `/element/${element}/click`, {});
  }

  async sendKeys(element, text) {
    await this.#call("POST", `/element/${element}/value`, { text });
  }

  async displayed(element) {
    return this.#call("GET", `/element/${element}/displayed`);
  }

  async text(element) {
    return this.#call("GET", `/element/${element}/text`);
  }

  /** Presses and releases keys one after the other; those in `held` stay down meanwhile. */
  async press(keys, held = []) {
    const actions = [
      ...held.map((value) => ({ type: "keyDown", value })),
      ...keys.flatMap((value) => [{ type: "keyDown", value }, { type: "keyUp", value }]),
      ...held.toReversed().map((value) => ({ type: "keyUp", value })),
    ];
    await this.#call("POST", "/actions", { actions: [{ type: "key", id: "keyboard", actions }] });
  }

  /** Runs a function in the page; arguments and result are JSON. */
  async run(work, ...args) {
    return this.#call("POST", "/execute/sync", { script: `return (${work}).apply(null, arguments)`, args });
  }

  /** Runs a script as it is. */
  async evaluate(script) {
    await this.#call("POST", "/execute/sync", { script, args: [] });
  }

  /** Runs an asynchronous function in the page. */
  async runAsync(work, ...args) {
    const script = `const done = arguments[arguments.length - 1]; (${work}).apply(null, [...arguments].slice(0, -1)).then((value) => done({ value }), (error) => done({ error: String(error) }))`;
    const answer = await this.#call("POST", "/execute/async", { script, args });
    if (answer.error !== undefined) throw new Error(`in the page: ${answer.error}`);
    return answer.value;
  }

  /** The window as PNG, once what the page shows now was drawn; a page that draws nothing is pictured after two seconds. */
  async picture() {
    await this.runAsync(() => new Promise((drawn) => {
      requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(drawn, 50)));
      setTimeout(drawn, 2000);
    }));
    return Buffer.from(await this.#call("GET", "/screenshot"), "base64");
  }

  async resize(width, height) {
    await this.#call("POST", "/window/rect", { width, height });
  }

  async #call(method, path, body) {
    return this.#send(method, `/session/${this.#session}${path}`, body);
  }

  async #send(method, path, body) {
    const sent = { method, signal: AbortSignal.timeout(120_000), ...(body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }) };
    const answer = await fetch(this.#address + path, sent);
    const { value } = await answer.json();
    if (!answer.ok) throw new WebDriverError(value.error, value.message, `${method} ${path.replace(/^\/session\/[^/]+/u, "")}`);
    return value;
  }

  async #reachable() {
    for (let attempt = 0; attempt < 100; attempt += 1) {
      try {
        await fetch(`${this.#address}/status`);
        return;
      } catch {
        await pause(100);
      }
    }
    throw new Error("WebKitWebDriver does not answer");
  }
}

/** The processes that a process started. */
function childrenOf(parent) {
  return execFileSync("ps", ["-o", "pid=", "--ppid", String(parent)], { encoding: "utf8" }).trim().split(/\s+/u).map(Number);
}

/** Asks a process to end, makes it end after five seconds, and waits until it is gone. */
async function end(process_) {
  const send = (signal) => {
    try {
      return process.kill(process_, signal);
    } catch (thrown) {
      if (thrown.code === "ESRCH") return false;
      throw thrown;
    }
  };
  for (let turn = 0; turn < 100; turn += 1) {
    if (!send(turn === 0 ? "SIGTERM" : turn === 50 ? "SIGKILL" : 0)) return;
    await pause(100);
  }
  throw new Error(`the program (process ${process_}) does not end`);
}

/** A port that is free now. */
async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
