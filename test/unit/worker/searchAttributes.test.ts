import { describe, expect, it } from 'vitest';
import { assertSearchAttributes, missingSearchAttributes } from '../../../src/worker/searchAttributes.js';

const KEYWORD = 2;
const TEXT = 1;
const ALL = ['MlopsTarget', 'MlopsStage', 'MlopsOutcome', 'MlopsSeverity', 'MlopsAwaiting'];
const server = { address: '127.0.0.1:7233', namespace: 'ml' };

function namespaceWith(attributes: Record<string, number>) {
  return { operatorService: { listSearchAttributes: async () => ({ customAttributes: attributes }) } };
}
const keywords = (names: string[]) => Object.fromEntries(names.map((name) => [name, KEYWORD]));

describe('search attributes of a namespace', () => {
  it('are all there', async () => {
    expect(await missingSearchAttributes(namespaceWith(keywords([...ALL, 'Other'])), server)).toBeUndefined();
  });

  it('that are missing are registered by one command, which names server, namespace and a type for each', async () => {
    const connection = namespaceWith(keywords(['MlopsTarget', 'MlopsOutcome', 'MlopsAwaiting']));
    expect(await missingSearchAttributes(connection, server)).toEqual({
      names: ['MlopsStage', 'MlopsSeverity'],
      command:
        'temporal operator search-attribute create --address 127.0.0.1:7233 --namespace ml ' +
        '--name MlopsStage --type Keyword --name MlopsSeverity --type Keyword',
    });
  });

  it('of another type are removed first: a name cannot be registered twice', async () => {
    const connection = namespaceWith({ ...keywords(ALL), MlopsStage: TEXT });
    const missing = await missingSearchAttributes(connection, server);
    expect(missing?.command.split(' && ')).toEqual([
      'temporal operator search-attribute remove --address 127.0.0.1:7233 --namespace ml --name MlopsStage --yes',
      'temporal operator search-attribute create --address 127.0.0.1:7233 --namespace ml --name MlopsStage --type Keyword',
    ]);
  });

  it('stop a worker that would need them, with the command', async () => {
    await expect(assertSearchAttributes(namespaceWith({}), server)).rejects.toMatchObject({
      code: 'MLOPS-TMP-006',
      message: expect.stringContaining('MlopsAwaiting'),
      mend: expect.stringContaining('--name MlopsAwaiting'),
    });
  });
});
