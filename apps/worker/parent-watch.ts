/** How often it is looked whether the parent still lives. */
const LOOK_EVERY_MS = 500;

/**
 * Calls `onGone` once when the process that started this one has ended, so that a killed stack leaves nobody behind. A child whose
 * parent dies gets another parent.
 */
export function watchParent(onGone: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    onGone();
  }, LOOK_EVERY_MS);
  timer.unref();
}
