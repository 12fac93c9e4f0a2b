// The numbers behind the picture of endings.
import type { ExpiryMonth } from "../../ipc/generated/ExpiryMonth";

export const SERIES = ["servers", "clients", "authorities", "others"] as const;
export type Series = (typeof SERIES)[number];

export interface Segment {
  readonly series: Series;
  readonly count: number;
  /** Lower and upper edge, in certificates. */
  readonly from: number;
  readonly to: number;
}

export interface Bar {
  readonly month: string;
  readonly total: number;
  readonly segments: readonly Segment[];
  /** Whole days from now until the month is over. */
  readonly days: number;
}

const DAY = 86_400_000;

export function bars(months: readonly ExpiryMonth[], now: number): readonly Bar[] {
  return months.map((month) => {
    let top = 0;
    const segments = SERIES.filter((series) => month[series] > 0).map((series) => {
      const from = top;
      top += month[series];
      return { series, count: month[series], from, to: top };
    });
    const year = Number(month.month.slice(0, 4));
    const end = Date.UTC(year, Number(month.month.slice(5, 7)), 1);
    return { month: month.month, total: top, segments, days: Math.max(1, Math.ceil((end - now) / DAY)) };
  });
}

/** Round values for an axis up to at least `most`: 0, 50, 100, … four steps or so. */
export function ticks(most: number): readonly number[] {
  const rough = Math.max(1, most) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(1, [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough) ?? 10 * power);
  const count = Math.max(1, Math.ceil(most / step));
  return Array.from({ length: count + 1 }, (_, at) => at * step);
}
