const TARGET_LABELS: ReadonlySet<string> = new Set(
  (
    'job instance cluster namespace pod container node service endpoint host hostname env environment stage region ' +
    'zone availability_zone az datacenter dc tenant team app application component prometheus prometheus_replica ' +
    'replica'
  ).split(' '),
);

/**
 * Whether service discovery, relabelling or external labels usually give a label to all series of a target,
 * so that the target itself doesn't expose it.
 */
export function isTargetLabel(label: string): boolean {
  return TARGET_LABELS.has(label) || label.startsWith('exported_');
}
