import { MlopsError } from '../contract/errors.js';
import type { Incident } from '../contract/incident.js';

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
  throw new MlopsError('MLOPS-INPUT-003', `No route matches the incident; ${routes.length} were tried.`, {
    where: 'routes',
  });
}
