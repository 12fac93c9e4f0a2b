import { call } from "../../ipc/commands";
import { asFailure, type Failure } from "../../ipc/errors";
import type { SettingView } from "../../ipc/generated/SettingView";

/** What can be set for the registry, by the core's own list. Each setting keeps its own failure. */
export class ChoicesState {
  items = $state.raw<readonly SettingView[]>([]);
  loaded = $state(false);
  failure = $state.raw<Failure | null>(null);
  refused = $state.raw<{ readonly key: string; readonly failure: Failure } | null>(null);
  /** The setting that was changed last, so that it can say so. */
  saved = $state.raw<string | null>(null);

  async load(): Promise<void> {
    try {
      this.items = (await call("settings_list", {})).items;
      this.failure = null;
    } catch (thrown) {
      this.failure = asFailure(thrown);
    } finally {
      this.loaded = true;
    }
  }

  /** The settings whose names begin so, such as `lock.`. */
  below(prefix: string): SettingView[] {
    return this.items.filter((item) => item.key.startsWith(prefix));
  }

  /** Changes one; `null` takes it back to its default. */
  async set(key: string, value: string | null): Promise<boolean> {
    try {
      this.items = (await call("settings_set", { changes: [{ key, value, path: null }] })).items;
      this.refused = null;
      this.saved = key;
      return true;
    } catch (thrown) {
      this.refused = { key, failure: asFailure(thrown) };
      this.saved = null;
      return false;
    }
  }
}
