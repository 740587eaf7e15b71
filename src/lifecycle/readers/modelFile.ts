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
  ckpt: 'checkpoint',
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

/** Format of a model file by its path; `undefined` where the path doesn't say that it is one. */
export function modelFormat(path: string): string | undefined {
  const format = FORMATS[path.slice(path.lastIndexOf('.') + 1).toLowerCase()];
  if ((format === 'pickle' || format === 'joblib' || format === 'hdf5') && !AMBIGUOUS.test(path)) return undefined;
  return format;
}

/** Model binaries that are committed, and DVC pointers to such: by their names, no content is read. */
export function findModelFiles(snapshot: Snapshot): ModelFile[] {
  const found: ModelFile[] = [];
  for (const { path, size, mode } of snapshot.entries) {
    if (mode === '160000' || mode === '120000' || isSuppressed(path)) continue;
    const pointer = path.endsWith('.dvc');
    const target = pointer ? path.slice(0, -'.dvc'.length) : path;
    const format = modelFormat(target);
    if (!format || (format === 'mlem' && target.startsWith('.mlem/'))) continue;
    found.push({ path, size, format: pointer ? 'dvc-pointer' : format });
  }
  return found;
}
