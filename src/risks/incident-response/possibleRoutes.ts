import type { AlertLabels } from '../../lifecycle/alertLabels.js';
import { matches } from '../../lifecycle/alertRouting.js';
import type { AlertmanagerRoute } from '../../lifecycle/facts.js';

/** Where an alert ends: the node that keeps it, and the route whose `receiver` it has. */
export interface RouteEnd {
  receiver: string;
  /** The node on which that receiver is written: the node itself or one above it. */
  writtenOn: AlertmanagerRoute;
}

/** Ways that are followed at most; beyond, nothing is concluded. */
const MOST = 64;

/**
 * Every outcome that an alert can have in the routing tree: each is the list of ends that it
 * reaches. A matcher on a label that the rule doesn't tell can hold or not, so both are followed.
 * `undefined` where the tree can't be followed. Semantics: Alertmanager's documentation of `route`.
 */
export function possibleRoutes(root: AlertmanagerRoute, labels: AlertLabels): RouteEnd[][] | undefined {
  const outcomes = outcomesOf(root, labels, undefined);
  return outcomes === undefined || outcomes.length > MOST ? undefined : outcomes;
}

function outcomesOf(
  route: AlertmanagerRoute,
  labels: AlertLabels,
  inherited: AlertmanagerRoute | undefined,
): RouteEnd[][] | undefined {
  if (route.badMatchers.length > 0) return undefined;
  const writtenOn = route.receiver ? route : inherited;
  if (!writtenOn?.receiver) return undefined;
  // Each open way: what was reached so far, and whether an earlier child took the alert for good.
  let ways: { ends: RouteEnd[]; taken: boolean }[] = [{ ends: [], taken: false }];
  for (const child of route.routes) {
    const verdict = holds(child, labels);
    if (verdict === undefined) return undefined;
    if (verdict === 'no') continue;
    const inChild = outcomesOf(child, labels, writtenOn);
    if (inChild === undefined) return undefined;
    ways = ways.flatMap((way) => {
      if (way.taken) return [way];
      const through = inChild.map((ends) => ({ ends: [...way.ends, ...ends], taken: !child.continue }));
      return verdict === 'maybe' ? [...through, way] : through;
    });
    if (ways.length > MOST) return undefined;
  }
  const { receiver } = writtenOn;
  return ways.map(({ ends }) => (ends.length > 0 ? ends : [{ receiver: receiver.value, writtenOn }]));
}

function holds(route: AlertmanagerRoute, { known, open }: AlertLabels): 'yes' | 'no' | 'maybe' | undefined {
  if (route.badMatchers.length > 0) return undefined;
  let maybe = false;
  for (const matcher of route.matchers) {
    if (open && !Object.hasOwn(known, matcher.label)) maybe = true;
    else if (!matches(matcher, known)) return 'no';
  }
  return maybe ? 'maybe' : 'yes';
}
