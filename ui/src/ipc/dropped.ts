import type { Chosen, Stop } from "./backend";
import { host } from "./commands";

/** Files and text dropped or pasted on a screen that has no use for them itself: kept until the screen that looks into them has come up. */
class Dropped {
  #files: readonly Chosen[] = [];
  #text = "";
  #claims = 0;
  #readers: ((text: string) => void)[] = [];

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

  /** Takes what is pasted outside of a field from now on; returns what ends it. */
  claimText(reader: (text: string) => void): Stop {
    this.#readers = [...this.#readers, reader];
    return () => {
      this.#readers = this.#readers.filter((one) => one !== reader);
    };
  }

  /** Offers a pasted text to the screen; false when it has no use for it. */
  offerText(text: string): boolean {
    const reader = this.#readers.at(-1);
    reader?.(text);
    return reader !== undefined;
  }

  keep(files: readonly Chosen[], text = ""): void {
    this.#files = files;
    this.#text = text;
  }

  /** Hands the files over, once. */
  take(): readonly Chosen[] {
    const files = this.#files;
    this.#files = [];
    return files;
  }

  /** Hands the text over, once. */
  takeText(): string {
    const text = this.#text;
    this.#text = "";
    return text;
  }
}

export const dropped = new Dropped();
