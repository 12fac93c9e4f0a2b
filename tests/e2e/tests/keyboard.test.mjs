// The main job by keyboard alone: no pointer touches the window.
import { strict as assert } from "node:assert";
import { after, test } from "node:test";
import { Keyboard } from "../window/hands.mjs";
import { createAuthorities, createRegistry, find, issue, judgeByOpenssl, publish, revoke } from "../window/main_job.mjs";
import { certificatesIn, Program } from "../window/program.mjs";
import { stepsOf } from "../window/steps.mjs";

const program = new Program();
after(() => program.end());

test("the main job by keyboard", async (t) => {
  const page = await program.open();
  const hands = new Keyboard(page);
  const step = stepsOf(t);
  let registry;
  let www;
  let ok;

  await step("a registry and two authorities", async () => {
    registry = await createRegistry(program, hands);
    await createAuthorities(program, hands);
  });

  await step("two certificates", async () => {
    www = await issue(program, hands, "www.example.test");
    ok = await issue(program, hands, "ok.example.test");
    assert.equal(certificatesIn(registry), 4, "root, issuing, www and ok");
  });

  await step("found and revoked", async () => {
    await find(program, hands, "www.example.test");
    await revoke(program, hands, "www.example.test");
  });

  await step("revocation lists that OpenSSL judges by", async () => {
    const crls = await publish(program, hands);
    judgeByOpenssl(program, { registry, crls, revoked: www, valid: ok });
    assert.equal(program.unanswered, "", "every dialog that was expected was opened");
  });
});
