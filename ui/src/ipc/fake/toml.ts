// As much of TOML as a profile is written in: tables, lists of tables, and values that JSON writes alike.
import type { ProfileDocument } from "../generated/ProfileDocument";

type Table = Record<string, unknown>;

const isTable = (value: unknown): value is Table => typeof value === "object" && value !== null && !Array.isArray(value);
const isTables = (value: unknown): value is Table[] => Array.isArray(value) && value.length > 0 && value.every(isTable);
const plain = (value: unknown): boolean => value !== null && !isTable(value) && !isTables(value);
const spaced = (value: unknown): string => (Array.isArray(value) ? `[${value.map(spaced).join(", ")}]` : JSON.stringify(value));

function lines(table: Table, path: string): string[] {
  const own = Object.entries(table).flatMap(([key, value]) => (plain(value) ? [`${key} = ${spaced(value)}`] : []));
  const inner = Object.entries(table).flatMap(([key, value]) => {
    const name = path === "" ? key : `${path}.${key}`;
    if (isTables(value)) return value.flatMap((one) => ["", `[[${name}]]`, ...lines(one, name)]);
    return isTable(value) ? ["", `[${name}]`, ...lines(value, name)] : [];
  });
  return [...own, ...inner];
}

export const write = (document: ProfileDocument): string => `${lines(document, "").join("\n")}\n`;

/** What a line is wrong with, by its number. */
export class TomlError extends Error {
  constructor(
    readonly line: number,
    message: string,
  ) {
    super(message);
  }
}

function enter(root: Table, path: string, listed: boolean): Table {
  const parts = path.split(".");
  let table = root;
  for (const [at, part] of parts.entries()) {
    const last = at === parts.length - 1;
    const present = table[part];
    if (last && listed) {
      const fresh: Table = {};
      table[part] = [...(isTables(present) ? present : []), fresh];
      return fresh;
    }
    const next: Table = isTables(present) ? (present.at(-1) ?? {}) : isTable(present) ? present : {};
    if (present === undefined) table[part] = next;
    table = next;
  }
  return table;
}

export function read(text: string): Table {
  const root: Table = {};
  let table = root;
  for (const [at, raw] of text.split("\n").entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    const head = /^(\[\[?)([\w.]+)\]\]?$/u.exec(line);
    if (head) {
      table = enter(root, head[2] ?? "", head[1] === "[[");
      continue;
    }
    const pair = /^(\w+)\s*=\s*(.+)$/u.exec(line);
    try {
      if (!pair) throw new Error("key with no value, expected `=`");
      table[pair[1] ?? ""] = JSON.parse(pair[2] ?? "");
    } catch (thrown) {
      throw new TomlError(at + 1, thrown instanceof Error && !(thrown instanceof SyntaxError) ? thrown.message : "string values must be quoted, expected literal string");
    }
  }
  return root;
}
