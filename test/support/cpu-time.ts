// How long something takes by the processor's clock: what other programs of the machine do meanwhile does not count.

/** Milliseconds of this process since it was called, threads of the runtime included. */
export function startCpuClock(): () => number {
  const begun = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(begun);
    return (user + system) / 1000;
  };
}
