// Problems and the fields they belong to: `names.patterns[2]`, `extensions.raw[0].oid`.
import type { ProfileProblem } from "../../ipc/generated/ProfileProblem";

/** Whether a path is a field or lies inside it. */
export function within(path: string, field: string): boolean {
  return path === field || path.startsWith(`${field}[`) || path.startsWith(`${field}.`);
}

/** What is wrong with a field and with all that lies inside it; null when nothing is. */
export function said(problems: readonly ProfileProblem[], field: string): string | null {
  const messages = problems.filter((problem) => within(problem.field, field)).map((problem) => problem.message);
  return messages.length === 0 ? null : [...new Set(messages)].join(" ");
}

/** The places in a list that something is wrong with. */
export function badAt(problems: readonly ProfileProblem[], field: string): number[] {
  const places = problems.flatMap((problem) => {
    if (!problem.field.startsWith(`${field}[`)) return [];
    const place = Number.parseInt(problem.field.slice(field.length + 1), 10);
    return Number.isNaN(place) ? [] : [place];
  });
  return [...new Set(places)];
}

/** The line that a problem of a text names; null where it names a field. */
export function lineOf(problem: ProfileProblem): number | null {
  const line = /^line (\d+)$/u.exec(problem.field)?.[1];
  return line === undefined ? null : Number(line);
}

/** The field's own place in the form, else that of what it lies in: `a.b[2].c`, `a.b[2]`, `a.b`, `a`. */
export function places(field: string): string[] {
  const parts = field.match(/^[^.[]+|\.[^.[]+|\[\d+\]/gu) ?? [field];
  return parts.map((_, at) => parts.slice(0, parts.length - at).join(""));
}
