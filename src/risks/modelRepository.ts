import type { LifecycleFacts } from '../lifecycle/facts.js';
import { modelSign } from '../lifecycle/modelSigns.js';
import { alternatives } from './alternatives.js';

/** Packages whose version decides how a model is trained, stored and read. */
export const MODEL_PACKAGES = alternatives(
  '^',
  `
    scikit-learn xgboost lightgbm catboost torch tensorflow(-cpu|-gpu)? keras transformers numpy pandas joblib
    cloudpickle onnx.* mlflow(-skinny)?
  `,
  '$',
);

/**
 * Whether a repository has a model at all. Rules on images, workloads and pipelines ask it, because
 * the same manifest in an ordinary web service is none of this product's business.
 */
export function hasModels(facts: LifecycleFacts): boolean {
  return modelSign(facts) !== undefined;
}
