import type { Finding } from './finding.js';
import type { RouteVerdict } from './route/proveRoute.js';
import type { Assumption, World } from './world.js';

export type { Finding, FindingCode } from './finding.js';

export const ALERT_VERDICTS = ['proved', 'never_fires', 'always_fires', 'not_provable', 'invalid'] as const;
export type AlertVerdict = (typeof ALERT_VERDICTS)[number];

/** What was shown of one rule, and by what. */
export interface ShownTest {
  /** `fires`, `waits`, `silent`, `recovers`, `birth`, `death`, `off-grid`. */
  name: string;
  passed: boolean;
  /** What promtool was asked and said, in a sentence. */
  text: string;
}

/** Names of shown tests that tell without judging: a sound rule may do either. */
export const OBSERVED: ReadonlySet<string> = new Set(['birth', 'death']);

/** A change of the rule that the written test must notice. */
export interface MutantResult {
  /** `reversed`, `moved-up`, `moved-down`, `for-doubled`, `for-removed`, `keep-firing-doubled`, `matcher-changed`, `label-dropped`. */
  kind: string;
  text: string;
  killed: boolean;
  /** Survives because it is the same rule for every plausible input. */
  equivalent?: boolean;
}

/** A finding or verdict that a comment at the rule accepts, with its reason. */
export interface AcceptedFinding {
  /** A finding's code or a verdict. */
  code: string;
  reason: string;
}

/** The inputs of a rule's tests, for plots. Seconds since 1970. */
export interface TriedInputs {
  world: World;
  scrapeInterval: number;
  evaluationInterval: number;
  /** The carriers turn bad. */
  onset: number;
  /** The alert is pending, or fires, for the first time. */
  activeFrom: number;
  /** The alert fires for the first time. */
  firesAt: number;
  /** The last evaluation at which it fires. */
  firingTo: number;
  /** The carriers turn healthy. */
  turn: number;
  end: number;
}

export interface RuleVerdict {
  /** As given. */
  file: string;
  line: number;
  alert: string;
  verdict: AlertVerdict;
  /** One sentence. */
  reason: string;
  findings: Finding[];
  assumptions: Assumption[];
  /** Paths of the test files that were written. */
  tests: string[];
  shown: ShownTest[];
  mutants: MutantResult[];
  onMissing?: 'fires' | 'resolves' | 'silent';
  /** Labels of the firing alert as promtool gives them; unset when it didn't fire. */
  labels?: Record<string, string>;
  /** Findings and verdicts that the rule's author accepts; such findings don't stand in `findings`. */
  accepted: AcceptedFinding[];
  /** Set when the rule fired. */
  inputs?: TriedInputs;
  /** Files that promtool was given: the rule with what it depends on, and the tests. Set when the rule fired. */
  evidence?: { rules: string; tests: string };
  /** Where the alert goes; set when an Alertmanager configuration was given and the rule fired. */
  route?: RouteVerdict;
  /** Seconds of promtool and of us. */
  seconds: number;
}
