/** A moment for a person: `2026-11-25 10:08 UTC`. What is no RFC 3339 time stays as it is. */
export function shownTime(moment: string): string {
  const parts = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}):\d{2}(?:\.\d+)?(Z|[+-]\d{2}:\d{2})$/.exec(moment);
  if (parts === null) return moment;
  const [, date, time, zone] = parts;
  return `${date} ${time} ${zone === 'Z' ? 'UTC' : zone}`;
}
