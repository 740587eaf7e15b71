import { test } from 'vitest';
import { readFileSync, readdirSync } from 'node:fs';
import { proveAlerting } from '/work/main/src/proofs/alerting/proveAlerting.js';
import { readRuleFile } from '/work/main/src/proofs/alerting/ruleFile.js';
import { summarise } from '/work/main/src/proofs/summarise.js';
const files = process.env.FILES!.split(',');
const am = process.env.AM;
test('try', async () => {
  const totals: Record<string, number> = {};
  for (const f of files) {
    const text = readFileSync(f, 'utf8');
    const names = [...new Set(readRuleFile(text, f).alerts.map(a => a.alert))];
    for (const n of names) {
      const r = await proveAlerting({ rulesText: text, rulesPath: 'r.yml', alerts: [n], tools: { promtool: '/usr/bin/promtool', amtool: '/usr/bin/amtool' }, ...(am ? { alertmanager: { text: readFileSync(am, 'utf8'), path: 'am.yml' } } : {}) });
      const s = summarise(r);
      const bad = r.probes.find(p => p.verdict === 'failed') ?? r.probes.find(p => p.verdict === 'not-run');
      const v = s.verdict === 'proved' ? 'proved' : bad!.verdict;
      totals[v] = (totals[v] ?? 0) + 1;
      console.log(v, f.split('/').at(-1), n, v === 'proved' ? '' : bad!.id + ' ' + bad!.observed.slice(0, 400));
      if (process.env.SHOW) for (const p of r.probes) { console.log(p.verdict, p.sign, p.id, '|', p.statement, '|', p.observed); if (process.env.SHOW === '2') for (const e of p.evidence) console.log('---', e.name, '\n' + e.content); }
    }
  }
  console.log(JSON.stringify(totals));
}, 1500000);
