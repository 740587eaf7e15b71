import { describe, expect, it } from 'vitest';
import { devServerArguments, startDevServer } from '../../../../src/worker/tools/devServer.js';

describe('devServerArguments', () => {
  it('binds to the loopback interface and registers every search attribute', () => {
    const args = devServerArguments({ port: 7233, uiPort: 8233, namespace: 'default', dbFile: '/tmp/t.db' }).join(' ');
    expect(args).toBe(
      'server start-dev --ip 127.0.0.1 --port 7233 --ui-port 8233 --namespace default --db-filename /tmp/t.db ' +
        '--search-attribute MlopsTarget=Keyword --search-attribute MlopsStage=Keyword --search-attribute MlopsOutcome=Keyword ' +
        '--search-attribute MlopsSeverity=Keyword --search-attribute MlopsAwaiting=Keyword --log-level error --ui-disable-news-fetch',
    );
  });
});

describe('startDevServer', () => {
  it('says at once that the program ended, with what it printed', async () => {
    await expect(startDevServer({ executable: process.execPath })).rejects.toMatchObject({
      code: 'MLOPS-TMP-004',
      message: expect.stringContaining('Cannot find module'),
      where: process.execPath,
    });
  });

  it('says that the program is not there', async () => {
    await expect(startDevServer({ executable: '/nonexistent/temporal' })).rejects.toMatchObject({
      message: expect.stringContaining('ENOENT'),
    });
  });
});
