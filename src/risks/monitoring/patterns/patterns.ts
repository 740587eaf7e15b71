import { featureDrift } from './featureDrift.js';
import { featureFreshness } from './featureFreshness.js';
import { modelQuality } from './modelQuality.js';
import type { MonitoringPattern } from './monitoringPattern.js';
import { noPredictions } from './noPredictions.js';
import { predictionVolume } from './predictionVolume.js';
import { servingAbsence } from './servingAbsence.js';
import { servingErrors } from './servingErrors.js';
import { servingLatency } from './servingLatency.js';
import { trainingStaleness } from './trainingStaleness.js';

/** The whole library. */
export const PATTERNS: readonly MonitoringPattern[] = [
  modelQuality,
  featureDrift,
  predictionVolume,
  noPredictions,
  featureFreshness,
  servingErrors,
  servingLatency,
  servingAbsence,
  trainingStaleness,
] as readonly MonitoringPattern[];
