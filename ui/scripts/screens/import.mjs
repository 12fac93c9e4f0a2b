// The screens of what is brought in: an import, and files that are dropped or opened.

/** Name, address, scenario, what is done before looking. */
export const IMPORT = [
  ["import", "#/import", ""],
  ["import-paste", "#/import", "", (page) => page.getByTestId("import-paste").click()],
  ["import-plan", "#/import", "", look],
  ["import-plan-objects", "#/import", "", async (page) => (await look(page), await page.getByTestId("import-objects").scrollIntoViewIfNeeded())],
  ["import-wrong-password", "#/import", "", async (page) => (await look(page), await password(page, "not this one"), page.getByTestId("import-wrong").waitFor())],
  ["import-large", "#/import", "importing=large", async (page) => (await look(page), await page.getByTestId("import-next").click(), page.getByTestId("import-page").scrollIntoViewIfNeeded())],
  ["import-known", "#/import", "importing=known", (page) => chooseFiles(page, "import-nothing")],
  ["import-nothing", "#/import", "importing=nothing", (page) => chooseFiles(page, "import-nothing")],
  ["import-looking", "#/import", "importing=looking", (page) => chooseFiles(page, "import-looking")],
  ["import-look-stopped", "#/import", "importing=looking", async (page) => (await chooseFiles(page, "import-looking"), await page.getByTestId("import-cancel").click(), page.getByTestId("import-look-stopped").waitFor())],
  ["import-running", "#/import", "importing=running", async (page) => (await look(page), await open(page), await page.getByTestId("import-run").click(), await page.getByTestId("import-running").waitFor(), page.waitForTimeout(700))],
  ["import-done", "#/import", "", take],
  ["import-done-large", "#/import", "importing=large", async (page) => (await look(page), await page.getByTestId("import-run").click(), page.getByTestId("import-done").waitFor())],
  ["drop", "#/", "dragging"],
  ["opened", "#/", "opened=server.crt", (page) => page.getByTestId("opened-object").waitFor()],
  ["opened-alone", "#/welcome", "closed&opened=server.crt", (page) => page.getByTestId("opened-object").waitFor()],
  ["opened-request", "#/", "opened=git.csr", (page) => page.getByTestId("opened-object").waitFor()],
  ["opened-crl", "#/", "opened=partner.crl", (page) => page.getByTestId("opened-object").waitFor()],
  ["opened-key", "#/", "opened=server.key", (page) => page.getByTestId("opened-object").waitFor()],
  ["opened-store", "#/", "opened=server.p12", (page) => page.getByTestId("opened-locked").waitFor()],
  ["opened-wrong", "#/", "opened=server.p12", async (page) => (await page.getByTestId("opened-password").fill("wrong"), await page.getByTestId("opened-unlock").click(), page.getByRole("alert").waitFor())],
  ["opened-mixed", "#/", "opened=mixed.pem&opened=server.p12&opened=acme.xdb", async (page) => (await page.getByTestId("opened-object").nth(3).waitFor(), page.getByTestId("opened-unfold").nth(1).click())],
  ["opened-many", "#/", "opened=many.pem", (page) => page.getByTestId("opened-more").waitFor()],
  ["opened-database", "#/", "opened=acme.xdb", (page) => page.getByTestId("opened-holds").waitFor()],
  ["opened-registry", "#/", "opened=other.chancery", (page) => page.getByTestId("opened-holds").waitFor()],
  ["opened-nothing", "#/", "opened=notes.txt", (page) => page.getByTestId("opened-holds").waitFor()],
  ["opened-empty", "#/opened", ""],
];

async function chooseFiles(page, seen) {
  await page.getByTestId("import-files").click();
  await page.getByTestId(seen).waitFor();
}

function look(page) {
  return chooseFiles(page, "import-run");
}

async function password(page, text) {
  await page.getByTestId("import-password").fill(text);
  await page.getByTestId("import-try").click();
}

/** Both invented keys, where there are any. */
async function open(page) {
  if ((await page.getByTestId("import-locked").count()) === 0) return;
  await password(page, "old password");
  await page.getByText("1 locked object wants").waitFor();
  await password(page, "another password");
  await page.getByTestId("import-locked").waitFor({ state: "detached" });
}

async function take(page) {
  await look(page);
  await open(page);
  await page.getByTestId("import-run").click();
  await page.getByTestId("import-done").waitFor();
}
