/*
 * Entry module of a bundle that holds an application's workflows and ours. The plugin's bundler hook
 * sets the two aliases; nothing is written to disk. A name that both export is an error, never a
 * silent replacement.
 */
declare const require: (name: string) => Record<string, unknown>;
declare const module: { exports: Record<string, unknown> };

const application = require('__app_workflows__');
const ours = require('__mlops_workflows__');
for (const name of Object.keys(ours)) {
  if (name in application && application[name] !== ours[name]) {
    throw new Error(`MLOPS-CFG-005 the application and temporal-mlops both export a workflow "${name}"`);
  }
}
module.exports = { ...application, ...ours };
