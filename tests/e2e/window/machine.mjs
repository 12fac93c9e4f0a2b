// Another computer: a home, a bus and a keyring of its own, unlocked as by a login.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { daemon } from "./keyring.mjs";

export class Machine {
  #bus;
  environment;

  /** Starts its bus and its keyring daemon; what they keep lies in `folder`. */
  static async start(folder) {
    const self = new Machine();
    const at = (name) => join(folder, name);
    for (const name of ["config", "data", "state", "cache", "run"]) mkdirSync(at(name), { recursive: true, mode: 0o700 });
    // Before the bus starts: what it starts takes its home from it.
    const environment = { ...process.env, HOME: folder, XDG_CONFIG_HOME: at("config"), XDG_DATA_HOME: at("data"), XDG_STATE_HOME: at("state"), XDG_CACHE_HOME: at("cache"), XDG_RUNTIME_DIR: at("run") };
    delete environment.DBUS_SESSION_BUS_ADDRESS;
    delete environment.GNOME_KEYRING_CONTROL;
    self.#bus = spawn("dbus-daemon", ["--session", "--nofork", "--nopidfile", "--print-address=1"], { env: environment, stdio: ["ignore", "pipe", "inherit"] });
    const [address] = await once(self.#bus.stdout.setEncoding("utf8"), "data");
    self.environment = { ...environment, DBUS_SESSION_BUS_ADDRESS: address.trim() };
    // It returns once the daemon, which lives on, answers.
    execFileSync("gnome-keyring-daemon", ["--unlock", "--components=secrets"], { env: self.environment, input: "session", stdio: ["pipe", "ignore", "ignore"] });
    return self;
  }

  async end() {
    process.kill(daemon(this.environment));
    const gone = once(this.#bus, "exit");
    this.#bus.kill();
    await gone;
  }
}
