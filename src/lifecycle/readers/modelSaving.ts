import type { PythonCall } from '../facts.js';

const SAVES =
  /(^|\.)(joblib\.dump|(c|cloud)?pickle\.dump|dill\.dump|torch\.save|save_model|save_pretrained|save_weights|onnx\.save(_model)?|saved_model\.save|ModelCheckpoint)$/;
const SAVE_METHOD = /(^|\.)\w*(model|estimator|classifier|regressor|pipeline|net|network|clf)\w*\.save$/i;
const UPLOADS = /(^|\.)(upload_file|upload_fileobj|upload_from_filename|upload_blob|put_object|fput_object)$/;
const MODEL_WORD = /(^|[^a-z])model([^a-z]|s?$)/i;

/** Whether a call writes a model to a file, by the libraries' documentation. */
export function savesModel(call: PythonCall): boolean {
  return SAVES.test(call.resolved) || SAVE_METHOD.test(call.callee);
}

/** Whether a call copies something named as a model to an object store. */
export function uploadsModel(call: PythonCall): boolean {
  if (!UPLOADS.test(call.callee)) return false;
  return call.arguments.some(({ name, value }) => {
    const text =
      value.kind === 'string'
        ? value.value
        : value.kind === 'name'
          ? value.name
          : value.kind === 'other'
            ? value.text
            : '';
    return MODEL_WORD.test(`${name ?? ''} ${text}`.replace(/[_/.]/g, ' '));
  });
}
