import { BareClone } from '../../../src/repo/bareClone.js';

// A worker process of its own, for the tests: opens the clone, fetches, and prints the head.
const [directory, url, task] = process.argv.slice(2) as [string, string, string];
const clone = await BareClone.open({ directory, url });
await clone.fetch(task, { branches: ['main'] });
process.stdout.write(await clone.branchHead(task, 'main'));
