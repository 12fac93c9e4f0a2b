// The main job in the real window, with a picture of each step; certificates and CRLs are left beside the pictures.
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { Mouse } from "../window/hands.mjs";
import { createAuthorities, createRegistry, find, issue, judgeByOpenssl, publish, revoke } from "../window/main_job.mjs";
import { Program } from "../window/program.mjs";
import { screensOf, theme, visit } from "../window/screens.mjs";

const folder = process.env.CHANCERY_TOUR;
if (!folder) throw new Error("CHANCERY_TOUR names the folder for the pictures");
mkdirSync(folder, { recursive: true });

const program = new Program();
const steps = [];
try {
  const page = await program.open();
  const hands = new Mouse(page);
  const look = async (name) => {
    // What a step said is gone by itself a few seconds later; the next picture is of the next step.
    await page.driver.run(() => { for (const cross of document.querySelectorAll('[data-testid="toasts"] button')) cross.click(); });
    const file = `${String(steps.length + 1).padStart(2, "0")}-${name}.png`;
    writeFileSync(join(folder, file), await page.driver.picture());
    steps.push({ name, file });
  };
  const registry = await createRegistry(program, hands, look);
  await createAuthorities(program, hands, look);
  const revoked = await issue(program, hands, "www.example.test", look);
  const valid = await issue(program, hands, "ok.example.test", look);
  await find(program, hands, "www.example.test", look);
  await revoke(program, hands, "www.example.test", look);
  const crls = await publish(program, hands, look);
  judgeByOpenssl(program, { registry, crls, revoked, valid });
  for (const scheme of ["light", "dark"]) {
    await theme(page, scheme);
    for (const screen of screensOf(registry)) {
      await visit(page, screen);
      await look(`${screen.name}-${scheme}`);
    }
  }
  for (const path of [...crls, program.path("www.example.test"), program.path("ok.example.test")]) {
    cpSync(path, join(folder, basename(path)), { recursive: true, filter: (from) => !from.endsWith(".key") });
  }
  const lines = steps.map((step, place) => `${place + 1}. ${step.name}\n\n   ![${step.name}](${step.file})`);
  const judged = "OpenSSL (`verify -x509_strict -crl_check_all`) says revoked for www.example.test and OK for ok.example.test.";
  writeFileSync(join(folder, "index.md"), `# The tour\n\n${lines.join("\n")}\n\n${judged}\n`);
  console.log(`${steps.length} pictures in ${folder}`);
} finally {
  await program.end();
}
