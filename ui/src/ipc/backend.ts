// Everything the page may ask of its host. Two hosts exist: the desktop shell (tauri.ts) and an invented one in memory (fake.ts).
import type { Commands } from "./generated/commands";

export type CommandName = keyof Commands;
export type RequestOf<K extends CommandName> = Commands[K]["request"];
export type ResponseOf<K extends CommandName> = Commands[K]["response"];

/** A file or folder that the user chose. The path stays with the host; the handle goes into `FilePath` fields. */
export interface Chosen {
  readonly handle: string;
  readonly name: string;
}

/** A registry that was open before. */
export interface RecentRegistry extends Chosen {
  readonly path: string;
  readonly openedAt: string;
}

export interface HostInfo {
  readonly version: string;
  readonly platform: string;
}

/** What a file dialog is for; the host chooses title, folder and filters by it. */
export type Purpose =
  | "registry-open"
  | "registry-create"
  | "recovery-file"
  | "backup"
  | "import"
  | "open"
  | "request"
  | "request-export"
  | "requests"
  | "table"
  | "table-export"
  | "certificate"
  | "certificate-export"
  | "certificates-export"
  | "folder-export"
  | "hand-over"
  | "crl"
  | "crl-export"
  | "compromised"
  | "audit-export"
  | "report"
  | "trust"
  | "source"
  | "source-signer"
  | "source-export";

export interface PickFiles {
  readonly purpose: Purpose;
  readonly multiple?: boolean;
}

export interface PickSave {
  readonly purpose: Purpose;
  /** File name to begin with. */
  readonly suggested: string;
}

/** Ends a subscription. */
export type Stop = () => void;

export interface Backend {
  call<K extends CommandName>(name: K, request: RequestOf<K>): Promise<ResponseOf<K>>;
  pickFiles(options: PickFiles): Promise<Chosen[]>;
  pickFolder(purpose: Purpose): Promise<Chosen | null>;
  pickSave(options: PickSave): Promise<Chosen | null>;
  /** Shows a folder that the user chose in the file manager. Rejects with a `Failure`. */
  showFolder(handle: string): Promise<void>;
  recentRegistries(): Promise<RecentRegistry[]>;
  onFilesDropped(listener: (files: Chosen[]) => void): Stop;
  /** How many files are held over the window; 0 once they have left it or were dropped. */
  onFilesOver(listener: (count: number) => void): Stop;
  /** Files that the program was started with, or that a second start handed over: each is told once. */
  onFilesOpened(listener: (files: Chosen[]) => void): Stop;
  /** Another program changed the open registry, or its keys were locked by other means than this window. */
  onChanged(listener: () => void): Stop;
  /** The core took a secret off the clipboard, or could not. */
  onClipboard(listener: () => void): Stop;
  hostInfo(): Promise<HostInfo>;
}
