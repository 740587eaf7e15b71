/**
 * The arrows of the architecture (docs/architecture.md), as rules that fail the build:
 *
 *   cli, gateway → worker → activities → domain folders → contract
 *   workflows → contract, and of approval what is pure
 *
 * Type imports count too: who knows a type, knows the part that it belongs to.
 * test/unit/house/boundaries.test.ts breaks each rule once.
 */

/** What a change task is made of; each folder is one idea, and none of them knows Temporal. */
const DOMAIN =
  '^src/(lifecycle|risks|planning|reasoning|promql|proofs|repo|registry|serving|monitoring|approval|notify|incidents|report|artifacts)/';

/** Runs in the workflow's sandbox, so it must be deterministic and without Node's modules. */
const PURE_APPROVAL = '^src/approval/(quorum|readToken)\\.ts$';

/** Packages known to be deterministic and free of Node's modules. */
const SANDBOX_PACKAGES = '^node_modules/(@scure/base|@noble/hashes|canonicalize|ms|@types/ms|zod)/';

module.exports = {
  forbidden: [
    {
      name: 'contract-imports-nothing-of-ours',
      comment: 'The contract is what everybody agrees on; it may not depend on who uses it.',
      severity: 'error',
      from: { path: '^src/contract/' },
      to: { path: '^src/', pathNot: '^src/contract/' },
    },
    {
      name: 'contract-runs-in-the-sandbox',
      comment: 'Workflows import the contract: Node modules and other packages would break its bundle.',
      severity: 'error',
      from: { path: '^src/contract/' },
      to: { pathNot: ['^src/', SANDBOX_PACKAGES, '^node_modules/@temporalio/(common|workflow)/'] },
    },
    {
      name: 'workflows-import-only-what-is-deterministic',
      comment: 'A workflow is replayed: it may use the contract and the pure half of approval, nothing that acts.',
      severity: 'error',
      from: { path: '^src/workflows/' },
      to: {
        pathNot: [
          '^src/(workflows|contract)/',
          PURE_APPROVAL,
          SANDBOX_PACKAGES,
          '^node_modules/@temporalio/(common|workflow)/',
        ],
      },
    },
    {
      name: 'approval-pure-half-stays-pure',
      comment: 'quorum.ts and readToken.ts run inside the workflow.',
      severity: 'error',
      from: { path: PURE_APPROVAL },
      to: { pathNot: ['^src/contract/', PURE_APPROVAL, SANDBOX_PACKAGES] },
    },
    {
      name: 'nothing-imports-the-doors',
      comment: 'The command line and the gateway are outermost.',
      severity: 'error',
      from: { pathNot: '^src/(cli|gateway)/' },
      to: { path: '^src/(cli|gateway)/' },
    },
    {
      name: 'doors-do-not-import-each-other',
      severity: 'error',
      from: { path: '^src/(cli|gateway)/' },
      to: { path: '^src/(cli|gateway)/', pathNot: '^src/$1/' },
    },
    {
      name: 'domain-knows-no-temporal',
      comment: 'Rules, planning and proofs can be used, and tested, without a server.',
      severity: 'error',
      from: { path: DOMAIN },
      to: { path: '^node_modules/@temporalio/' },
    },
    {
      name: 'domain-imports-no-wiring',
      comment: 'Arrows point inwards: activities call the domain, never the other way round.',
      severity: 'error',
      from: { path: DOMAIN },
      to: { path: '^src/(activities|worker|workflows|testing)/|^src/index\\.ts$' },
    },
    {
      name: 'activities-import-no-worker',
      comment: 'A worker is made of activities; of the worker they may know its configuration only.',
      severity: 'error',
      from: { path: '^src/activities/' },
      to: { path: '^src/(worker|workflows|testing)/|^src/index\\.ts$', pathNot: '^src/worker/config\\.ts$' },
    },
    {
      name: 'configuration-imports-only-the-contract',
      comment: 'Activities may read the configuration, so it must not lead them to the rest of the worker.',
      severity: 'error',
      from: { path: '^src/worker/config\\.ts$' },
      to: { path: '^src/', pathNot: '^src/contract/' },
    },
    {
      name: 'leaf-folders-import-only-the-contract',
      comment: 'Each of these hides one outside system or one format; it needs no other.',
      severity: 'error',
      from: { path: '^src/(repo|monitoring|serving|artifacts|approval|incidents|notify|lifecycle|promql)/' },
      to: { path: '^src/', pathNot: ['^src/contract/', '^src/$1/'] },
    },
    {
      name: 'registry-imports-only-contract-and-repo',
      comment: 'The git-tag registry lives in a repository; it knows the types of repo, nothing else.',
      severity: 'error',
      from: { path: '^src/registry/' },
      to: { path: '^src/', pathNot: ['^src/(contract|registry)/', '^src/repo/'] },
    },
    {
      name: 'registry-knows-only-the-types-of-repo',
      severity: 'error',
      from: { path: '^src/registry/' },
      to: { path: '^src/repo/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'risks-import-only-lifecycle',
      comment: 'A rule reads facts and queries, and proposes an edit; of planning it may use the splices.',
      severity: 'error',
      from: { path: '^src/risks/' },
      to: {
        path: '^src/',
        pathNot: ['^src/(contract|lifecycle|risks|promql)/', '^src/planning/(yamlSplice|textLines)\\.ts$'],
      },
    },
    {
      name: 'planning-imports-only-risks-and-lifecycle',
      severity: 'error',
      from: { path: '^src/planning/' },
      to: { path: '^src/', pathNot: '^src/(contract|lifecycle|risks|planning)/' },
    },
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      comment: 'A module that nobody imports and that is no entry point is dead.',
      severity: 'error',
      from: {
        orphan: true,
        pathNot: '^src/(index|cli/main|workflows/index|testing/index)\\.ts$|^src/worker/combinedWorkflows\\.cts$',
      },
      to: {},
    },
    {
      name: 'no-undeclared-packages',
      comment: 'What the sources import must be there when somebody installs the package.',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev'], dependencyTypesNot: ['npm-peer'] },
    },
    {
      name: 'no-unresolvable',
      comment: 'The two names that are left out are aliases, which the bundler of the plugin sets.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^__(app|mlops)_workflows__$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
