import { readdirSync, readFileSync } from 'node:fs';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { beforeAll, describe, expect, it } from 'vitest';
import { PAYLOAD_CONVERTER, PREBUILT_BUNDLE, WORKFLOWS_ENTRY } from '../../../dist/worker/bundle.js';

/** Written by scripts/recordHistories.mjs; a file's name is the last part of its task's id. */
const FOLDER = new URL('../../histories/', import.meta.url);

interface History {
  events: Record<string, unknown>[];
}

const names = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.json'))
  .map((name) => name.slice(0, -'.json'.length));

function recorded(name: string): History {
  return JSON.parse(readFileSync(new URL(`${name}.json`, FOLDER), 'utf8')) as History;
}

const dataConverter = { payloadConverterPath: PAYLOAD_CONVERTER };
const BUILT = { workflowBundle: { codePath: PREBUILT_BUNDLE }, dataConverter };

/** The error of each history's replay, by name. */
async function replayed(options: Parameters<typeof Worker.runReplayHistories>[0], histories: [string, History][]) {
  const errors: Record<string, Error | undefined> = {};
  const input = histories.map(([name, history]) => ({ workflowId: `chg/test/${name}`, history }));
  for await (const { workflowId, error } of Worker.runReplayHistories(options, input)) {
    errors[workflowId.slice('chg/test/'.length)] = error;
  }
  return errors;
}

beforeAll(() => {
  Runtime.install({ logger: new DefaultLogger('ERROR', () => undefined) });
});

describe('recorded histories', () => {
  it('hold at least a task of each kind that the workflow treats differently', () => {
    expect(names).toEqual(expect.arrayContaining(['finished-verified', 'rejected', 'waiting', 'revised', 'carried']));
    expect(recorded('waiting').events.at(-1)?.eventType).not.toContain('EXECUTION_COMPLETED');
    expect(recorded('finished-verified').events.at(-1)?.eventType).toContain('EXECUTION_COMPLETED');
  });

  it.each([
    ['the bundle that is built with the package', BUILT],
    ['the modules that an application bundles', { workflowsPath: WORKFLOWS_ENTRY, dataConverter }],
  ])('replay on %s', { timeout: 120_000 }, async (_name, options) => {
    const errors = await replayed(
      options,
      names.map((name) => [name, recorded(name)]),
    );
    expect(errors).toEqual(Object.fromEntries(names.map((name) => [name, undefined])));
  });

  it('do not replay when they tell of another activity, or of a step less', { timeout: 120_000 }, async () => {
    const renamed = JSON.parse(JSON.stringify(recorded('finished-verified')).replaceAll('"planChange"', '"planAnew"'));
    const shortened = recorded('rejected');
    const marker = shortened.events.findIndex((event) => event.eventType === 'EVENT_TYPE_MARKER_RECORDED');
    shortened.events[marker] = { ...shortened.events[marker], eventType: 'EVENT_TYPE_TIMER_STARTED' };
    delete shortened.events[marker]?.markerRecordedEventAttributes;
    Object.assign(shortened.events[marker] ?? {}, {
      timerStartedEventAttributes: { timerId: '1', startToFireTimeout: '1s', workflowTaskCompletedEventId: '4' },
    });
    const errors = await replayed(BUILT, [
      ['finished-verified', renamed as History],
      ['rejected', shortened],
    ]);
    expect(errors['finished-verified']?.name).toBe('DeterminismViolationError');
    expect(errors['finished-verified']?.message).toContain('planAnew');
    expect(errors.rejected?.name).toBe('DeterminismViolationError');
  });

  it('tell nothing of the machine on which they were recorded', () => {
    for (const name of names) {
      const texts: string[] = [];
      const collect = (value: unknown, key: string): void => {
        if (typeof value === 'string') {
          // Payloads are base64, and a payload may hold another one.
          texts.push(value, ...(key === 'data' ? [Buffer.from(value, 'base64').toString('utf8')] : []));
          if (key === 'identity') expect(value).toBe('recorder');
        } else if (value && typeof value === 'object') {
          for (const [inner, child] of Object.entries(value)) collect(child, inner);
        }
      };
      collect(recorded(name), '');
      const found = texts.join('\n').match(/(?<![\w.-])\/(tmp|home|root|work|Users|var|private|opt)\/[^"\s]*/g);
      expect(found, name).toBeNull();
    }
  });
});
