import { call } from "../../ipc/commands";
import type { AuthorityCreate } from "../../ipc/generated/AuthorityCreate";
import type { AuthorityView } from "../../ipc/generated/AuthorityView";
import { asFailure, type Failure } from "../../ipc/errors";

export type Preset = "root" | "root-and-issuing" | "import";

/** Years in days, leap days counted as the defaults of the profiles count them. */
const YEAR = 365.25;

function request(name: string, subject: string, parent: string | null, years: number, pathLength: number | null, crlUrl: string): AuthorityCreate {
  const url = crlUrl.trim();
  return {
    name,
    subject,
    parent,
    key: null,
    days: Math.round(years * YEAR),
    pathLength,
    crlUrls: url === "" ? [] : [url],
    issuerUrls: [],
    ocspUrls: [],
    permit: [],
    exclude: [],
  };
}

/** Writes a value into an RFC 4514 string (2.4): special characters, a leading `#` or blank and a trailing blank are escaped. */
export function escapeValue(value: string): string {
  return value
    .replaceAll(/[\\",+;<>=]/gu, (special) => `\\${special}`)
    .replace(/^[# ]/u, (first) => `\\${first}`)
    .replace(/ $/u, "\\ ");
}

/** Builds a subject of common name, organisation and country. */
export function subjectOf(commonName: string, organisation: string, country: string): string {
  const parts = [`CN=${escapeValue(commonName.trim())}`];
  if (organisation.trim() !== "") parts.push(`O=${escapeValue(organisation.trim())}`);
  if (country.trim() !== "") parts.push(`C=${escapeValue(country.trim().toUpperCase())}`);
  return parts.join(",");
}

/** The first authority of a registry, from one of the presets. */
export class FirstAuthorityState {
  preset = $state.raw<Preset>("root-and-issuing");
  organisation = $state("");
  country = $state("");
  rootName = $state("");
  issuingName = $state("");
  rootYears = $state(20);
  issuingYears = $state(10);
  crlUrl = $state("");
  busy = $state.raw<"root" | "issuing" | null>(null);
  error = $state.raw<Failure | null>(null);
  /** Set once the root stands; a second try goes on from there. */
  root = $state.raw<AuthorityView | null>(null);

  constructor(
    private readonly suggest: (kind: "root" | "issuing", organisation: string) => string,
  ) {}

  readonly rootNameNow = $derived.by(() => this.rootName.trim() === "" ? this.suggest("root", this.organisation.trim()) : this.rootName.trim());
  readonly issuingNameNow = $derived.by(() => this.issuingName.trim() === "" ? this.suggest("issuing", this.organisation.trim()) : this.issuingName.trim());
  readonly rootSubject = $derived(subjectOf(this.rootNameNow, this.organisation, this.country));
  readonly issuingSubject = $derived(subjectOf(this.issuingNameNow, this.organisation, this.country));
  readonly countryWrong = $derived(this.country.trim() !== "" && !/^[A-Za-z]{2}$/u.test(this.country.trim()));
  readonly yearsWrong = $derived(this.preset === "root-and-issuing" && this.issuingYears > this.rootYears);
  readonly ready = $derived(this.busy === null && !this.countryWrong && !this.yearsWrong && this.rootNameNow !== this.issuingNameNow);

  async create(): Promise<AuthorityView | null> {
    if (!this.ready || this.preset === "import") return null;
    this.error = null;
    const both = this.preset === "root-and-issuing";
    try {
      if (this.root === null) {
        this.busy = "root";
        this.root = await call(
          "authority_create",
          request(this.rootNameNow, this.rootSubject, null, this.rootYears, both ? 1 : null, both ? "" : this.crlUrl),
        );
      }
      if (!both) return this.root;
      this.busy = "issuing";
      return await call("authority_create", request(this.issuingNameNow, this.issuingSubject, this.root.id, this.issuingYears, 0, this.crlUrl));
    } catch (cause) {
      this.error = asFailure(cause);
      return null;
    } finally {
      this.busy = null;
    }
  }
}
