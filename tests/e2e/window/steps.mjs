// Steps that build on one another: after one that failed the rest is left out, not failed again.

export function stepsOf(t) {
  let broken = null;
  return async (name, work) => {
    if (broken !== null) {
      await t.test(name, { skip: `“${broken}” failed` }, () => {});
      return;
    }
    broken = name;
    await t.test(name, async () => {
      await work();
      broken = null;
    });
  };
}
