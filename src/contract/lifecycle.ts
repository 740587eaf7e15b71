import type { EncodedPath } from './encodedPath.js';
import type { LifecycleStage } from './stage.js';

/** Lines of a file, counted from 1, both ends included. */
export interface LineRange {
  start: number;
  end: number;
}

/** One part of a model's life, found in a file. */
export interface Component {
  /** Stable within a map: `<kind>:<path>[#<name>]`. */
  id: string;
  stage: LifecycleStage;
  /** What it is, in the field's words: `training script`, `KServe InferenceService`, `alert rule` … */
  kind: string;
  name: string;
  path: EncodedPath;
  lines: LineRange;
  /** Why the reader takes it for this: the call, key or line that says so (at most 200 characters). */
  evidence: string;
  /** Model that it concerns, where the file names one. */
  model?: string;
  /** Folder of the project that it belongs to, where a repository holds several that each train a model. */
  project?: EncodedPath;
  /**
   * Not one of the twelve main components of its stage and project: a single alert of a file of
   * alerts, a helper behind an entry point. Views show the main ones first.
   */
  detail?: true;
}

export type EdgeKind =
  | 'writes-model'
  | 'registers'
  | 'loads'
  | 'deploys-image'
  | 'exports-metric'
  | 'watches-metric'
  | 'routes-alert'
  | 'triggers'
  | 'gates';

export interface Edge {
  from: string;
  to: string;
  kind: EdgeKind;
  /** Why the two are joined, in one line. */
  reason: string;
}

/** How a repository trains, registers, deploys and watches its models. */
export interface LifecycleMap {
  commit: string;
  components: Component[];
  edges: Edge[];
  /** What was looked for and isn't there, or couldn't be told, as sentences. */
  unknowns: { stage: LifecycleStage; text: string }[];
  /** Files that a reader wanted and couldn't read, with the reason. */
  unreadable: { path: EncodedPath; reason: string }[];
}
