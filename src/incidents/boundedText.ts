/** The text in at most `limit` characters, well-formed, with a mark that says how much was cut. */
export function boundedText(text: string, limit: number): string {
  const whole = wellFormed(text);
  if (whole.length <= limit) return whole;
  const mark = `… [${whole.length} characters]`;
  return wellFormed(whole.slice(0, limit - mark.length), '') + mark;
}

// Canonical JSON has no form for a lone surrogate, so one in a label would stop the whole task.
function wellFormed(text: string, replacement = '\uFFFD'): string {
  return text.replace(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g, replacement);
}
