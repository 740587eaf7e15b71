import { describe, expect, it } from 'vitest';
import { junit } from '../../../../../src/proofs/alerts/formats/junit.js';
import { verdict } from '../verdictSample.js';

describe('junit', () => {
  it('has a suite a file and a case a rule, with faults as failures and what is not provable as skipped, and an error a file that can not be used', () => {
    const text = junit(
      [
        verdict(),
        verdict({ alert: 'Never', verdict: 'never_fires', reason: 'a < b & "c"\u0000', seconds: 1 }),
        verdict({
          file: 'b.yml',
          verdict: 'not_provable',
          reason: 'limitk',
          findings: [{ code: 'intermittent', message: 'x' }],
        }),
      ],
      [{ file: 'c<.yml', reason: 'broken YAML at line 5' }],
    );
    expect(text).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites tests="4" failures="1" errors="1">
  <testsuite name="rules/a.yml" tests="2" failures="1" errors="0" skipped="0" time="1.250">
    <testcase name="HighErrorRate (line 4)" classname="rules/a.yml" time="0.250">
    </testcase>
    <testcase name="Never (line 4)" classname="rules/a.yml" time="1.000">
      <failure type="never_fires" message="a &lt; b &amp; &quot;c&quot;\uFFFD"/>
    </testcase>
  </testsuite>
  <testsuite name="b.yml" tests="1" failures="0" errors="0" skipped="1" time="0.250">
    <testcase name="HighErrorRate (line 4)" classname="b.yml" time="0.250">
      <skipped message="limitk"/>
      <system-out>intermittent: x</system-out>
    </testcase>
  </testsuite>
  <testsuite name="c&lt;.yml" tests="1" failures="0" errors="1" skipped="0" time="0.000">
    <testcase name="the file" classname="c&lt;.yml" time="0.000">
      <error type="unusable" message="broken YAML at line 5"/>
    </testcase>
  </testsuite>
</testsuites>
`);
  });
});
