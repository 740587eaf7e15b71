const UNITS: readonly (readonly [string, number])[] = [
  ['y', 31_536_000],
  ['w', 604_800],
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
  ['s', 1],
  ['ms', 0.001],
];
const FORM = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;

/** Seconds of a Prometheus duration (`90s`, `1h30m`, `0`), undefined when it isn't one. */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  const parts = text.length > 0 && text.length < 64 ? FORM.exec(text) : null;
  if (parts === null) return undefined;
  return UNITS.reduce((sum, [, seconds], index) => sum + Number(parts[index + 1] ?? 0) * seconds, 0);
}

/** Whole seconds as a Prometheus duration, `5400` → `1h30m`, `0` → `0s`. */
export function formatDuration(seconds: number): string {
  let rest = Math.round(seconds);
  if (rest === 0) return '0s';
  let text = '';
  for (const [unit, size] of UNITS.slice(3, 6)) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) text += `${count}${unit}`;
  }
  return text;
}
