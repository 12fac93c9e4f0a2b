// One run of the program: folders of its own, the answers to its file dialogs, the page in its window.
import { execFileSync } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Page } from "./page.mjs";
import { WebDriver } from "./webdriver.mjs";

/** A program that has to be there, by the variable that names it. */
function named(variable) {
  const path = process.env[variable];
  if (path === undefined || !existsSync(path)) throw new Error(`${variable} has to name a built program; \`cargo xtask test --only e2e\` does that (now: ${path})`);
  return path;
}

export class Program {
  /** A fresh folder for everything that this run touches. */
  folder = mkdtempSync(join(process.env.HOME?.startsWith(tmpdir()) ? join(process.env.HOME, "work") : tmpdir(), "window-"));
  #queue = join(this.folder, "dialogs");
  #clock = join(this.folder, "clock");
  #stands = null;
  #environment = {};
  driver = null;
  page = null;

  /** Opens the window. `environment` changes variables; undefined takes one away. `args` are what it is started with. */
  async open(environment = {}, args = []) {
    writeFileSync(this.#queue, "");
    for (const name of ["config", "data", "state"]) mkdirSync(join(this.folder, name), { recursive: true });
    const full = {
      ...process.env,
      XDG_CONFIG_HOME: join(this.folder, "config"),
      XDG_DATA_HOME: join(this.folder, "data"),
      XDG_STATE_HOME: join(this.folder, "state"),
      CHANCERY_DIALOG_QUEUE: this.#queue,
      CHANCERY_CLOCK: this.#clock,
      TAURI_AUTOMATION: "true",
      TAURI_WEBVIEW_AUTOMATION: "true",
      NO_AT_BRIDGE: "1",
      ...environment,
    };
    for (const gone of ["WEBKIT_DISABLE_DMABUF_RENDERER", "WEBKIT_DISABLE_COMPOSITING_MODE"]) delete full[gone];
    for (const [name, value] of Object.entries(full)) if (value === undefined) delete full[name];
    this.#environment = full;
    this.driver = await WebDriver.start(named("CHANCERY_DESKTOP"), full, args);
    this.page = new Page(this.driver, this.folder);
    return this.page;
  }

  /** Starts the program once more beside the window, in a folder: it hands its arguments over and ends. */
  startAgain(folder, ...args) {
    execFileSync(named("CHANCERY_DESKTOP"), args, { cwd: folder, env: this.#environment, stdio: ["ignore", "inherit", "inherit"], timeout: 60_000 });
  }

  /** Ends the program; its folders stay. */
  async close() {
    await this.driver?.stop();
    this.driver = null;
  }

  /** Ends the program and removes its folders. */
  async end() {
    await this.close();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }

  path(...parts) {
    return join(this.folder, ...parts);
  }

  /** Queues the answer to the next file dialog; none is a dialog that is closed. */
  answer(...paths) {
    appendFileSync(this.#queue, `${paths.join("\t")}\n`);
  }

  /** Moves the program's clock on by so many seconds; from the first time on it stands, and a busy machine takes no time. */
  later(seconds) {
    this.#stands = (this.#stands ?? Math.floor(Date.now() / 1000)) + seconds;
    // In one step: a file that is half written says another time.
    writeFileSync(`${this.#clock}.new`, String(this.#stands));
    renameSync(`${this.#clock}.new`, this.#clock);
  }

  /** Answers that no dialog took. */
  get unanswered() {
    return readFileSync(this.#queue, "utf8");
  }
}

/** Runs the command line; returns what it prints as JSON. */
export function chancery(...args) {
  return JSON.parse(execFileSync(named("CHANCERY_CLI"), [...args, "--json"], { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] }));
}

/** How many certificates a registry has, asked of the command line. */
export function certificatesIn(registry) {
  return chancery("--registry", registry, "registry", "status").certificates;
}

/** Runs a judge; returns its exit status and everything that it said. */
export function judge(program, ...args) {
  try {
    return { status: 0, said: execFileSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }) };
  } catch (failed) {
    if (failed.status === undefined) throw failed;
    return { status: failed.status, said: `${failed.stdout}${failed.stderr}` };
  }
}
