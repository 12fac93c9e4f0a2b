export type Theme = "system" | "light" | "dark";

const KEY = "theme";

/** The chosen appearance; `system` where none was chosen or nothing can be stored. */
export function theme(): Theme {
  try {
    const stored = window.localStorage.getItem(KEY);
    return stored === "light" || stored === "dark" ? stored : "system";
  } catch {
    return "system";
  }
}

/** Shows the chosen appearance. */
export function applyTheme(): void {
  const chosen = theme();
  if (chosen === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = chosen;
}

/** Chooses an appearance and keeps the choice. */
export function chooseTheme(chosen: Theme): void {
  try {
    if (chosen === "system") window.localStorage.removeItem(KEY);
    else window.localStorage.setItem(KEY, chosen);
  } catch {
    // Without storage the choice holds until the window closes.
  }
  if (chosen === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = chosen;
}

/** Whether the page is dark now. */
export function isDark(): boolean {
  const chosen = theme();
  return chosen === "dark" || (chosen === "system" && window.matchMedia("(prefers-color-scheme: dark)").matches);
}
