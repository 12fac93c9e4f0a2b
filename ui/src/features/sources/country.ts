import { t } from "../../i18n/words";

let names: Intl.DisplayNames | null = null;

/** What a country's code stands for in the language of the words; the code itself where nobody knows it. */
export function countryName(code: string): string {
  if (code === "") return t("sources.country.none");
  if (!/^[A-Z]{2}$/u.test(code)) return code;
  try {
    names ??= new Intl.DisplayNames(["en"], { type: "region", fallback: "code" });
    return names.of(code) ?? code;
  } catch {
    // Without names of its own the system shows the code, which is what the certificate says.
    return code;
  }
}
