import { render, screen } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import type { Asn1View } from "../ipc/generated/Asn1View";
import Asn1Tree from "./Asn1Tree.svelte";

const row = (depth: number, offset: number, name: string, text: string, holds = false): Asn1View["rows"][number] => ({ depth, offset, header: 2, length: 4, name, text, holds });

const view: Asn1View = {
  rows: [row(0, 0, "SEQUENCE", "", true), row(1, 2, "INTEGER", "2"), row(1, 5, "OCTET STRING", "", true), row(2, 7, "UTF8String", "inside"), row(1, 15, "NULL", "")],
  whole: false,
  size: 40,
};

const names = (): (string | null)[] => screen.getAllByRole("treeitem").map((item) => item.querySelector(".name")?.textContent ?? null);

const focused = (): string => document.activeElement?.textContent ?? "";

test("elements open and close, and what is inside goes with them", async () => {
  render(Asn1Tree, { view });
  expect(names()).toEqual(["SEQUENCE", "INTEGER", "OCTET STRING", "UTF8String", "NULL"]);
  await userEvent.click(screen.getByText("OCTET STRING"));
  expect(names()).toEqual(["SEQUENCE", "INTEGER", "OCTET STRING", "NULL"]);
  expect(screen.getByText("4 octets").tagName).toBe("SPAN");
  await userEvent.click(screen.getByText("SEQUENCE"));
  expect(names()).toEqual(["SEQUENCE"]);
});

test("arrows move as in any tree", async () => {
  render(Asn1Tree, { view });
  const user = userEvent.setup();
  await user.tab();
  expect(focused()).toContain("SEQUENCE");
  await user.keyboard("{ArrowDown}{ArrowDown}{ArrowLeft}");
  expect(names()).toHaveLength(4);
  await user.keyboard("{ArrowRight}{ArrowRight}");
  expect(focused()).toContain("inside");
  await user.keyboard("{ArrowLeft}");
  expect(focused()).toContain("OCTET STRING");
  await user.keyboard("{End}");
  expect(focused()).toContain("NULL");
});

test("what cannot be read is said", () => {
  render(Asn1Tree, { view });
  expect(screen.getByText(/cannot be read/).tagName).toBe("P");
});
