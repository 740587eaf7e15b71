/**
 * What a workflow bundle exports: the product's workflow types. An application that has workflows of
 * its own may re-export this module (`export * from 'temporal-mlops/workflow'`).
 */
export { mlopsChange } from './mlopsChange.js';
