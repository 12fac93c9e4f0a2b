import { render } from "@testing-library/svelte";
import userEvent, { type UserEvent } from "@testing-library/user-event";
import type { Component } from "svelte";
import { useBackend } from "../ipc/commands";
import { fakeBackend, type FakeBackend, type Scenario } from "../ipc/fake";
import { session } from "../ipc/session.svelte";

/** A component on an invented host, with an open registry. */
export async function show<P extends Record<string, unknown>>(component: Component<P>, props: P, scenario: Scenario = {}): Promise<{ backend: FakeBackend; user: UserEvent; container: HTMLElement }> {
  const backend = fakeBackend(scenario);
  useBackend(backend);
  await session.refresh();
  const { container } = render(component as unknown as Component, props as Record<string, never>);
  return { backend, user: userEvent.setup(), container };
}
