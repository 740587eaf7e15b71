/**
 * A process of its own for one run of the proof, whose time and memory are measured from its start to its
 * last verdict. It is sent the rule files, and sends back the figures and what promtool was given.
 */
import { Promtool } from '../../dist/proofs/alerts/prove/runPromtool.js';
import { proveAlerts } from '../../dist/proofs/alerts/proveAlerts.js';

/** All that ran promtool; each knows how long its processes took. */
const runners = new Set();
const { test } = Promtool.prototype;
Promtool.prototype.test = function (...args) {
  runners.add(this);
  return test.apply(this, args);
};

process.once('message', async ({ files, promtool, jobs }) => {
  const unusable = [];
  const verdicts = await proveAlerts({
    files,
    promtool,
    jobs,
    scrapeInterval: 30,
    now: 0,
    onUnusable: ({ file, reason }) => unusable.push(`${file}: ${reason}`),
  });
  // performance.now() counts from the start of the process, and Node counts memory in KiB.
  const figures = { wallMs: performance.now(), peakKiB: process.resourceUsage().maxRSS };
  const promtoolMs = [...runners].reduce((sum, { seconds }) => sum + seconds * 1000, 0);
  const counts = {};
  for (const { verdict } of verdicts) counts[verdict] = (counts[verdict] ?? 0) + 1;
  process.send(
    { ...figures, promtoolMs, counts, unusable, evidence: verdicts.flatMap(({ evidence }) => evidence ?? []) },
    () => process.disconnect(),
  );
});
