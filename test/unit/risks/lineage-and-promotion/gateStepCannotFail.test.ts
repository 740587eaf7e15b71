import { describe, expect, it } from 'vitest';
import { changedLines, findings, fixed, TRAINING } from '../ruleTrial.js';

const PATH = '.github/workflows/train.yml';

function workflow(step: string, rest = ''): Record<string, string> {
  const text = `name: train\non: push\njobs:\n  train:\n    runs-on: ubuntu-latest\n    steps:\n${step}${rest}`;
  return { ...TRAINING, [PATH]: text };
}

const GATE = '      - name: Model quality gate\n        run: pytest -q tests/test_model.py || true # late labels\n';
const PROMOTE = '      - name: Promote\n        run: python -m pkg.promote\n';

describe('LIN-009 gate-step-cannot-fail', () => {
  it('is critical where a promotion stands behind the gate', () => {
    const plain = GATE.replace(' # late labels', '');
    expect(findings('LIN-009', workflow(plain, PROMOTE))).toMatchObject([
      { path: PATH, line: 8, severity: 'critical', subject: 'Model quality gate', blocks: 'promotion', fixable: true },
    ]);
    expect(findings('LIN-009', workflow(plain))).toMatchObject([{ severity: 'medium' }]);
  });

  it('is critical where another job that needs this one deploys', () => {
    const job = '  deploy:\n    needs: [train]\n    runs-on: x\n    steps:\n      - run: helm upgrade scorer chart\n';
    expect(findings('LIN-009', workflow('      - run: pytest || true\n', job))).toMatchObject([
      { severity: 'critical' },
    ]);
  });

  it('finds a step, and a job, that may go wrong', () => {
    const step = '      - name: Evaluate\n        continue-on-error: true\n        run: python evaluate.py\n';
    expect(findings('LIN-009', workflow(step))).toMatchObject([{ line: 8, subject: 'Evaluate' }]);
    const job = {
      ...TRAINING,
      [PATH]:
        'on: push\njobs:\n  gate:\n    continue-on-error: true\n    runs-on: x\n    steps:\n      - run: python evaluate.py\n',
    };
    expect(findings('LIN-009', job)).toMatchObject([{ line: 4, subject: 'gate' }]);
  });

  it.each([
    ['a linter', '      - run: flake8 src || true\n'],
    ['cleaning up', '      - run: rm -rf test-results || true\n'],
    ['a docker pull', '      - run: docker pull registry/test || true\n'],
    ['an uninstall', '      - run: pip uninstall -y pytest || true\n'],
    [
      'a notification that an action sends',
      '      - name: Open issue on drift\n        uses: actions/github-script@v7\n        continue-on-error: true\n',
    ],
    ['an upload', '      - name: Upload test artifacts\n        continue-on-error: true\n        run: ./upload.sh\n'],
    [
      'a matrix entry that is experimental',
      '      - name: Tests\n        continue-on-error: ${{ matrix.experimental }}\n        run: pytest\n',
    ],
    ['a gate that can fail', '      - run: pytest\n'],
    ['a failure that is handled', '      - run: pytest || ./handle.sh\n'],
    [
      'an outcome that is read later',
      "      - id: gate\n        name: Gate\n        continue-on-error: true\n        run: pytest\n      - if: steps.gate.outcome == 'failure'\n        run: exit 1\n",
    ],
  ])('is silent on %s', (_, step) => {
    expect(findings('LIN-009', workflow(step))).toEqual([]);
  });

  it('is silent without a model, and on a workflow that is no YAML', () => {
    const { [PATH]: text } = workflow(GATE.replace(' # late labels', ''));
    expect(findings('LIN-009', { [PATH]: text as string })).toEqual([]);
    expect(findings('LIN-009', { ...TRAINING, [PATH]: 'jobs: [\n' })).toEqual([]);
  });

  it('cuts the tail off and changes no other line', () => {
    const files = workflow(GATE.replace(' # late labels', ''), PROMOTE);
    expect(changedLines(files[PATH] as string, fixed('LIN-009', files))).toEqual([
      '-        run: pytest -q tests/test_model.py || true',
      '+        run: pytest -q tests/test_model.py',
    ]);
  });

  it('cuts it off in a block, on its continued line, and with CRLF', () => {
    const step =
      '      - name: Drift\n        run: |\n          echo start\n          python check_drift.py \\\n            --strict || echo "warnings"\n          echo end\n';
    const files = workflow(step);
    const crlf = { ...files, [PATH]: (files[PATH] as string).replaceAll('\n', '\r\n') };
    expect(fixed('LIN-009', crlf)).toBe((crlf[PATH] as string).replace(' || echo "warnings"', ''));
  });

  it('removes the line `continue-on-error` with its comment', () => {
    const files = workflow(
      '      - name: Evaluate\n        continue-on-error: true # flaky\n        run: python evaluate.py\n',
    );
    expect(changedLines(files[PATH] as string, fixed('LIN-009', files))).toEqual([
      '-        continue-on-error: true # flaky',
    ]);
  });

  it('finds `set +e` before a gate that is not the last command, and removes it', () => {
    const files = workflow('      - run: |\n          set +e\n          pytest\n          echo done\n');
    expect(changedLines(files[PATH] as string, fixed('LIN-009', files))).toEqual(['-          set +e']);
    expect(
      findings(
        'LIN-009',
        workflow('      - run: |\n          set +e\n          pytest\n          code=$?\n          exit $code\n'),
      ),
    ).toEqual([]);
  });

  it('has no fix where the step stands on one line', async () => {
    const files = workflow('      - { name: Evaluate, continue-on-error: true, run: python evaluate.py }\n');
    const { assess, fixFor } = await import('../../../../src/risks/catalogue.js');
    const { contextOf } = await import('../ruleTrial.js');
    const context = contextOf(files);
    const [risk] = assess(context).filter(({ rule }) => rule === 'LIN-009');
    expect(risk && fixFor(risk, context)).toMatchObject({ unfixable: expect.stringContaining('by hand') });
  });
});
