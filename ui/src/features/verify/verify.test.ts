import { screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import type { CheckOutcome } from "../../ipc/generated/CheckOutcome";
import { location } from "../../lib/route.svelte";
import { show } from "../../testing/render";
import { deciding, worst } from "./verify.svelte";
import Verify from "./Verify.svelte";

const LEAF = "01900002-0000-7000-8000-000000000000";
const check = (name: string, result: string, subject: number): CheckOutcome => ({ check: name, result, detail: name, clause: "", subject });

describe("what decides", () => {
  it("is the first that refuses, else what could not be told", () => {
    const checks = [check("signature", "pass", 0), check("revocation", "unknown", 0), check("validity", "fail", 1)];
    expect(deciding({ trusted: false, path: [], checks })?.check).toBe("validity");
    expect(deciding({ trusted: true, path: [], checks: checks.slice(0, 2) })?.check).toBe("revocation");
    expect(deciding({ trusted: true, path: [], checks: checks.slice(0, 1) })).toBeNull();
    expect([worst(checks, 0), worst(checks, 1), worst(checks, 2)]).toEqual(["unknown", "fail", "pass"]);
  });
});

describe("the page", () => {
  it("asks for a certificate first", async () => {
    location.go("/verify");
    await show(Verify, {});
    expect(screen.getByText("Which certificate?")).toBeTruthy();
    expect(screen.queryByTestId("verify-options")).toBeNull();
  });

  it("shows the path as a picture, the root on top, and the checks of the one that is chosen", async () => {
    location.go("/verify", { certificate: LEAF });
    await show(Verify, {});
    await waitFor(() => expect(screen.getByTestId("verify-verdict").textContent).toContain("trusted"));
    const nodes = screen.getAllByTestId("chain-node");
    expect(nodes.at(0)?.textContent).toContain("root");
    expect(nodes.at(-1)?.textContent).toContain("judged");
    const all = screen.getAllByTestId("verify-check").length;
    const root = nodes[0];
    if (root === undefined) throw new Error("a path has a root");
    await userEvent.click(root);
    expect(screen.getAllByTestId("verify-group")).toHaveLength(1);
    expect(screen.getAllByTestId("verify-check").length).toBeLessThan(all);
  });

  it("says what refuses on the other path", async () => {
    location.go("/verify", { certificate: LEAF });
    await show(Verify, {});
    const [, other] = await screen.findAllByTestId("verify-path");
    if (other === undefined) throw new Error("there are two paths");
    await userEvent.click(other);
    const verdict = screen.getByTestId("verify-verdict");
    expect(within(verdict).getByText("Path length.")).toBeTruthy();
    expect(verdict.textContent).toContain("not trusted");
  });

  it("judges as of another day", async () => {
    location.go("/verify", { certificate: LEAF, at: "2039-01-01" });
    await show(Verify, {});
    await waitFor(() => expect(screen.getByTestId("verify-verdict").textContent).toContain("not trusted"));
  });
});
