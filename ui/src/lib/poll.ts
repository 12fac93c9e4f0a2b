/** Does `work` now and again `wait()` milliseconds after each end, until stopped. Rests while the window is hidden. */
export function poll(work: () => Promise<void>, wait: () => number): () => void {
  let stopped = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const round = async (): Promise<void> => {
    if (!document.hidden) await work();
    if (!stopped) timer = setTimeout(() => void round(), wait());
  };
  void round();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
