import type { LifecycleMap } from '../../contract/lifecycle.js';
import type { Proposal } from '../../contract/plan.js';
import type { Risk } from '../../contract/risk.js';
import type { TaskStatus } from '../../contract/status.js';
import type { TaskEvent } from '../followTask.js';
import { renderPlan } from '../render/diff.js';
import { renderMap } from '../render/map.js';
import { renderValidations } from '../render/probes.js';
import { renderRisks } from '../render/risks.js';
import { stageLine } from '../render/stages.js';
import { timelineLines } from '../render/status.js';
import { type ContentSource, readShownProposal } from '../shownProposal.js';
import type { Screen } from './screen.js';

/** Tells a task's events as they come, with the content behind them. */
export class Narrator {
  readonly #screen: Screen;
  readonly #store: ContentSource;
  #map: string | undefined;
  #risks: string | undefined;
  #proposal: Proposal | undefined;

  constructor(screen: Screen, store: ContentSource) {
    this.#screen = screen;
    this.#store = store;
  }

  /** The last proposal that was shown, proved to be what its digest says. */
  get proposal(): Proposal | undefined {
    return this.#proposal;
  }

  async tell(event: TaskEvent, status: TaskStatus): Promise<void> {
    const { terminal } = this.#screen;
    switch (event.kind) {
      case 'stage':
        if (event.state === 'running') this.#screen.now(stageLine(event.stage, event.state, terminal));
        else if (event.state !== 'waiting')
          this.#screen.print([
            stageLine(event.stage, event.state, terminal),
            ...(await this.#foundBy(event.stage, status)),
          ]);
        return;
      case 'proposal':
        this.#proposal = await readShownProposal(this.#store, event.artifact, event.digest);
        this.#screen.print([
          ...renderPlan(this.#proposal, terminal),
          ...renderValidations('Rehearsal', this.#proposal.validations, terminal),
        ]);
        return;
      case 'timeline':
        // What was refused must be seen; the rest of the timeline is what the stages show already.
        if (event.entry.refused !== undefined) this.#screen.print(timelineLines(event.entry, terminal));
        return;
      case 'question':
      case 'outcome':
        return;
    }
  }

  /** What a stage brought to light, told once: planning again after a revision reads the same map. */
  async #foundBy(stage: string, status: TaskStatus): Promise<string[]> {
    const { terminal } = this.#screen;
    if (stage === 'map' && status.map !== undefined && status.map.artifact !== this.#map) {
      this.#map = status.map.artifact;
      return [...renderMap(await this.#read<LifecycleMap>(status.map.artifact), terminal), ''];
    }
    if (stage === 'assess' && status.risks !== undefined && status.risks.artifact !== this.#risks) {
      this.#risks = status.risks.artifact;
      return [
        ...renderRisks(await this.#read<Risk[]>(status.risks.artifact), terminal, { primary: status.risks.primary }),
        '',
      ];
    }
    return [];
  }

  async #read<T>(sha256: string): Promise<T> {
    return JSON.parse(new TextDecoder().decode(await this.#store.get(sha256))) as T;
  }
}
