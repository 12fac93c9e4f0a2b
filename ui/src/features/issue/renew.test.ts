import { expect, test } from "vitest";
import { useBackend } from "../../ipc/commands";
import { fakeBackend } from "../../ipc/fake";
import { IssueState } from "./issue.svelte";

const BEFORE = "01900002-0000-7000-8000-000000000000";

async function renewing(): Promise<IssueState> {
  useBackend(fakeBackend());
  const draft = new IssueState();
  await draft.renew(BEFORE);
  return draft;
}

test("a renewal starts from what the certificate before is known by, with the same key", async () => {
  const draft = await renewing();
  expect(draft.error).toBeNull();
  expect(draft.names.tokens.map((token) => token.name)).toEqual(["dns:vpn-gw.acme.example", "ip:10.0.0.0", "dns:*.vpn-gw.acme.example"]);
  expect(draft.draft()).toMatchObject({ renews: BEFORE, sameKey: true, key: null, request: null });
  expect(draft.makesKey).toBe(false);
});

test("with a new key it says where the key goes; without the one before it is a certificate of its own", async () => {
  const draft = await renewing();
  draft.sameKey = false;
  expect(draft.makesKey).toBe(true);
  expect(draft.draft()).toMatchObject({ renews: BEFORE, sameKey: false });
  draft.dropRenewal();
  expect(draft.draft()).toMatchObject({ renews: null, sameKey: false });
  expect(draft.names.tokens).toHaveLength(3);
});

test("what cannot be renewed says so", async () => {
  useBackend(fakeBackend());
  const draft = new IssueState();
  await draft.renew("01900001-0000-7000-8000-000000000000");
  expect(draft.error?.code).toBe("renews-authority");
  expect(draft.before).toBeNull();
});
