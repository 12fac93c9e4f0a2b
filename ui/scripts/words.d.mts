/** Every generated module, by file name. */
export function modules(source?: string): Map<string, string>;
