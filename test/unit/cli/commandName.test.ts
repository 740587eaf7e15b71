import { join } from 'node:path';
import { expect, it } from 'vitest';
import { commandName } from '../../../src/cli/commandName.js';

it('is called by npx in a checkout, and by its own name where it is installed', () => {
  expect(commandName(join('/', 'home', 'a', 'temporal-mlops'))).toBe('npx temporal-mlops');
  expect(commandName(join('/', 'usr', 'lib', 'node_modules', 'temporal-mlops'))).toBe('temporal-mlops');
});
