import { describe, expect, it } from 'vitest';
import { testRoutes } from '../../../src/monitoring/amtool.js';
import { findTool } from '../../../src/monitoring/tool.js';

describe('testRoutes', () => {
  it.each(['plain', 'two words', 'a "quoted" one', 'back\\slash', 'a,b', '{brace}', 'line\nbreak', '-x', 'ü=1'])(
    'hands amtool the label value %j unchanged',
    async (value) => {
      const tool = await findTool('amtool');
      const config = JSON.stringify({
        route: { receiver: 'other', routes: [{ receiver: 'meant', match: { cause: value } }] },
        receivers: [{ name: 'other' }, { name: 'meant' }],
      });
      const run = await testRoutes({ tool, config, labels: { alertname: 'A', cause: value } });
      expect(run).toMatchObject({ exitCode: 0, stdout: 'meant\n' });
    },
  );

  it('leaves out a label with the empty value, which means absent', async () => {
    const tool = await findTool('amtool');
    const config = JSON.stringify({ route: { receiver: 'all' }, receivers: [{ name: 'all' }] });
    expect((await testRoutes({ tool, config, labels: { alertname: 'A', x: '' } })).stdout).toBe('all\n');
  });
});
