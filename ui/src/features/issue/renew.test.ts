import { expect, test } from "vitest";
import { useBackend } from "../../ipc/commands";
import { fakeBackend } from "../../ipc/fake";
import { IssueState } from "./issue.svelte";

test("a renewal starts from the names of the certificate before", async () => {
  useBackend(fakeBackend());
  const draft = new IssueState();
  await draft.renew("01900002-0000-7000-8000-000000000000");
  expect(draft.names.tokens.map((token) => token.name)).toEqual(["dns:vpn-gw.acme.example", "ip:10.0.0.0", "dns:*.vpn-gw.acme.example"]);
  expect(draft.error).toBeNull();
});
