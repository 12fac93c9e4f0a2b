// The memory of running programs, read as an administrator can.
import { strict as assert } from "node:assert";
import { execFileSync } from "node:child_process";

/** Everything that runs: `[process, parent, name]`. */
function running() {
  return execFileSync("ps", ["-eo", "pid=,ppid=,comm="], { encoding: "utf8" }).trim().split("\n").map((line) => line.trim().split(/\s+/u));
}

/** The process of this program's core. */
export function coresProcess() {
  const below = new Set([String(process.pid)]);
  const said = running();
  for (let turn = 0; turn < 6; turn += 1) for (const [id, parent] of said) if (below.has(parent)) below.add(id);
  const found = said.filter(([id, , name]) => below.has(id) && name.startsWith("chancery-desk"));
  assert.equal(found.length, 1, `one program: ${JSON.stringify(found)}`);
  return found[0][0];
}

/** The process that runs the page: WebKit's, begun by this program. */
export function pagesProcess() {
  const said = running();
  const below = new Set([coresProcess()]);
  for (let turn = 0; turn < 4; turn += 1) for (const [id, parent] of said) if (below.has(parent)) below.add(id);
  const found = said.filter(([id, , name]) => below.has(id) && name.startsWith("WebKitWebProc"));
  assert.equal(found.length, 1, `one page: ${JSON.stringify(found)}`);
  return found[0][0];
}

// WebKit sets tens of gigabytes aside and uses few of them: only what is in memory or in swap is read, two megabytes at a time.
const SCRIPT = `import array, json, sys
wanted = {name: bytes.fromhex(text) for name, text in json.load(sys.stdin).items()}
overlap = max(map(len, wanted.values()))
PAGE, PIECE, FAR = 4096, 1 << 21, 1 << 29
found = set()
try:
    memory = open(f"/proc/{sys.argv[1]}/mem", "rb", 0)
    pages = open(f"/proc/{sys.argv[1]}/pagemap", "rb", 0)
except PermissionError:
    sys.exit(print("null"))

def used(start, end):
    for far in range(start, end, FAR):
        pages.seek(far // PAGE * 8)
        entries = pages.read((min(end, far + FAR) - far) // PAGE * 8)
        for at in range(0, len(entries), PIECE // PAGE * 8):
            some = array.array("Q", entries[at:at + PIECE // PAGE * 8])
            if max(some) >= 1 << 62:
                yield far + at // 8 * PAGE, len(some) * PAGE

for line in open(f"/proc/{sys.argv[1]}/maps"):
    place, mode = line.split()[:2]
    if not mode.startswith("rw"): continue
    tail, before = b"", None
    for at, length in used(*(int(part, 16) for part in place.split("-"))):
        try:
            memory.seek(at)
            got = memory.read(length)
        except (OSError, ValueError): continue
        whole = (tail if at == before else b"") + got
        found.update(name for name, form in wanted.items() if form in whole)
        tail, before = whole[-overlap:], at + length
json.dump(sorted(found), sys.stdout)`;

/** Which of some byte strings, by name, a process holds in memory that can be written; null where the system does not let anybody look. */
export function heldBy(process_, wanted) {
  const input = JSON.stringify(Object.fromEntries(Object.entries(wanted).map(([name, form]) => [name, form.toString("hex")])));
  return JSON.parse(execFileSync("python3", ["-c", SCRIPT, process_], { input, encoding: "utf8" }));
}
