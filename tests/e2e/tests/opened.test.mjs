// Files that the window is started with: shown without being taken in, by the first start and by a second one in another folder.
import { strict as assert } from "node:assert";
import { copyFileSync, mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { after, test } from "node:test";
import { accessible } from "../window/axe.mjs";
import { Mouse } from "../window/hands.mjs";
import { createRegistry } from "../window/main_job.mjs";
import { certificatesIn, Program } from "../window/program.mjs";
import { stepsOf } from "../window/steps.mjs";

const data = (name) => fileURLToPath(new URL(`../../data/${name}`, import.meta.url));

const program = new Program();
after(() => program.end());

test("files that the window is started with", async (t) => {
  const page = await program.open({}, [data("openssl-ca/issuing/www.crt")]);
  const hands = new Mouse(page);
  const step = stepsOf(t);
  let registry;

  await step("a certificate is shown before there is a registry", async () => {
    await page.see("opened-object");
    await page.says("opened", /www\.crt/u);
    await hands.press("certificate-verify");
    await page.says("verdict", /not trusted/iu);
    await accessible(page, "a file that is opened without a registry");
  });

  await step("a second start in another folder hands a key store over, which opens with its password", async () => {
    await page.go("/welcome");
    registry = await createRegistry(program, hands);
    const folder = program.path("elsewhere");
    mkdirSync(folder);
    copyFileSync(data("keystores/modern.p12"), program.path("elsewhere", "store.p12"));
    program.startAgain(folder, "store.p12");
    await page.says("opened", /store\.p12/u);
    await hands.fill("opened-password", "changeit");
    await hands.press("opened-unlock");
    await page.gone("opened-locked");
    await page.see("opened-unfold");
    await accessible(page, "a key store that is opened");
    assert.equal(certificatesIn(registry), 0);
  });

  await step("several are a list, and what is looked at goes on to the import", async () => {
    program.startAgain(data("openssl-ca/issuing"), "www.csr", "db.crt");
    await page.says("opened-files", /www\.csr[\s\S]*db\.crt/u);
    await page.says("opened", /Certificate signing request/u);
    await hands.press("opened-import");
    await page.see("import-run");
    assert.equal(certificatesIn(registry), 0);
  });
});
