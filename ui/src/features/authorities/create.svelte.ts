import { call } from "../../ipc/commands";
import type { AuthorityCreate } from "../../ipc/generated/AuthorityCreate";
import type { AuthorityRef } from "../../ipc/generated/AuthorityRef";
import type { AuthorityRequest } from "../../ipc/generated/AuthorityRequest";
import type { AuthorityView } from "../../ipc/generated/AuthorityView";
import { asFailure, type Failure } from "../../ipc/errors";

const YEAR = 365.25;

/** In the place of an issuer: an authority elsewhere. */
export const OUTSIDE = "outside";

function list(text: string): string[] {
  return text.split(/[\s,]+/u).filter((part) => part !== "");
}

/** An authority about to be made: a root, an intermediate under `parent`, or one whose certificate an authority elsewhere will issue. */
export class CreateAuthorityState {
  name = $state("");
  subject = $state("");
  subjectTouched = $state(false);
  parent = $state("");
  key = $state("ec-p384");
  years = $state(10);
  pathLength = $state("");
  crlUrls = $state("");
  issuerUrls = $state("");
  ocspUrls = $state("");
  permit = $state("");
  exclude = $state("");
  busy = $state(false);
  error = $state.raw<Failure | null>(null);

  constructor(
    readonly authorities: readonly AuthorityView[],
    parent: string | null,
  ) {
    this.parent = parent ?? "";
    this.years = this.parent === "" ? 20 : 10;
    this.pathLength = this.parent === "" ? "" : "0";
  }

  readonly parentView = $derived.by(() => this.authorities.find((one) => one.id === this.parent) ?? null);
  readonly outside = $derived.by(() => this.parent === OUTSIDE);
  readonly nameTaken = $derived.by(() => this.authorities.some((one) => one.name.toLowerCase() === this.name.trim().toLowerCase()));
  readonly subjectNow = $derived(this.subjectTouched ? this.subject.trim() : this.#suggested());
  readonly days = $derived(Math.round(this.years * YEAR));
  readonly ready = $derived(this.name.trim() !== "" && this.subjectNow !== "" && !this.nameTaken && this.years > 0 && !this.busy);

  /** CN from the name, the rest of the issuer's subject kept. */
  #suggested(): string {
    const name = this.name.trim();
    if (name === "") return "";
    const own = `CN=${name.replaceAll(/[\\",+;<>=]/gu, (special) => `\\${special}`)}`;
    const above = this.parentView?.certificate.subject.rfc4514.replace(/^CN=(?:\\.|[^\\,+])*,?/u, "") ?? "";
    return above === "" ? own : `${own},${above}`;
  }

  request(): AuthorityCreate {
    return {
      name: this.name.trim(),
      subject: this.subjectNow,
      parent: this.parent === "" || this.outside ? null : this.parent,
      key: this.key,
      days: this.days,
      pathLength: this.pathLength.trim() === "" ? null : Number(this.pathLength),
      crlUrls: list(this.crlUrls),
      issuerUrls: list(this.issuerUrls),
      ocspUrls: list(this.ocspUrls),
      permit: list(this.permit),
      exclude: list(this.exclude),
    };
  }

  /** The same as a request to an authority elsewhere. */
  asked(): AuthorityRequest {
    const { name, subject, key, pathLength, crlUrls, issuerUrls, ocspUrls, permit, exclude } = this.request();
    return { name, subject, ...(key === null ? {} : { key }), ...(pathLength === null ? {} : { pathLength }), crlUrls, issuerUrls, ocspUrls, permit, exclude };
  }

  /** Makes it. Gives back what it is called; null when it was refused. */
  async create(): Promise<AuthorityRef | null> {
    if (!this.ready) return null;
    this.busy = true;
    this.error = null;
    try {
      return this.outside ? (await call("authority_request", this.asked())).authority : await call("authority_create", this.request());
    } catch (cause) {
      this.error = asFailure(cause);
      return null;
    } finally {
      this.busy = false;
    }
  }
}
