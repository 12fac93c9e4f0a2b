import type { CertificatePreview } from "../../ipc/generated/CertificatePreview";
import type { ExtensionText } from "../../ipc/generated/ExtensionText";
import type { RequestView } from "../../ipc/generated/RequestView";
import { extensionTitle } from "../../pki/extension";

/** What became of one thing that a request asked for. */
export interface Difference {
  what: "subject" | "names" | "extension";
  /** An extension's name. */
  label: string;
  asked: string;
  given: string;
  fate: "taken" | "changed" | "left-out" | "added";
}

const SUBJECT_ALTERNATIVE_NAME = "2.5.29.17";

function same(left: string[], right: string[]): boolean {
  return left.length === right.length && [...left].sort().every((one, at) => one === [...right].sort()[at]);
}

function lines(extension: ExtensionText | undefined): string {
  return extension === undefined ? "" : extension.lines.join(", ");
}

/** Compares what a request asks for with what would be signed. Extensions are compared by OID and bytes. */
export function differences(request: RequestView, preview: CertificatePreview): Difference[] {
  const rows: Difference[] = [
    {
      what: "subject",
      label: "",
      asked: request.subject.rfc4514,
      given: preview.subject.rfc4514,
      fate: request.subject.rfc4514 === preview.subject.rfc4514 ? "taken" : "changed",
    },
    {
      what: "names",
      label: "",
      asked: request.names.join(", "),
      given: preview.names.join(", "),
      fate: same(request.names, preview.names) ? "taken" : request.names.length === 0 ? "added" : "changed",
    },
  ];
  const given = new Map(preview.extensions.map((one) => [one.oid, one]));
  const asked = new Set<string>();
  for (const extension of request.extensions) {
    asked.add(extension.oid);
    if (extension.oid === SUBJECT_ALTERNATIVE_NAME) continue;
    const match = given.get(extension.oid);
    rows.push({
      what: "extension",
      label: extensionTitle(extension),
      asked: lines(extension),
      given: lines(match),
      fate: match === undefined ? "left-out" : match.der === extension.der && match.critical === extension.critical ? "taken" : "changed",
    });
  }
  for (const extension of preview.extensions) {
    if (asked.has(extension.oid) || extension.oid === SUBJECT_ALTERNATIVE_NAME) continue;
    rows.push({ what: "extension", label: extensionTitle(extension), asked: "", given: lines(extension), fate: "added" });
  }
  return rows;
}
