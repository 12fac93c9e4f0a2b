import type { Chosen, Stop } from "./backend";
import { host } from "./commands";

/** Files dropped on a screen that has no use for them itself: kept until the import has come up to look into them. */
class Dropped {
  #files: readonly Chosen[] = [];
  #claims = 0;

  /** Whether something in front of the screen takes what is dropped. */
  get claimed(): boolean {
    return this.#claims > 0;
  }

  /** Takes what is dropped from now on; returns what ends it. */
  claim(listener: (files: Chosen[]) => void): Stop {
    this.#claims += 1;
    const stop = host().onFilesDropped(listener);
    return () => {
      this.#claims -= 1;
      stop();
    };
  }

  keep(files: readonly Chosen[]): void {
    this.#files = files;
  }

  /** Hands the files over, once. */
  take(): readonly Chosen[] {
    const files = this.#files;
    this.#files = [];
    return files;
  }
}

export const dropped = new Dropped();
