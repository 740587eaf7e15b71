/** Words of a name in lower case: `maxFeature_age.ms` gives `max`, `feature`, `age`, `ms`. */
export function nameWords(name: string): string[] {
  return name
    .slice(0, 1000)
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
}
