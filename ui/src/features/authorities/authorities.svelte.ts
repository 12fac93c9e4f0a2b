import { call } from "../../ipc/commands";
import type { AuthorityView } from "../../ipc/generated/AuthorityView";
import type { WaitingAuthorityView } from "../../ipc/generated/WaitingAuthorityView";
import { asFailure, type Failure } from "../../ipc/errors";

/** All authorities as a tree, parents before children. */
export class AuthoritiesState {
  items = $state.raw<AuthorityView[]>([]);
  /** Those that have no certificate yet. */
  waiting = $state.raw<WaitingAuthorityView[]>([]);
  loaded = $state(false);
  error = $state.raw<Failure | null>(null);

  async load(): Promise<void> {
    try {
      ({ items: this.items, waiting: this.waiting } = await call("authority_list", {}));
      this.error = null;
    } catch (cause) {
      this.error = asFailure(cause);
    } finally {
      this.loaded = true;
    }
  }

  find(id: string | null): AuthorityView | null {
    return this.items.find((one) => one.id === id) ?? null;
  }

  findWaiting(id: string | null): WaitingAuthorityView | null {
    return this.waiting.find((one) => one.id === id) ?? null;
  }

  /** Those directly below an authority. */
  below(id: string): AuthorityView[] {
    return this.items.filter((one) => one.parent === id);
  }
}
