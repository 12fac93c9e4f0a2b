import { call, host } from "../../ipc/commands";
import type { Chosen } from "../../ipc/backend";
import type { AuthorityView } from "../../ipc/generated/AuthorityView";
import type { CertificateDraft } from "../../ipc/generated/CertificateDraft";
import type { CertificatePreview } from "../../ipc/generated/CertificatePreview";
import type { CertificateView } from "../../ipc/generated/CertificateView";
import type { HandOver } from "../../ipc/generated/HandOver";
import type { IssuedView } from "../../ipc/generated/IssuedView";
import type { PolicyView } from "../../ipc/generated/PolicyView";
import type { ProfileView } from "../../ipc/generated/ProfileView";
import type { RequestView } from "../../ipc/generated/RequestView";
import { asFailure, type Failure } from "../../ipc/errors";
import { canIssue } from "./authority";
import { allowsProfile, keysFor, longest } from "./limits";
import { NameList } from "./names.svelte";

/** How long the form rests before the preview is asked for again. */
const PREVIEW_DELAY = 250;

/** The one draft that the three steps of the page work on. */
export class IssueState {
  profiles = $state.raw<ProfileView[]>([]);
  authorities = $state.raw<AuthorityView[]>([]);
  /** What the chosen authority allows. */
  policy = $state.raw<PolicyView | null>(null);
  loaded = $state(false);

  profile = $state("tls-server");
  authority = $state("");
  readonly names = new NameList();
  subject = $state("");
  days = $state.raw<number | null>(null);
  key = $state("");
  mustStaple = $state(false);
  /** Security identifier of the account that a log-on certificate is for. */
  sid = $state("");
  request = $state.raw<RequestView | null>(null);
  /** The certificate whose place the new one takes. */
  before = $state.raw<CertificateView | null>(null);
  sameKey = $state(false);
  accepted = $state.raw<string[]>([]);

  format = $state.raw<"pkcs12" | "pem">("pkcs12");
  password = $state("");
  passwordAgain = $state("");
  plainKey = $state(false);
  place = $state.raw<Chosen | null>(null);
  overwrite = $state(false);

  preview = $state.raw<CertificatePreview | null>(null);
  previewing = $state(false);
  previewError = $state.raw<Failure | null>(null);
  issuing = $state(false);
  error = $state.raw<Failure | null>(null);
  issued = $state.raw<IssuedView | null>(null);

  /** Whether the profile was chosen, rather than being the one that most people want. */
  #chosen = false;
  /** The page was left: answers that come now concern nobody. */
  #gone = false;
  #asked = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** The profiles that can be chosen. Authorities are made on their own page; one whose key is elsewhere asks for its certificate with a request. */
  readonly offered = $derived(this.profiles.filter((profile) => !profile.authority || (this.request !== null && !profile.selfSigned)));
  readonly issuers = $derived(this.authorities.filter(canIssue));
  readonly chosenProfile = $derived(this.profiles.find((profile) => profile.name === this.profile) ?? null);
  readonly chosenAuthority = $derived(this.authorities.find((one) => one.id === this.authority) ?? null);
  readonly rules = $derived(this.policy !== null && this.policy.authority.id === this.authority ? this.policy.rules : null);
  readonly longest = $derived(longest(this.rules, this.chosenProfile));
  /** Days when nobody says: the core shortens to what the policy allows as well. */
  readonly defaultDays = $derived(this.chosenProfile === null ? null : Math.min(this.chosenProfile.defaultDays, this.rules?.longestDays ?? this.chosenProfile.defaultDays));
  readonly life = $derived(this.days ?? this.defaultDays);
  readonly tooLong = $derived(this.life !== null && this.longest !== null && this.life > this.longest.days);
  readonly keys = $derived(keysFor(this.rules, this.chosenProfile));
  /** The profile's own choice, else the first that the policy allows. */
  readonly defaultKey = $derived(this.keys.includes(this.chosenProfile?.defaultKey ?? "") ? (this.chosenProfile?.defaultKey ?? "") : (this.keys[0] ?? this.chosenProfile?.defaultKey ?? ""));
  readonly keySpec = $derived(this.key === "" ? this.defaultKey : this.key);

  /** Whether there is enough to show a preview of. */
  readonly previewable = $derived(
    this.authority !== "" &&
      this.chosenProfile !== null &&
      this.names.problems.length === 0 &&
      !this.names.busy &&
      (this.names.tokens.length > 0 || this.request !== null || this.subject.trim() !== "" || !this.chosenProfile.nameRequired),
  );

  readonly makesKey = $derived(this.request === null && !this.sameKey);
  readonly passwordsDiffer = $derived(this.passwordAgain !== "" && this.password !== this.passwordAgain);
  readonly protectionChosen = $derived(
    !this.makesKey ||
      (this.format === "pem" && this.plainKey) ||
      (this.password !== "" && this.password === this.passwordAgain),
  );
  readonly placeChosen = $derived(!this.makesKey || this.place !== null);
  readonly open = $derived((this.preview?.findings ?? []).filter((one) => one.severity === "warning" && !this.isAccepted(one.lint)));

  readonly ready = $derived(
    this.previewable && !this.previewing && this.preview?.mayBeIssued === true && this.previewError === null && this.protectionChosen && this.placeChosen && !this.issuing,
  );

  isAccepted(lint: string): boolean {
    return this.accepted.includes(lint);
  }

  accept(lint: string): void {
    if (!this.isAccepted(lint)) this.accepted = [...this.accepted, lint];
  }

  withdraw(lint: string): void {
    this.accepted = this.accepted.filter((one) => one !== lint);
  }

  /** Whether the profile is for logging on to Active Directory. */
  get logsOn(): boolean {
    return this.chosenProfile?.extendedKeyUsages.some((usage) => /smartcard/i.test(usage)) === true;
  }

  /** What the form says, as the request that preview and issue share. */
  draft(): CertificateDraft {
    return {
      authority: this.authority,
      profile: this.profile,
      subject: this.subject.trim() === "" ? null : this.subject.trim(),
      names: this.names.tokens.flatMap((token) => (token.name === null ? [] : [token.name])),
      key: this.makesKey && (this.key !== "" || this.defaultKey !== this.chosenProfile?.defaultKey) ? this.keySpec : null,
      request: this.request?.pem ?? null,
      days: this.days,
      notAfter: null,
      mustStaple: this.mustStaple,
      sid: this.logsOn && this.sid.trim() !== "" ? this.sid.trim() : null,
      accept: [...this.accepted],
      renews: this.before?.id ?? null,
      sameKey: this.sameKey,
    };
  }

  async load(authority: string | null = null): Promise<void> {
    try {
      const [profiles, authorities] = await Promise.all([call("profile_list", {}), call("authority_list", {})]);
      this.profiles = profiles.items;
      this.authorities = authorities.items;
      const issuers = authorities.items.filter(canIssue);
      // The deepest authority that can sign is what people mean: a root signs intermediates.
      const deepest = issuers.reduce<AuthorityView | null>((best, one) => (best === null || one.path.length > best.path.length ? one : best), null);
      const wanted = authority ?? this.before?.authority?.id;
      this.authority = issuers.find((one) => one.id === wanted)?.id ?? deepest?.id ?? "";
    } catch (cause) {
      this.error = asFailure(cause);
    } finally {
      this.loaded = true;
    }
  }

  /** Starts from a certificate that is to be renewed: its issuer, profile, subject, names and key, all of which may still be changed. */
  async renew(certificate: string): Promise<void> {
    try {
      const [before, start] = await Promise.all([call("certificate_show", { certificate }), call("certificate_renewal", { certificate, profile: null })]);
      if (this.#gone) return;
      this.before = before;
      this.sameKey = start.sameKey;
      this.authority = start.authority;
      if (start.profile !== null) this.chooseProfile(start.profile);
      this.subject = start.subject ?? "";
      this.mustStaple = start.mustStaple;
      this.sid = start.sid ?? "";
      this.names.clear();
      await this.names.add(start.names);
    } catch (cause) {
      this.error = asFailure(cause);
    }
  }

  /** A certificate of its own after all. */
  dropRenewal(): void {
    this.before = null;
    this.sameKey = false;
    this.error = null;
  }

  allowsProfile(name: string): boolean {
    return allowsProfile(this.rules, name);
  }

  /** Asks what the chosen authority allows. A failure only means that nothing is said beforehand: the core judges all the same. */
  async loadPolicy(): Promise<void> {
    const authority = this.authority;
    if (authority === "") return;
    try {
      const policy = await call("policy_show", { authority });
      if (this.#gone || authority !== this.authority) return;
      this.policy = policy;
      if (this.key !== "" && !this.keys.includes(this.key)) this.key = "";
      if (!this.#chosen && !this.allowsProfile(this.profile)) this.profile = this.offered.find((one) => this.allowsProfile(one.name))?.name ?? this.profile;
    } catch {
      if (!this.#gone && authority === this.authority) this.policy = null;
    }
  }

  chooseProfile(name: string): void {
    this.#chosen = true;
    this.profile = name;
    this.days = null;
    this.key = "";
    this.accepted = [];
  }

  /** Asks for a preview once the form has rested; what was asked before is forgotten. */
  refresh(): void {
    clearTimeout(this.#timer);
    const turn = ++this.#asked;
    if (!this.previewable) {
      this.preview = null;
      this.previewError = null;
      this.previewing = false;
      return;
    }
    this.previewing = true;
    const draft = this.draft();
    this.#timer = setTimeout(() => void this.#look(draft, turn), PREVIEW_DELAY);
  }

  async #look(draft: CertificateDraft, turn: number): Promise<void> {
    try {
      const preview = await call("certificate_preview", draft);
      if (turn !== this.#asked) return;
      this.preview = preview;
      this.previewError = null;
    } catch (cause) {
      if (turn !== this.#asked) return;
      this.preview = null;
      this.previewError = asFailure(cause);
    } finally {
      if (turn === this.#asked) this.previewing = false;
    }
  }

  stop(): void {
    this.#gone = true;
    clearTimeout(this.#timer);
    this.#asked++;
    this.names.stop();
  }

  async readRequest(source: { text: string } | { path: string }): Promise<boolean> {
    this.error = null;
    try {
      this.sameKey = false;
      this.request = await call("request_read", {
        text: "text" in source ? source.text : null,
        path: "path" in source ? source.path : null,
      });
      this.names.clear();
      this.subject = "";
      this.key = "";
      this.accepted = [];
      await this.names.add(this.request.names);
      return true;
    } catch (cause) {
      this.error = asFailure(cause);
      return false;
    }
  }

  /** Starts from a request that waits in the inbox. */
  async answer(request: string): Promise<void> {
    try {
      const { pem } = await call("request_show", { request, authority: null, profile: null });
      if (!this.#gone) await this.readRequest({ text: pem });
    } catch (cause) {
      this.error = asFailure(cause);
    }
  }

  dropRequest(): void {
    this.request = null;
    if (this.chosenProfile?.authority === true) this.chooseProfile("tls-server");
    this.names.clear();
    this.subject = "";
    this.error = null;
  }

  async choosePlace(suggested: string): Promise<void> {
    const folder = this.format === "pem" || !this.makesKey;
    const place = folder ? await host().pickFolder("hand-over") : await host().pickSave({ purpose: "hand-over", suggested });
    if (place !== null) {
      this.place = place;
      this.overwrite = false;
    }
  }

  chooseFormat(format: "pkcs12" | "pem"): void {
    if (this.format === format) return;
    this.format = format;
    this.place = null;
    if (format === "pkcs12") this.plainKey = false;
  }

  #handOver(): HandOver | null {
    if (this.place === null) return null;
    const plain = this.format === "pem" && this.plainKey;
    return {
      out: this.place.handle,
      format: this.makesKey ? this.format : "pem",
      password: this.makesKey && !plain ? this.password : null,
      plainKey: this.makesKey && plain,
      overwrite: this.overwrite,
    };
  }

  async issue(): Promise<void> {
    if (!this.ready) return;
    this.issuing = true;
    this.error = null;
    try {
      this.issued = await call("certificate_issue", { draft: this.draft(), handOver: this.#handOver() });
      this.password = "";
      this.passwordAgain = "";
    } catch (cause) {
      this.error = asFailure(cause);
    } finally {
      this.issuing = false;
    }
  }

  /** Back to the form for another one of the same kind. */
  again(): void {
    this.issued = null;
    this.request = null;
    this.dropRenewal();
    this.names.clear();
    this.subject = "";
    this.password = this.passwordAgain = "";
    this.place = null;
    this.accepted = [];
    this.error = null;
  }
}
