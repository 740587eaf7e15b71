/** Address of a task in Temporal's web UI. */
export function taskUrl(ui: string, namespace: string, task: string, run: string): string {
  const path = ['namespaces', namespace, 'workflows', task, run, 'history'].map(encodeURIComponent).join('/');
  return `${ui.replace(/\/+$/, '')}/${path}`;
}
