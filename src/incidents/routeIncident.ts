import { MlopsError } from '../contract/errors.js';
import type { Incident } from '../contract/incident.js';
import { boundedText } from './boundedText.js';

/**
 * The first route, in the order of the configuration, that one alert of the incident's own state
 * matches: it carries all labels of the route, with exactly these values. An empty `match` matches
 * everything.
 *
 * @throws MlopsError MLOPS-INPUT-003 when none does.
 */
export function routeIncident<R extends { match: Record<string, string> }>(
  incident: Incident,
  routes: readonly R[],
): R {
  const deciding = incident.alerts.filter((alert) => alert.status === incident.status);
  const found = routes.find((route) =>
    deciding.some((alert) => Object.entries(route.match).every(([name, value]) => alert.labels[name] === value)),
  );
  if (found !== undefined) return found;
  const [first] = deciding;
  const labels = Object.entries(first?.labels ?? {}).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  const others = deciding.length > 1 ? `, and of ${deciding.length - 1} more` : '';
  const tried = routes.length === 1 ? 'the one route' : `any of the ${routes.length} routes`;
  throw new MlopsError(
    'MLOPS-INPUT-003',
    routes.length === 0
      ? 'The configuration has no routes, so no alert leads to a target.'
      : `The alert does not match ${tried}. Its labels${others}: ${boundedText(labels.sort().join(', '), 600)}`,
    { where: 'routes' },
  );
}
