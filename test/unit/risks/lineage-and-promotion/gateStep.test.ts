import { describe, expect, it } from 'vitest';
import { isGateCommand, logicalLines, swallowedExit } from '../../../../src/risks/lineage-and-promotion/gateStep.js';

describe('gate commands', () => {
  it.each([
    'pytest -q tests/test_model.py',
    'python -m pkg.evaluate',
    'python scripts/check_drift.py',
    'dvc metrics diff',
    'python validate_data.py',
  ])('takes %j for a gate', (command) => expect(isGateCommand(command)).toBe(true));

  it.each([
    'flake8 src',
    'docker pull image:test',
    'pip uninstall -y tests',
    'mkdir -p tests',
    'rm -rf test-results',
    'codecov upload',
    'git commit -m "tests"',
    'ls eval',
  ])('takes %j for none', (command) => expect(isGateCommand(command)).toBe(false));
});

describe('swallowed exit codes', () => {
  it.each([
    ['pytest || true', ' || true'],
    ['pytest ||:', ' ||:'],
    ['pytest -k "a b" || exit 0', ' || exit 0'],
    ['python check.py || echo "done, with warnings"', ' || echo "done, with warnings"'],
  ])('finds the tail of %j', (command, tail) => expect(swallowedExit(command)?.tail).toBe(tail));

  it.each([
    'pytest',
    'pytest || exit 1',
    'pytest || handle_failure',
    'bash -c "pytest || true"',
    "sh -c 'pytest || true'",
    '(pytest || true) && deploy',
    'result=$(pytest || true)',
    `pytest ${'x'.repeat(5000)} || true`,
  ])('leaves %j alone', (command) => expect(swallowedExit(command)).toBeUndefined());

  it('answers at once for a line of many blanks', () => {
    expect(swallowedExit(`pytest${' '.repeat(3900)}x`)).toBeUndefined();
  });
});

describe('lines of a script', () => {
  it('joins continued lines and leaves comments out', () => {
    expect(logicalLines('# first\npytest \\\n  -q || true\n\necho ok\n')).toEqual([
      { text: 'pytest    -q || true', line: 2 },
      { text: 'echo ok', line: 4 },
    ]);
  });
});
