import type { Chosen } from "./backend";

/** Files dropped on a screen that has no use for them itself: kept until the import has come up to look into them. */
class Dropped {
  #files: readonly Chosen[] = [];

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
