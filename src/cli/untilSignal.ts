/** Resolves at the first of these signals, which then don't end the process by themselves. */
export function untilSignal(names: readonly NodeJS.Signals[]): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    const done = (name: NodeJS.Signals) => {
      for (const each of names) process.removeListener(each, done);
      resolve(name);
    };
    for (const name of names) process.on(name, done);
  });
}
