import { Command } from 'commander';
import { addDecisions } from './commands/decide.js';
import { addDemo } from './commands/demo.js';
import { addDoctor } from './commands/doctor.js';
import { addExplain } from './commands/explain.js';
import { addExtend } from './commands/extend.js';
import { addKeys } from './commands/keys.js';
import { addMap } from './commands/map.js';
import { addPlan } from './commands/plan.js';
import { addProve } from './commands/proveAlerts.js';
import { addReport } from './commands/report.js';
import { addScan } from './commands/scan.js';
import { addStart } from './commands/start.js';
import { addStatus } from './commands/status.js';
import { addTasks } from './commands/tasks.js';
import { addVerify } from './commands/verify.js';
import { addWithdraw } from './commands/withdraw.js';
import { addWorker } from './commands/worker.js';
import { DEFAULT_CONFIG_FILE } from './context.js';
import { packageVersion } from './packageVersion.js';
import type { Shell } from './shell.js';

const FIRST_STEPS = `
First steps:
  temporal-mlops demo                           the whole thing on a sample repository, in a minute
  temporal-mlops keys create alice              a key to sign your decisions with
  temporal-mlops worker                         run the worker that temporal-mlops.yaml describes
  temporal-mlops start --alertmanager FILE      a task from an alert
  temporal-mlops tasks --open                   what waits for somebody
  temporal-mlops approve TASK --as alice        look at the plan and decide
  temporal-mlops scan .                         what will hurt in this repository? needs no Temporal
  temporal-mlops map . -o map.html              how it trains, registers, deploys and watches, as a picture
  temporal-mlops prove alerts rules/*.yml       does each alert fire when it should? needs no Temporal

Exit codes: 0 done, verified or nothing to change; 1 an error, which says how to mend it; 2 wrong usage;
10 to 17 how a task ended (applied_unverified, rolled_back, rejected, expired, withdrawn, superseded,
no_safe_change, failed); 130 Ctrl-C.
`;

/** The command line's grammar. Nothing runs before it is parsed; errors are thrown, never printed here. */
export function createProgram(shell: Shell): Command {
  const program = new Command('temporal-mlops')
    .description(
      'MLOps change tasks on Temporal: map, assess, plan, rehearse, a person approves, apply, validate, report.',
    )
    .version(packageVersion(), '--version', 'print the version')
    .option('--config <file>', `configuration (default: TEMPORAL_MLOPS_CONFIG, or ${DEFAULT_CONFIG_FILE})`)
    .option('--address <host:port>', 'Temporal server (default: configuration, environment or profile, localhost:7233)')
    .option('--namespace <name>', 'Temporal namespace (default: configuration, environment or profile, default)')
    .option('--json', 'print the result as JSON, and nothing else, to standard output')
    .option('--debug', 'print the stack of an error')
    .configureHelp({ showGlobalOptions: true, helpWidth: Math.min(shell.streams.out.columns ?? 80, 100) })
    .configureOutput({
      writeOut: (text) => shell.streams.out.write(text),
      writeErr: (text) => shell.streams.err.write(text),
      // What the parser refuses is rendered with all other errors, in run.ts.
      outputError: () => {},
    })
    .exitOverride()
    .addHelpText('after', FIRST_STEPS);
  addDemo(program, shell);
  addWorker(program, shell);
  addStart(program, shell);
  addTasks(program, shell);
  addStatus(program, shell);
  addPlan(program, shell);
  addDecisions(program, shell);
  addWithdraw(program, shell);
  addExtend(program, shell);
  addReport(program, shell);
  addVerify(program, shell);
  addMap(program, shell);
  addScan(program, shell);
  addExplain(program, shell);
  addProve(program, shell);
  addKeys(program, shell);
  addDoctor(program, shell);
  return program;
}
