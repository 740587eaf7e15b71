import { describe, expect, it } from 'vitest';
import { readPython } from '../../../../src/lifecycle/readers/python.js';
import { classifyRoles } from '../../../../src/lifecycle/readers/pythonRoles.js';

const slice = (text: string, range: { start: number; end: number }): string => text.slice(range.start, range.end);
const roles = (text: string): string[] => classifyRoles(readPython('m.py', text)).roles;

describe('readPython', () => {
  it('gives calls with resolved callee, keywords, literals and the place to add an argument', () => {
    const text = 'from sklearn.model_selection import train_test_split as tts\na, b = tts(X, y, test_size=0.2)\n';
    const [call] = readPython('m.py', text).calls;
    expect(call).toMatchObject({
      callee: 'tts',
      resolved: 'sklearn.model_selection.train_test_split',
      line: 2,
      assignedTo: ['a', 'b'],
      trailingComma: false,
      scope: '',
    });
    expect(call?.arguments.map(({ name, value }) => [name, value])).toEqual([
      [undefined, { kind: 'name', name: 'X' }],
      [undefined, { kind: 'name', name: 'y' }],
      ['test_size', { kind: 'number', value: 0.2, text: '0.2' }],
    ]);
    expect(slice(text, call?.argumentList ?? { start: 0, end: 0 })).toBe('(X, y, test_size=0.2)');
    const at = (call?.argumentList.end ?? 0) - 1;
    expect(`${text.slice(0, at)}, random_state=42${text.slice(at)}`).toContain(
      'tts(X, y, test_size=0.2, random_state=42)',
    );
  });

  it('reads a module with a byte order mark, with the offsets and lines of the file as it is', () => {
    const text = '\ufefffrom sklearn.model_selection import train_test_split\na, b = train_test_split(X, y)\n';
    const module = readPython('m.py', text);
    expect(module.imports.map((one) => one.line)).toEqual([1]);
    const [call] = module.calls;
    expect(call).toMatchObject({ resolved: 'sklearn.model_selection.train_test_split', line: 2 });
    expect(slice(text, call?.argumentList ?? { start: 0, end: 0 })).toBe('(X, y)');
  });

  it('sees trailing commas and splats', () => {
    const [call] = readPython('m.py', 'f(\n    *a,\n    **k,  # all\n)\n').calls;
    expect(call?.arguments.map(({ splat }) => splat)).toEqual(['*', '**']);
    expect(call?.trailingComma).toBe(true);
  });

  it('resolves `import a.b as c` and leaves `import a.b` alone', () => {
    const calls = readPython('m.py', 'import xgboost.sklearn as xs\nimport os.path\nxs.fit()\nos.path.join()\n').calls;
    expect(calls.map(({ resolved }) => resolved)).toEqual(['xgboost.sklearn.fit', 'os.path.join']);
  });

  it('names an unknown head ()', () => {
    expect(readPython('m.py', 'F().fit(x)\nd["k"].fit(x)\n').calls.map(({ callee }) => callee)).toEqual([
      '().fit',
      'F',
      '().fit',
    ]);
  });

  it('tells a gate that stops from one that only logs', () => {
    const module = readPython(
      'm.py',
      [
        'def gate(m):',
        '    if m["auc"] < 0.8:',
        '        raise ValueError("bad")',
        '    if m.get("loss") > 1:',
        '        log.info("high")',
        '    else:',
        '        sys.exit(2)',
        '    assert m.ok',
      ].join('\n'),
    );
    expect(
      module.conditions.map(({ kind, reads, compares, stops, elseStops }) => ({
        kind,
        reads,
        compares,
        stops,
        elseStops,
      })),
    ).toEqual([
      { kind: 'if', reads: ['m', 'auc'], compares: true, stops: true, elseStops: false },
      { kind: 'if', reads: ['m.get', 'loss'], compares: true, stops: false, elseStops: true },
      { kind: 'assert', reads: ['m.ok'], compares: false, stops: true, elseStops: false },
    ]);
    expect(module.exits).toMatchObject([
      { kind: 'raise', raises: 'ValueError', scope: 'gate', guards: [0] },
      { kind: 'exit', code: 2, scope: 'gate', guards: [1] },
    ]);
    expect(module.comparisons.map(({ operator, line }) => [operator, line])).toEqual([
      ['<', 2],
      ['>', 4],
    ]);
  });

  it('joins chained comparisons link by link', () => {
    const { comparisons } = readPython('m.py', 'x = 0 < a <= 1\n');
    expect(comparisons.map(({ operator, left, right }) => [operator, left, right])).toEqual([
      ['<=', { kind: 'name', name: 'a' }, { kind: 'number', value: 1, text: '1' }],
      ['<', { kind: 'number', value: 0, text: '0' }, { kind: 'name', name: 'a' }],
    ]);
  });

  it('decodes strings, keeps f-strings apart and joins continued ones', () => {
    const { strings } = readPython('m.py', 'a = "x\\n" r"\\d"\nb = f"{m}#c"\n');
    expect(strings.map(({ value, formatted }) => [value, formatted])).toEqual([
      ['x\n\\d', false],
      ['{m}#c', true],
    ]);
  });

  it('gives functions with parameters, defaults and decorators', () => {
    const { functions } = readPython(
      'm.py',
      'class A:\n    @app.post("/x")\n    def f(self, a: int = 3, *b, **c): pass\n',
    );
    expect(functions).toMatchObject([
      { name: 'A', kind: 'class' },
      {
        name: 'A.f',
        parameters: ['self', 'a', 'b', 'c'],
        decorators: ['app.post("/x")'],
        defaults: { a: { value: 3 } },
      },
    ]);
  });

  it('reads what stands around broken syntax, and survives deep nesting', () => {
    const broken = readPython('m.py', 'def f(:\n  !!\nmodel.fit(X)\n');
    expect(broken.syntaxErrors).toBe(true);
    expect(broken.calls.some(({ callee }) => callee === 'model.fit')).toBe(true);
    expect(readPython('m.py', `x = ${'('.repeat(50_000)}`).calls).toEqual([]);
  });
});

describe('classifyRoles', () => {
  it('takes fitting a model for training, and fitting a scaler for feature work', () => {
    expect(roles('model.fit(X, y)\n')).toEqual(['train']);
    expect(roles('from sklearn.preprocessing import StandardScaler\nStandardScaler().fit(X)\n')).toEqual(['feature']);
    expect(roles('print(1)\n')).toEqual(['other']);
  });

  it('knows services, registration and drift', () => {
    expect(roles('from fastapi import FastAPI\napp = FastAPI()\n')).toEqual(['serve']);
    expect(roles('c.set_registered_model_alias("m", "champion", 3)\n')).toEqual(['register']);
    expect(roles('git("tag", f"{MODEL}#{stage}#{n}")\n')).toEqual(['register']);
    expect(roles('from evidently.report import Report\n')).toEqual(['drift']);
  });

  it('counts measuring as evaluation only where nothing is trained', () => {
    expect(roles('from sklearn.metrics import roc_auc_score\nroc_auc_score(a, b)\n')).toEqual(['evaluate']);
    expect(roles('from sklearn.metrics import roc_auc_score\nm.fit(x)\nroc_auc_score(a, b)\n')).toEqual(['train']);
  });
});
