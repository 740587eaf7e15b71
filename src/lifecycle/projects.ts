import type { EncodedPath } from '../contract/encodedPath.js';
import type { Component, Edge } from '../contract/lifecycle.js';
import type { SnapshotEntry } from '../contract/snapshot.js';
import { fileName, folderOf, isSuppressed } from './scope.js';

/** Files that stand at the top of a project of its own. */
const MARKERS =
  /^(pyproject\.toml|setup\.py|setup\.cfg|requirements[\w.-]*\.txt|environment\.ya?ml|conda[\w.-]*\.ya?ml|dvc\.yaml|mlproject|bentofile\.ya?ml|pipfile)$/i;

/** What trains by itself; a pipeline elsewhere can be that of the same model. */
const TRAINS = /^(training script|training notebook|DVC stage)$/;

/**
 * Tells the models of a monorepo apart: sets `project` to the folder of the project that a component
 * stands in, or is joined to, where at least two projects of the repository train a model.
 */
export function assignProjects(
  components: readonly Component[],
  edges: readonly Edge[],
  entries: readonly SnapshotEntry[],
): void {
  const folders = new Set<EncodedPath>();
  for (const { path } of entries) if (MARKERS.test(fileName(path)) && !isSuppressed(path)) folders.add(folderOf(path));
  folders.delete('');
  const projectOf = (path: EncodedPath): EncodedPath | undefined => {
    // The outermost one: a service's own requirements file doesn't cut it off its project.
    const parts = path.split('/');
    for (let length = 1; length < parts.length; length += 1) {
      const folder = parts.slice(0, length).join('/');
      if (folders.has(folder)) return folder;
    }
    return undefined;
  };
  const training = new Set(
    components.flatMap(({ stage, kind, path }) =>
      stage === 'training' && TRAINS.test(kind) ? (projectOf(path) ?? []) : [],
    ),
  );
  if (training.size < 2) return;
  const known = new Map<string, EncodedPath>();
  for (const component of components) {
    const project = projectOf(component.path);
    if (project !== undefined && training.has(project)) known.set(component.id, project);
  }
  for (const component of components) {
    const project = known.get(component.id) ?? onlyNeighbour(component, edges, known);
    if (project !== undefined) component.project = project;
  }
}

/** The project of everything that a component outside all projects is joined to, where that is one. */
function onlyNeighbour(
  component: Component,
  edges: readonly Edge[],
  known: ReadonlyMap<string, EncodedPath>,
): EncodedPath | undefined {
  const near = new Set<EncodedPath>();
  for (const { from, to } of edges) {
    const other = from === component.id ? to : to === component.id ? from : undefined;
    const project = other === undefined ? undefined : known.get(other);
    if (project !== undefined) near.add(project);
  }
  return near.size === 1 ? [...near][0] : undefined;
}
