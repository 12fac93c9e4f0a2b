import { call } from "../../ipc/commands";
import type { RecognisedName } from "../../ipc/generated/RecognisedName";

/** How long typing rests before the kind of a name is asked for. */
const RECOGNISE_DELAY = 180;

/** Splits what was typed or pasted into single names: blanks, commas, semicolons and line ends part them. */
export function split(text: string): string[] {
  return text.split(/[\s,;]+/u).filter((part) => part !== "");
}

/** Whether a pasted text is a signing request rather than names. */
export function looksLikeRequest(text: string): boolean {
  return /-----BEGIN (NEW )?CERTIFICATE REQUEST-----/u.test(text);
}

/** The names of a draft, each as the core recognised it. */
export class NameList {
  tokens = $state.raw<RecognisedName[]>([]);
  typed = $state("");
  /** What the core makes of the text that is being typed. */
  hint = $state.raw<RecognisedName | null>(null);
  busy = $state(false);
  readonly problems = $derived(this.tokens.filter((token) => token.problem !== null || token.name === null));

  #turn = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  type(text: string): void {
    this.typed = text;
    clearTimeout(this.#timer);
    const turn = ++this.#turn;
    const wanted = text.trim();
    if (wanted === "") {
      this.hint = null;
      return;
    }
    this.#timer = setTimeout(() => void this.#recognise(wanted, turn), RECOGNISE_DELAY);
  }

  async #recognise(text: string, turn: number): Promise<void> {
    const found = await this.#ask([text]);
    if (turn === this.#turn) this.hint = found[0] ?? null;
  }

  async #ask(texts: string[]): Promise<RecognisedName[]> {
    const answer = await call("names_recognise", { texts });
    return answer.items;
  }

  /** Adds names as tokens; one that is there already is not added again. */
  async add(texts: string[]): Promise<void> {
    if (texts.length === 0) return;
    this.busy = true;
    try {
      const found = await this.#ask(texts);
      const have = new Set(this.tokens.map((token) => token.name ?? token.text));
      const fresh = found.filter((one) => {
        const key = one.name ?? one.text;
        if (have.has(key)) return false;
        have.add(key);
        return true;
      });
      this.tokens = [...this.tokens, ...fresh];
    } finally {
      this.busy = false;
    }
  }

  /** Takes what was typed as names. */
  async commit(): Promise<void> {
    const texts = split(this.typed);
    this.type("");
    await this.add(texts);
  }

  removeAt(index: number): void {
    this.tokens = this.tokens.filter((_, at) => at !== index);
  }

  /** Takes the name back into the field to be changed. */
  edit(index: number): void {
    const token = this.tokens[index];
    if (token === undefined) return;
    this.removeAt(index);
    this.type(token.text);
  }

  clear(): void {
    this.tokens = [];
    this.type("");
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#turn++;
  }
}
