import type { Chosen } from "../../ipc/backend";

/** What is called by this handle is the pasted text. */
export const TEXT = "text";

/** The files that are looked at, newest first, for as long as the window is open; and the text that was pasted last. */
class OpenedFiles {
  files = $state.raw<readonly Chosen[]>([]);
  text = $state.raw("");

  /** Puts files in front; says which is to be shown. */
  add(files: readonly Chosen[]): string | null {
    const fresh = new Set(files.map((one) => one.handle));
    this.files = [...files, ...this.files.filter((one) => !fresh.has(one.handle))];
    return files[0]?.handle ?? null;
  }

  paste(text: string): string {
    this.text = text;
    return TEXT;
  }

  remove(handle: string): void {
    if (handle === TEXT) this.text = "";
    else this.files = this.files.filter((one) => one.handle !== handle);
  }

  find(handle: string): Chosen | null {
    return this.files.find((one) => one.handle === handle) ?? null;
  }
}

export const openedFiles = new OpenedFiles();
