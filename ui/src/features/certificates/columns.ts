import type { WordKey } from "../../i18n/words";

export const COLUMNS = ["name", "status", "ends", "issued", "authority", "profile", "key", "serial"] as const;
export type Column = (typeof COLUMNS)[number];

interface Look {
  readonly label: WordKey;
  /** Width as a grid track. */
  readonly width: string;
  /** What a click on the heading sorts by. */
  readonly sort?: "issued" | "ends" | "name";
}

export const LOOKS: Readonly<Record<Column, Look>> = {
  name: { label: "certificates.column.name", width: "minmax(160px, 2.2fr)", sort: "name" },
  status: { label: "certificates.column.status", width: "96px" },
  ends: { label: "certificates.column.ends", width: "106px", sort: "ends" },
  issued: { label: "certificates.column.issued", width: "104px", sort: "issued" },
  authority: { label: "certificates.column.authority", width: "minmax(94px, 1fr)" },
  profile: { label: "certificates.column.profile", width: "minmax(84px, 0.8fr)" },
  key: { label: "certificates.column.key", width: "84px" },
  serial: { label: "certificates.column.serial", width: "minmax(150px, 1fr)" },
};

const USUAL: readonly Column[] = ["name", "status", "ends", "authority", "profile", "key"];
const STORE = "certificates.columns";

/** The columns chosen last time. */
export function storedColumns(): readonly Column[] {
  try {
    const stored: unknown = JSON.parse(window.localStorage.getItem(STORE) ?? "null");
    if (!Array.isArray(stored)) return USUAL;
    const known = COLUMNS.filter((column) => stored.includes(column));
    return known.includes("name") ? known : USUAL;
  } catch {
    return USUAL;
  }
}

export function storeColumns(columns: readonly Column[]): void {
  try {
    window.localStorage.setItem(STORE, JSON.stringify(columns));
  } catch {
    // Without storage the choice holds until the window closes.
  }
}
