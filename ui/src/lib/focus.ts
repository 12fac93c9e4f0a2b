/**
 * Moves the focus into a dialog that opens: to its first field, else what it marks with `data-first`, else its first button at the foot, else the dialog itself.
 *
 * At once, and not when the next frame is drawn (the component kit's own way): what is typed right after Ctrl K belongs to the commands,
 * also where drawing is slow.
 */
export function focusInto(event: Event, dialog: HTMLElement | null): void {
  if (dialog === null) return;
  event.preventDefault();
  const first = dialog.querySelector<HTMLElement>("input:not(:disabled), select:not(:disabled), textarea:not(:disabled)") ?? dialog.querySelector<HTMLElement>("[data-first], [data-dialog-foot] button:not(:disabled)");
  (first ?? dialog).focus({ preventScroll: true });
}
