// The screens of other people's trust lists and CRLs.
const MASTER_LIST = "01900046-0000-7000-8000-000000000001";
const PARTNER_CRL = "01900046-0000-7000-8000-000000000002";
const MACHINE = "01900046-0000-7000-8000-000000000003";
const DIRECTORY = "01900046-0000-7000-8000-000000000004";
const SWISS_LIST = "01900046-0000-7000-8000-000000000005";

/** Name, address, scenario, what is done before looking. */
export const SOURCES = [
  ["sources", "#/sources", ""],
  ["sources-many", "#/sources", "sources=many", async (page) => (await page.getByTestId("source-list").focus(), page.keyboard.press("End"))],
  ["sources-empty", "#/sources", "empty"],
  ["source-create", "#/sources?do=add", "", (page) => page.getByTestId("source-name").waitFor()],
  ["source-create-list", "#/sources?do=add", "", createList],
  ["source-create-wrong", "#/sources?do=add", "", async (page) => (await page.getByTestId("source-kind").selectOption("icao-master-list"), await page.getByTestId("source-place-url").click(), page.getByTestId("source-go").click())],
  ["source-create-refused", "#/sources?do=add", "sources=refused", async (page) => (await page.getByTestId("source-file").click(), await page.getByTestId("source-go").click(), page.getByRole("alert").waitFor())],
  ["source", `#/sources/${MASTER_LIST}`, ""],
  ["source-directory", `#/sources/${DIRECTORY}`, ""],
  ["source-countries", `#/sources/${DIRECTORY}`, "", (page) => page.getByTestId("source-countries").evaluate((part) => part.scrollIntoView())],
  ["source-machine", `#/sources/${MACHINE}`, ""],
  ["source-failed", `#/sources/${SWISS_LIST}`, ""],
  ["source-retrying", `#/sources/${PARTNER_CRL}`, ""],
  ["source-remove", `#/sources/${MASTER_LIST}?do=remove`, "", (page) => page.getByTestId("source-removing").waitFor()],
  ["source-certificates", `#/sources/${DIRECTORY}/certificates`, "sources=many", async (page) => (await page.getByTestId("source-certificate-list").focus(), await page.keyboard.press("End"), page.waitForTimeout(200))],
  ["source-certificate", `#/sources/${DIRECTORY}/certificates/214?kind=document-signer&at=200`, "", (page) => page.getByTestId("source-certificate-pem").waitFor()],
  ["source-certificate-verdict", `#/sources/${DIRECTORY}/certificates/20`, "", async (page) => (await page.getByTestId("certificate-verify").click(), page.getByTestId("verdict").scrollIntoViewIfNeeded())],
  ["source-certificates-none", `#/sources/${MASTER_LIST}/certificates?kind=other&country=FR`, ""],
  ["source-crls", `#/sources/${DIRECTORY}/crls`, ""],
  ["source-crl", `#/sources/${PARTNER_CRL}/crls/${PARTNER_CRL}.1`, "", (page) => page.getByTestId("source-revoked").first().waitFor()],
  ["source-crls-empty", `#/sources/${MASTER_LIST}/crls`, ""],
  ["source-quarantine", `#/sources/${DIRECTORY}/quarantine/1`, "", (page) => page.getByTestId("source-quarantine-bytes").waitFor()],
  ["source-quarantine-empty", `#/sources/${MACHINE}/quarantine`, ""],
  ["source-history", `#/sources/${PARTNER_CRL}/history`, "sources=many"],
  ["source-difference", `#/sources/${MASTER_LIST}/difference`, ""],
  ["source-difference-same", `#/sources/${MASTER_LIST}/difference`, "sources=same"],
  ["source-difference-shrunken", `#/sources/${MASTER_LIST}/difference`, "sources=shrunken"],
  ["source-difference-confirm", `#/sources/${MASTER_LIST}/difference`, "sources=shrunken", async (page) => (await page.getByTestId("source-replace").click(), page.getByTestId("source-shrink-typed").fill("German"))],
  ["source-difference-many", `#/sources/${DIRECTORY}/difference`, "sources=shrunken"],
  ["source-difference-refused", `#/sources/${MASTER_LIST}/difference`, "sources=refused"],
  ["source-difference-failed", `#/sources/${SWISS_LIST}/difference`, ""],
  ["source-difference-file", `#/sources/${MASTER_LIST}/difference?file=1`, "", (page) => page.getByTestId("source-changes").waitFor()],
  ["source-refreshing", `#/sources/${MASTER_LIST}/difference`, "sources=refreshing", (page) => page.getByTestId("long-work").waitFor()],
  ["source-unknown", "#/sources/nobody", ""],
];

async function createList(page) {
  await page.getByTestId("source-kind").selectOption("icao-master-list");
  await page.getByTestId("source-place-url").click();
  await page.getByTestId("source-url").fill("https://download.example/DE_ML.ml");
  await page.getByTestId("source-signers").click();
  await page.getByTestId("source-name").fill("German master list");
  await page.getByTestId("source-go").click();
  await page.getByRole("alert").waitFor();
}
