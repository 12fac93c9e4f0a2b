// Addresses inside the page: `#/certificates/ID?status=valid`. The browser keeps the history, so Back works everywhere.
import type { Component } from "svelte";

export type Params = Readonly<Record<string, string>>;

/** One screen: its pattern and the component that shows it. `title` is a key of the word catalogue. */
export interface Route {
  /** `/certificates/:id?`: a `:name` takes one segment, a trailing `?` makes it optional. */
  readonly path: string;
  readonly title: string;
  readonly view: Component<{ params: Params }> | Component<Record<string, never>>;
  /** Shown without sidebar and top bar. */
  readonly bare?: boolean;
  /** Shown without them as long as no registry is open, and with them afterwards. */
  readonly anywhere?: boolean;
  /** There is nothing to do there when the registry is read-only. */
  readonly writes?: boolean;
}

export interface Matched {
  readonly route: Route;
  readonly params: Params;
}

/** The parameters when `pattern` fits `path`, else null. */
export function match(pattern: string, path: string): Params | null {
  const want = pattern.split("/").filter(Boolean);
  const have = path.split("/").filter(Boolean);
  const params: Record<string, string> = {};
  if (have.length > want.length) return null;
  for (const [at, part] of want.entries()) {
    const value = have[at];
    if (!part.startsWith(":")) {
      if (part !== value) return null;
      continue;
    }
    const optional = part.endsWith("?");
    const name = part.slice(1, optional ? -1 : undefined);
    if (value === undefined) {
      if (!optional) return null;
    } else params[name] = value;
  }
  return params;
}

/** The first route that fits. */
export function find(routes: readonly Route[], path: string): Matched | null {
  for (const route of routes) {
    const params = match(route.path, path);
    if (params) return { route, params };
  }
  return null;
}

/** Path and query of a fragment; a broken escape is kept as it is. */
export function parse(hash: string): { path: string; query: URLSearchParams } {
  const [raw = "", search = ""] = hash.replace(/^#/, "").split(/\?(.*)/s);
  const path = (raw === "" ? "/" : raw)
    .split("/")
    .map((part) => {
      try {
        return decodeURIComponent(part);
      } catch {
        return part;
      }
    })
    .join("/");
  return { path, query: new URLSearchParams(search) };
}

/** `#/certificates/ID?status=valid` from a path with plain segments and a query; empty values are left out. */
export function href(path: string, query: Record<string, string | null | undefined> = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== null && value !== undefined && value !== "") search.set(name, value);
  const text = search.toString();
  const escaped = path.split("/").map(encodeURIComponent).join("/");
  return `#${escaped}${text === "" ? "" : `?${text}`}`;
}

class Location {
  #hash = $state(window.location.hash);
  readonly #parsed = $derived(parse(this.#hash));

  constructor() {
    window.addEventListener("hashchange", () => {
      this.#hash = window.location.hash;
    });
  }

  get path(): string {
    return this.#parsed.path;
  }

  get query(): URLSearchParams {
    return this.#parsed.query;
  }

  /** Goes to another address; with `replace` the present one leaves no trace in the history. */
  go(path: string, query: Record<string, string | null | undefined> = {}, replace = false): void {
    const target = href(path, query);
    if (replace) window.history.replaceState(null, "", target);
    else if (window.location.hash !== target) window.history.pushState(null, "", target);
    this.#hash = target;
  }

  /** The address before, as the browser knows it. */
  back(): void {
    window.history.back();
  }
}

export const location = new Location();
