// Every screen, by address, and what shows that it is there.
import { chancery } from "./program.mjs";

/** The screens of an open registry. `wait` is a test id that shows when the screen has its contents. */
export function screensOf(registry) {
  const { items: authorities } = chancery("--registry", registry, "authority", "list");
  const { items: certificates } = chancery("--registry", registry, "cert", "list");
  const certificate = certificates.find((one) => one.status === "revoked") ?? certificates[0];
  const authority = authorities.at(-1);
  return [
    { name: "overview", address: "/", wait: "authority-card" },
    { name: "certificates", address: "/certificates", wait: "certificate-row" },
    { name: "certificate", address: `/certificates/${certificate.id}`, wait: "certificate-export" },
    { name: "verify", address: `/verify?certificate=${certificate.id}`, wait: "verify-verdict" },
    { name: "new-certificate", address: "/new", wait: "issue-form" },
    { name: "many", address: "/many", wait: "many-drop" },
    { name: "requests", address: "/requests", wait: "requests-add" },
    { name: "authorities", address: "/authorities", wait: "authority-tree" },
    { name: "authority", address: `/authorities/${authority.id}`, wait: "authority-detail" },
    { name: "new-authority", address: "/authorities/new", wait: "authority-form" },
    { name: "renew-authority", address: `/authorities/${authority.id}?do=renew`, wait: "renew-preview" },
    { name: "retire-authority", address: `/authorities/${authority.id}?do=retire`, wait: "impact" },
    { name: "revocation", address: "/revocation", wait: "crl-authorities" },
    { name: "crl", address: `/revocation/${authority.id}`, wait: "crl-detail" },
    { name: "import", address: "/import", wait: "import-drop" },
    { name: "profiles", address: "/profiles", wait: "profiles" },
    { name: "profile", address: "/profiles/tls-server", wait: "profile" },
    { name: "profile-copy", address: "/profiles/tls-server/copy", wait: "profile-editor" },
    { name: "activity", address: "/activity", wait: "activity-entry" },
    { name: "settings", address: "/settings", wait: "settings-doctor" },
  ];
}

/** The screens without a registry. */
export const BARE = [
  { name: "welcome", address: "/welcome", wait: "welcome-create" },
  { name: "new-registry", address: "/welcome/create", wait: "registry-form" },
  { name: "bring-over", address: "/welcome/bring", wait: "welcome-bring-xca" },
];

/** Goes to a screen and waits until it has its contents and nothing moves any more. */
export async function visit(page, { address, wait }) {
  await page.go(address);
  await page.see(wait);
  await page.until("the screen to come to rest", () => page.driver.run(() => document.querySelector("[aria-busy=true], .spinner") === null && document.getAnimations().every((one) => one.playState !== "running" || one.effect?.getTiming().iterations === Infinity)));
}

/** Light or dark, as chosen in the settings. */
export async function theme(page, which) {
  await page.driver.run((wanted) => { document.documentElement.dataset.theme = wanted; }, which);
}
