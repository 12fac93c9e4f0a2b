import { expect, test } from "vitest";
import { Failure } from "../../ipc/errors";
import type { Page } from "../../ipc/generated/Page";
import { find, PAGE, Rows, type Ask } from "./rows.svelte";

interface Row {
  readonly id: string;
}

/** A list of so many rows, whose cursors are places. */
function listOf(count: number, asked: (readonly [number, string | null])[] = []): Ask<Row> {
  return (limit, after): Promise<Page<Row>> => {
    asked.push([limit, after]);
    const start = Number(after ?? "0");
    const end = Math.min(count, start + limit);
    return Promise.resolve({ items: Array.from({ length: end - start }, (_, at) => ({ id: `r${start + at}` })), next: end < count ? String(end) : null, total: { count, atLeast: false } });
  };
}

test("a list is read page by page, and remembers on which page a row is", async () => {
  const rows = new Rows<Row>();
  await rows.begin(listOf(250));
  expect(rows.items).toHaveLength(PAGE);
  expect(rows.more).toBe(true);
  await rows.goOn();
  await rows.goOn();
  await rows.goOn();
  expect(rows.items).toHaveLength(250);
  expect(rows.more).toBe(false);
  expect(rows.total.count).toBe(250);
  expect([rows.cursor("r3"), rows.cursor("r100"), rows.cursor("r249")]).toEqual([null, "100", "200"]);
});

test("the same list read anew keeps as many rows as there were, and an answer to the one before is dropped", async () => {
  const rows = new Rows<Row>();
  const asked: (readonly [number, string | null])[] = [];
  await rows.begin(listOf(250, asked));
  await rows.goOn();
  await rows.begin(listOf(250, asked), true);
  expect(asked.at(-1)).toEqual([200, null]);
  expect(rows.items).toHaveLength(200);
  let answer: (page: Page<Row>) => void = () => {};
  const late = rows.begin(() => new Promise((resolve) => (answer = resolve)));
  await rows.begin(listOf(3));
  answer({ items: [{ id: "late" }], next: null, total: { count: 1, atLeast: false } });
  await late;
  expect(rows.items.map((row) => row.id)).toEqual(["r0", "r1", "r2"]);
});

test("a page that fails leaves what is there, and is asked for again", async () => {
  const rows = new Rows<Row>();
  let broken = false;
  const whole = listOf(150);
  await rows.begin((limit, after) => (broken ? Promise.reject(new Failure("registry-busy")) : whole(limit, after)));
  broken = true;
  await rows.goOn();
  expect(rows.failure?.code).toBe("registry-busy");
  expect(rows.items).toHaveLength(100);
  // Scrolling does not ask again and again for what fails.
  await rows.goOn();
  broken = false;
  await rows.again();
  expect(rows.items).toHaveLength(150);
  expect(rows.failure).toBeNull();
});

test("a row is found by its address: here, on its page, or nowhere", async () => {
  const rows = new Rows<Row>();
  const asked: (readonly [number, string | null])[] = [];
  const ask = listOf(5000, asked);
  await rows.begin(ask);
  expect((await find(rows, "r7", ask, null))?.id).toBe("r7");
  expect(asked).toHaveLength(1);
  expect((await find(rows, "r4321", ask, "4300"))?.id).toBe("r4321");
  expect(asked.at(-1)?.[1]).toBe("4300");
  expect(await find(rows, "gone", ask, null)).toBeNull();
});
