import type { Snapshot } from '../../contract/snapshot.js';
import type { ModelFile } from '../facts.js';
import { isSuppressed } from '../scope.js';

const FORMATS: Record<string, string> = {
  pkl: 'pickle',
  pickle: 'pickle',
  joblib: 'joblib',
  onnx: 'onnx',
  pt: 'torch',
  pth: 'torch',
  h5: 'hdf5',
  keras: 'keras',
  ubj: 'xgboost',
  bst: 'xgboost',
  cbm: 'catboost',
  safetensors: 'safetensors',
  tflite: 'tflite',
  pmml: 'pmml',
  mlem: 'mlem',
};
/** Formats that hold other things too (data frames, DVC-tracked data): only in a folder of models, or so named. */
const AMBIGUOUS = /(^|\/)(models?|artifacts?|checkpoints?|weights)\/|model|classifier|regressor|estimator/i;

/** Model binaries that are committed, and DVC pointers to such: by their names, no content is read. */
export function findModelFiles(snapshot: Snapshot): ModelFile[] {
  const found: ModelFile[] = [];
  for (const { path, size, mode } of snapshot.entries) {
    if (mode === '160000' || mode === '120000' || isSuppressed(path)) continue;
    const pointer = path.endsWith('.dvc');
    const target = pointer ? path.slice(0, -'.dvc'.length) : path;
    const format = FORMATS[target.slice(target.lastIndexOf('.') + 1).toLowerCase()];
    if (!format || (format === 'mlem' && target.startsWith('.mlem/'))) continue;
    if ((format === 'pickle' || format === 'joblib' || format === 'hdf5') && !AMBIGUOUS.test(target)) continue;
    found.push({ path, size, format: pointer ? 'dvc-pointer' : format });
  }
  return found;
}
