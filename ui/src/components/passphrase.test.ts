import { fireEvent, render, screen, waitFor } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import { forgetting } from "../lib/forgetting.svelte";
import Passphrase from "./Passphrase.svelte";

const field = (): HTMLInputElement => screen.getByTestId("secret");

/** A key event with Caps Lock on or off. */
function pressed(key: string, type: "keydown" | "keyup", on: boolean): KeyboardEvent {
  const event = new KeyboardEvent(type, { key, bubbles: true });
  Object.defineProperty(event, "getModifierState", { value: (name: string) => on && name === "CapsLock" });
  return event;
}

test("what is typed is hidden until it is asked for, and hidden again once it was used", async () => {
  const { rerender } = render(Passphrase, { value: "", testid: "secret" });
  const user = userEvent.setup();
  await user.type(field(), "correct horse");
  expect(field().type).toBe("password");
  const eye = screen.getByTestId("secret-show");
  await user.click(eye);
  expect([field().type, eye.getAttribute("aria-pressed"), eye.getAttribute("aria-label")]).toEqual(["text", "true", "Hide what is typed"]);
  expect(field().value).toBe("correct horse");
  await rerender({ value: "" });
  expect(field().type).toBe("password");
});

test("no browser keeps it or corrects it", () => {
  render(Passphrase, { value: "", testid: "secret" });
  expect([field().autocomplete, field().getAttribute("spellcheck"), field().getAttribute("autocapitalize")]).toEqual(["off", "false", "off"]);
});

test("Caps Lock is told of, also when it is pressed right there, and forgotten with the focus", async () => {
  render(Passphrase, { value: "", testid: "secret", describedby: "hint" });
  await fireEvent(field(), pressed("a", "keydown", true));
  const said = screen.getByRole("status");
  expect(said.textContent).toBe("Caps Lock is on.");
  expect(field().getAttribute("aria-describedby")).toBe(`hint ${said.id}`);
  await fireEvent(field(), pressed("CapsLock", "keydown", true));
  await fireEvent(field(), pressed("CapsLock", "keyup", false));
  expect(said.textContent).toBe("");
  await fireEvent(field(), pressed("b", "keydown", true));
  await fireEvent.blur(field());
  expect(said.textContent).toBe("");
});

test("the lock empties it", async () => {
  render(Passphrase, { value: "", testid: "secret" });
  await userEvent.setup().type(field(), "correct horse");
  forgetting.now();
  await waitFor(() => expect(field().value).toBe(""));
});
