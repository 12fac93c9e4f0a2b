import { expect, test } from "vitest";
import type { SourceFailure } from "../../ipc/generated/SourceFailure";
import type { SourceView } from "../../ipc/generated/SourceView";
import { countryName } from "./country";
import { read, write } from "./filters";
import { crlWords, everyWords, freshness, left, refreshedWords } from "./freshness";
import { nameParts } from "./names";
import { holds, occurring } from "./certificateTypes";

const NOW = Date.parse("2026-11-22T08:00:00Z");
const failure: SourceFailure = { at: "2026-11-22T06:00:00Z", stage: "fetch", code: "source-fetch-failed", title: "t", next: "n", passing: true, times: 2 };
const base: SourceView = {
  id: "1", name: "List", kind: "ldif", place: { kind: "file", text: "/list.ldif" }, signers: [], refreshHours: 24, createdAt: "2026-01-01T00:00:00Z", refreshedAt: "2026-11-22T02:00:00Z", changedAt: null, dueAt: "2026-11-23T02:00:00Z", failure: null,
  signedBy: null, signedAt: null, sha256: null, size: 0, certificates: { cscas: 2, documentSigners: 0, listSigners: 1, others: 0 }, countries: 2, crls: 1, revoked: 1200, nextUpdate: "2026-12-22T08:00:00Z", quarantined: 1,
};

test("how a source stands: what failed for good first, then a CRL that is over, then what may pass", () => {
  const at = (changed: Partial<SourceView>): string => freshness({ ...base, ...changed }, NOW);
  expect(at({})).toBe("fresh");
  expect(at({ dueAt: "2026-11-22T07:00:00Z" })).toBe("due");
  expect(at({ dueAt: null, refreshHours: null })).toBe("fresh");
  expect(at({ failure })).toBe("retrying");
  expect(at({ failure: { ...failure, passing: false } })).toBe("failed");
  expect(at({ nextUpdate: "2026-11-22T08:00:00Z" })).toBe("expired");
  expect(at({ nextUpdate: "2026-11-22T08:00:00Z", failure })).toBe("expired");
  expect(at({ nextUpdate: "2026-11-22T08:00:00Z", failure: { ...failure, passing: false } })).toBe("failed");
});

test("when it was refreshed and will be", () => {
  expect(left(base, NOW)).toBeCloseTo(0.75);
  expect(left({ ...base, dueAt: null, refreshHours: null }, NOW)).toBeNull();
  expect(left({ ...base, refreshedAt: "2026-11-01T00:00:00Z" }, NOW)).toBe(0);
  expect(refreshedWords(base, NOW)).toBe("refreshed 6 hours ago · next in 18 hours");
  expect(refreshedWords({ ...base, refreshedAt: null, dueAt: "2026-11-22T07:59:00Z" }, NOW)).toBe("never refreshed · next refresh is due");
  expect(refreshedWords({ ...base, dueAt: null }, NOW)).toContain("by hand only");
  expect(crlWords(base, NOW)).toBe("CRL ends in 30 days");
  expect(crlWords({ ...base, nextUpdate: "2026-11-20T07:00:00Z" }, NOW)).toBe("CRL ended 2 days ago");
  expect(crlWords({ ...base, nextUpdate: null }, NOW)).toBeNull();
  expect([everyWords(24), everyWords(null), everyWords(12)]).toEqual(["every day", "by hand only", "every 12 hours"]);
});

test("what it holds, in words", () => {
  expect(occurring(base.certificates)).toEqual(["csca", "list-signer"]);
  expect(holds(base)).toEqual(["2 CSCAs", "1 list signer", "1 CRL", "1,200 revoked", "1 in quarantine"]);
});

test("a name is its common name and the rest; what is escaped is read as it is meant", () => {
  expect(nameParts("CN=CSCA DE 1,O=bund,C=DE")).toEqual({ first: "CSCA DE 1", rest: "O=bund, C=DE" });
  expect(nameParts("C=CH,O=Admin\\, Bern,CN=csca\\+1")).toEqual({ first: "csca+1", rest: "C=CH, O=Admin\\, Bern" });
  expect(nameParts("O=Trust Co,C=US")).toEqual({ first: "O=Trust Co", rest: "C=US" });
  expect(nameParts("")).toEqual({ first: "", rest: "" });
});

test("a country has its name; what is no code stays as the certificate spells it", () => {
  expect([countryName("DE"), countryName("QQ"), countryName(""), countryName("D<<")]).toEqual(["Germany", "QQ", "without a country", "D<<"]);
});

test("the filters stand in the address, those without a country too", () => {
  for (const filters of [{ kind: null, country: null }, { kind: "csca", country: "DE" }, { kind: null, country: "" }] as const) {
    const query = new URLSearchParams(Object.entries(write(filters)).flatMap(([name, value]) => (value === null ? [] : [[name, value]])));
    expect(read(query)).toEqual(filters);
  }
  expect(read(new URLSearchParams("kind=nonsense")).kind).toBeNull();
});
