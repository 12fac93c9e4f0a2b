// Keys in the real window, in a real Secret Service: locked, lost, replaced, brought back, and a keyring that says nothing.
import { strict as assert } from "node:assert";
import { after, test } from "node:test";
import { accessible } from "../window/axe.mjs";
import { Mouse } from "../window/hands.mjs";
import { deleteEntry, entryOf, replaceEntry, whileSilent } from "../window/keyring.mjs";
import { createAuthorities, createRegistry, RECOVERY_PASSPHRASE } from "../window/main_job.mjs";
import { chancery, Program } from "../window/program.mjs";
import { theme, visit } from "../window/screens.mjs";
import { keyLines } from "../window/secrecy.mjs";
import { stepsOf } from "../window/steps.mjs";
import { KEY } from "../window/webdriver.mjs";

const program = new Program();
after(() => program.end());

const settings = (section) => ({ address: `/settings?section=${section}`, wait: "settings-doctor" });

test("keys in the window", async (t) => {
  const page = await program.open();
  const hands = new Mouse(page);
  const step = stepsOf(t);
  let registry;
  let keys;
  /** The private keys of this registry: those of other tests stand in the same keyring. */
  const ours = () => keyLines(entryOf(keyOf("Issuing")).user.split("/")[0]);

  const rows = () => page.driver.run(() => [...document.querySelectorAll('[data-testid="settings-keys"] [data-testid="key-row"]')].map((one) => ({ state: one.dataset.state, text: one.innerText })));
  const states = async () => (await rows()).map((one) => one.state).sort().join(" ");
  const stand = (wanted) => page.until(`keys that are ${wanted}`, async () => (await states()) === wanted);
  /** The id of a key, by the name of its authority. */
  const keyOf = (name) => {
    const { items } = chancery("--registry", registry, "key", "list");
    return items.find((one) => one.owner?.name.includes(name))?.id;
  };
  const both = async (where) => {
    for (const look of ["light", "dark"]) {
      await theme(page, look);
      await accessible(page, `${where}, ${look}`);
    }
  };
  const restore = async () => {
    await visit(page, { address: "/settings?section=recovery&do=restore", wait: "recovery-form" });
    program.answer(program.path("acme.recovery"));
    await hands.press("recovery-choose");
    await hands.fill("recovery-passphrase", RECOVERY_PASSPHRASE);
    await hands.press("recovery-go");
    return page.textOf("recovery-outcome");
  };

  await step("two authorities in the keyring, and their keys ready", async () => {
    registry = await createRegistry(program, hands);
    await createAuthorities(program, hands);
    keys = ours();
    assert.equal(keys.length, 2);
    await visit(page, settings("keys"));
    await stand("ready ready");
    await hands.press("keys-prove-all");
    await page.says("keys-proved", /2 keys are proven/u);
    await both("the keys");
  });

  await step("locked by hand: what is there can be looked at, signing asks", async () => {
    await page.driver.press(["l"], [KEY.control]);
    await page.says("lock-bar", /The keys are locked\./u);
    await stand("locked locked");
    await visit(page, { address: "/certificates", wait: "certificate-row" });
    await hands.press("nav-revocation");
    await hands.press("crl-build");
    await hands.press("unlock-go");
    await page.gone("lock-bar");
  });

  await step("an entry that another program deleted is missing, in words, and comes back from the recovery file", async () => {
    deleteEntry(keyOf("Root"));
    await visit(page, settings("keys"));
    await hands.press("keys-prove-all");
    await stand("missing ready");
    const lost = (await rows()).find((one) => one.state === "missing");
    assert.match(lost.text, /not made anew/u);
    await both("a missing key");
    assert.equal(ours().length, 1, "nothing was made in its place");
    assert.match(await restore(), /1 key is back/u);
    await visit(page, settings("keys"));
    await stand("ready ready");
    assert.deepEqual(ours().map((one) => one.secret).sort(), keys.map((one) => one.secret).sort(), "the same keys as before");
  });

  await step("an entry that holds another key is told apart, set aside, and the right one comes back", async () => {
    replaceEntry(keyOf("Root"), entryOf(keyOf("Issuing")).secret);
    await visit(page, settings("keys"));
    await hands.press("keys-prove-all");
    await stand("ready wrong-key");
    await hands.press("key-set-aside");
    await hands.press("key-set-aside-confirm-go");
    await page.see("stray-row");
    await stand("missing ready");
    assert.match(await restore(), /1 key is back/u);
    await visit(page, settings("keys"));
    await stand("ready ready");
    await page.see("stray-row");
    await both("stray entries");
  });

  await step("the recovery file opens with its passphrase only", async () => {
    await visit(page, { address: "/settings?section=recovery&do=test", wait: "recovery-form" });
    program.answer(program.path("acme.recovery"));
    await hands.press("recovery-choose");
    await hands.fill("recovery-passphrase", "something else");
    await hands.press("recovery-go");
    assert.equal((await page.failure()).code, "passphrase-wrong");
    await hands.fill("recovery-passphrase", RECOVERY_PASSPHRASE);
    await hands.press("recovery-go");
    await page.says("recovery-outcome", /could bring 2 keys back/u);
    await hands.press("recovery-drill");
    await both("the drill");
  });

  await step("a keyring that says nothing stalls nothing: while a key waits for it the page draws, and the core answers", async () => {
    await visit(page, settings("keys"));
    const before = ours().map((one) => one.secret).sort();
    await whileSilent(async () => {
      await hands.press("keys-prove-all");
      await page.see("keyring-wait");
      await page.says("keyring-wait", /Waiting for the keyring/u);
      // All of this happens within one wait: only somebody, or the deadline of thirty seconds, ends it.
      for (const [address, shown] of [["/certificates", "certificate-row"], ["/authorities", "authority-tree"], ["/activity", "activity-entry"]]) {
        await page.go(address);
        await page.see(shown);
      }
      const { frames, answers } = await page.driver.runAsync(async () => {
        const lived = { frames: 0, answers: 0 };
        let over = false;
        const draw = () => { lived.frames += 1; if (!over) requestAnimationFrame(draw); };
        requestAnimationFrame(draw);
        while (lived.answers < 30 || lived.frames < 30) {
          await window.__TAURI_INTERNALS__.invoke("audit_list", { request: {} });
          lived.answers += 1;
        }
        over = true;
        return lived;
      });
      assert.ok(frames >= 30 && answers >= 30, `${frames} frames, ${answers} answers`);
      assert.ok(await page.has("keyring-wait"), "the key still waits");
      await hands.press("keyring-wait-cancel");
      await page.gone("keyring-wait");
    });
    await visit(page, settings("keys"));
    await stand("ready ready");
    assert.deepEqual(ours().map((one) => one.secret).sort(), before, "the same entries as before");
  });
});
