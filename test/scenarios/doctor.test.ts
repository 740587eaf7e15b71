import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SEARCH_ATTRIBUTES } from '../../dist/contract/searchAttributes.js';
import type { Diagnosis } from '../../dist/worker/doctor.js';
import { startWorker } from '../../dist/worker/runWorker.js';
import type { DevServer } from '../../dist/worker/tools/devServer.js';
import { typed } from '../support/commands.js';
import { createInstallation, type Installation, testServer } from '../support/installation.js';

const NAMES = Object.values(SEARCH_ATTRIBUTES);

let server: DevServer;
let site: Installation;

/** A namespace as it is when somebody has just made it: the dev server registers attributes in its own only. */
beforeAll(async () => {
  server = await testServer();
  const created = await typed(`temporal operator namespace create --address ${server.address} --namespace fresh`);
  expect(created).toMatchObject({ code: 0 });
  site = await createInstallation({ server: { ...server, namespace: 'fresh' } });
});
afterAll(async () => {
  await site?.stop();
  await server.stop();
});

async function doctor(): Promise<{ code: number; found: Diagnosis[]; attributes: Diagnosis | undefined }> {
  const { code, stdout } = await typed(`temporal-mlops doctor --config '${site.configFile}' --json`);
  const found = JSON.parse(stdout) as Diagnosis[];
  return { code, found, attributes: found.find(({ name }) => name === 'Search attributes') };
}

describe('a namespace without the search attributes', () => {
  it('doctor names what is missing and prints the command on a line of its own, for copying', async () => {
    const { code, attributes } = await doctor();
    expect(code).toBe(1);
    expect(attributes).toMatchObject({ ok: false, detail: `not registered as Keyword: ${NAMES.join(', ')}` });
    const shown = await typed(`temporal-mlops doctor --config '${site.configFile}'`);
    expect(shown.stdout.split('\n').map((line) => line.trim())).toContain(attributes?.command);
  });

  it('no worker starts in it, and says the same command', async () => {
    const { attributes } = await doctor();
    await expect(startWorker(site.config)).rejects.toMatchObject({
      code: 'MLOPS-TMP-006',
      mend: attributes?.command,
    });
  });

  it('after that command doctor is content, a worker starts and a task comes to its question', async () => {
    const { attributes } = await doctor();
    expect(await typed(attributes?.command ?? '')).toMatchObject({ code: 0 });
    const again = await doctor();
    expect(again.attributes).toMatchObject({ ok: true });
    expect(again.found.filter(({ ok, name }) => !ok && !name.startsWith('promtool'))).toEqual([]);
    await site.startWorker();
    const task = await site.start();
    await site.question(task);
    await site.decide(task, 'reject');
    expect(await site.result(task)).toMatchObject({ outcome: 'rejected' });
  });

  it('an attribute of another type is named, and the command replaces it', async () => {
    const at = `--address ${server.address} --namespace fresh`;
    const { stage, outcome } = SEARCH_ATTRIBUTES;
    const changed = await typed(
      `temporal operator search-attribute remove ${at} --name ${stage} --name ${outcome} --yes &&
       temporal operator search-attribute create ${at} --name ${stage} --type Int --name ${outcome} --type Int`,
    );
    expect(changed).toMatchObject({ code: 0 });
    const { attributes } = await doctor();
    expect(attributes).toMatchObject({ ok: false, detail: `not registered as Keyword: ${stage}, ${outcome}` });
    expect(await typed(attributes?.command ?? '')).toMatchObject({ code: 0 });
    expect((await doctor()).attributes).toMatchObject({ ok: true });
  });
});
