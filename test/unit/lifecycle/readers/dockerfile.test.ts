import { describe, expect, it } from 'vitest';
import { readDockerfile } from '../../../../src/lifecycle/readers/dockerfile.js';

describe('readDockerfile', () => {
  it('splits stages, images, tags and digests, and places the image', () => {
    const text =
      '# syntax\nARG V=1\nFROM --platform=linux/amd64 reg:5000/py:3.11-slim AS build\nFROM build\nFROM py@sha256:ab\nFROM py:${V}\nFROM python\n';
    const { stages } = readDockerfile('Dockerfile', text);
    expect(
      stages.map(({ repository, tag, digest, internal, templated, line }) => ({
        repository,
        tag,
        digest,
        internal,
        templated,
        line,
      })),
    ).toEqual([
      { repository: 'reg:5000/py', tag: '3.11-slim', digest: undefined, internal: false, templated: false, line: 3 },
      { repository: 'build', tag: undefined, digest: undefined, internal: true, templated: false, line: 4 },
      { repository: 'py', tag: undefined, digest: 'sha256:ab', internal: false, templated: false, line: 5 },
      { repository: 'py', tag: '${V}', digest: undefined, internal: false, templated: true, line: 6 },
      { repository: 'python', tag: undefined, digest: undefined, internal: false, templated: false, line: 7 },
    ]);
    const range = stages[0]?.imageRange;
    expect(text.slice(range?.start, range?.end)).toBe('reg:5000/py:3.11-slim');
  });

  it('joins continued lines with comments between, and reads COPY, CMD and HEALTHCHECK', () => {
    const file = readDockerfile(
      'Dockerfile',
      'FROM a:1\r\nRUN pip install \\\r\n  # why\r\n  -r requirements.txt\r\nCOPY --from=build models/m.json app.py /app/\r\nHEALTHCHECK CMD curl x\r\nCMD ["uvicorn", "a.b:app"]\r\n',
    );
    expect(file.instructions.find(({ keyword }) => keyword === 'RUN')).toMatchObject({
      value: 'pip install -r requirements.txt',
      line: 2,
      endLine: 4,
    });
    expect(file.copies.map(({ source, from }) => [source, from])).toEqual([
      ['models/m.json', 'build'],
      ['app.py', 'build'],
    ]);
    expect(file.hasHealthcheck).toBe(true);
    expect(file.instructions.at(-1)?.exec).toEqual(['uvicorn', 'a.b:app']);
  });

  it('takes a here-document as part of its instruction', () => {
    const file = readDockerfile('Dockerfile', 'FROM a:1\nRUN <<EOF\nFROM b:2\nEOF\nCMD x\n');
    expect(file.stages).toHaveLength(1);
    expect(file.instructions.map(({ keyword }) => keyword)).toEqual(['FROM', 'RUN', 'CMD']);
  });

  it('does not count HEALTHCHECK NONE', () => {
    expect(readDockerfile('Dockerfile', 'FROM a\nHEALTHCHECK NONE\n').hasHealthcheck).toBe(false);
  });
});
