import { call } from "../../ipc/commands";
import { asFailure, type Failure } from "../../ipc/errors";
import type { FileShow } from "../../ipc/generated/FileShow";
import type { OpenedFile } from "../../ipc/generated/OpenedFile";
import type { OpenedObject } from "../../ipc/generated/OpenedObject";

/** What a file holds, page by page, opened by passwords that are forgotten with it. */
export class OpenedState {
  file = $state.raw<OpenedFile | null>(null);
  items = $state.raw<readonly OpenedObject[]>([]);
  failure = $state.raw<Failure | null>(null);
  reading = $state(false);
  /** Whether the password that was typed last opened nothing. */
  wrong = $state(false);
  #what: Pick<FileShow, "path" | "text"> | null = null;
  #passwords: string[] = [];
  #turn = 0;

  /** Whether there is more than is shown. */
  readonly more = $derived(this.file?.next ?? null);

  /** Looks into a file, or a text. */
  async show(what: Pick<FileShow, "path" | "text">): Promise<void> {
    if (this.#what === null || this.#what.path !== what.path || this.#what.text !== what.text) {
      this.#passwords = [];
      this.file = null;
      this.items = [];
      this.wrong = false;
    }
    this.#what = what;
    await this.#ask(null);
  }

  async unlock(password: string): Promise<void> {
    const before = this.file?.locked ?? 0;
    this.#passwords = [...this.#passwords, password];
    await this.#ask(null);
    this.wrong = (this.file?.locked ?? 0) >= before;
    // What opens nothing is not tried again.
    if (this.wrong) this.#passwords = this.#passwords.slice(0, -1);
  }

  /** Forgets the passwords: the keys were locked. What was shown by them goes too. */
  async forget(): Promise<void> {
    if (this.#passwords.length === 0) return;
    this.#passwords = [];
    await this.#ask(null);
  }

  async next(): Promise<void> {
    if (this.more !== null) await this.#ask(this.more);
  }

  async again(): Promise<void> {
    await this.#ask(null);
  }

  async #ask(after: string | null): Promise<void> {
    if (this.#what === null) return;
    const turn = ++this.#turn;
    this.failure = null;
    this.reading = true;
    try {
      const file = await call("file_show", { ...this.#what, passwords: [...this.#passwords], limit: null, after });
      if (turn !== this.#turn) return;
      this.items = after === null ? file.items : [...this.items, ...file.items];
      this.file = file;
    } catch (thrown) {
      if (turn === this.#turn) this.failure = asFailure(thrown);
    } finally {
      if (turn === this.#turn) this.reading = false;
    }
  }
}

/** What an object is called. */
export function nameOf(object: OpenedObject): string {
  if (object.certificate !== null) return object.certificate.name;
  if (object.request !== null) return commonName(object.request.subject.rfc4514) || object.request.names[0] || object.label;
  if (object.crl !== null) return commonName(object.crl.issuer) || object.label;
  return object.key?.certificate ?? object.label;
}

function commonName(rfc4514: string): string {
  return /(?:^|,)CN=((?:\\.|[^,\\])*)/u.exec(rfc4514)?.[1]?.replaceAll(/\\(.)/gu, "$1") ?? rfc4514;
}

/** A certificate's PEM with the others of the file behind it, of which a path is made. */
export function withOthers(pem: string, items: readonly OpenedObject[]): string {
  const others = items.flatMap((one) => (one.certificate === null || one.certificate.pem === pem ? [] : [one.certificate.pem]));
  return [pem, ...others].map((one) => one.trimEnd()).join("\n") + "\n";
}
