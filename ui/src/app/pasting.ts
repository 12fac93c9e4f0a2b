/** What is pasted outside of every field and dialog, where it is PEM; else null. */
export function pemIn(event: ClipboardEvent): string | null {
  const target = event.target instanceof Element ? event.target : null;
  if (target?.closest("input, textarea, select, [contenteditable], [role='dialog']")) return null;
  const text = event.clipboardData?.getData("text/plain") ?? "";
  return text.includes("-----BEGIN ") ? text : null;
}
