const UNITS: readonly (readonly [string, number])[] = [
  ['y', 31_536_000_000],
  ['w', 604_800_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
];
const FORM = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;
const MAX_DURATION_LENGTH = 64;

/** Seconds of a Prometheus duration (`90s`, `1h30m`, `0`), undefined when it isn't one. */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  const parts = text.length > 0 && text.length < MAX_DURATION_LENGTH ? FORM.exec(text) : null;
  if (parts === null) return undefined;
  return UNITS.reduce((sum, [, size], index) => sum + Number(parts[index + 1] ?? 0) * size, 0) / 1000;
}

/** Seconds, to the millisecond, as a Prometheus duration: `5400` → `1h30m`, `0.25` → `250ms`, `0` → `0s`. */
export function formatDuration(seconds: number): string {
  let rest = Math.round(Math.abs(seconds) * 1000);
  if (rest === 0) return '0s';
  let text = seconds < 0 ? '-' : '';
  for (const [unit, size] of UNITS) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) text += `${count}${unit}`;
  }
  return text;
}
