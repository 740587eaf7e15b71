/** Fakes for tests of workers, doors and adapters. */
export { createKey } from '../approval/keys.js';
export { signDecision, signExtend, signRequest, signWithdraw } from '../approval/tokens.js';
export { MemoryArtifactStore } from './memoryArtifactStore.js';
