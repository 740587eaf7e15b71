/**
 * Orders two versions (`v1.2.3-rc.1`) by precedence as Semantic Versioning 2.0.0, item 11, defines it;
 * build metadata only decides between otherwise equal ones, so that the order is total.
 */
export function compareSemver(left: string, right: string): number {
  const [leftCore, leftPre, leftBuild] = parts(left);
  const [rightCore, rightPre, rightBuild] = parts(right);
  return (
    compareIdentifiers(leftCore, rightCore) ||
    comparePrerelease(leftPre, rightPre) ||
    (leftBuild < rightBuild ? -1 : leftBuild > rightBuild ? 1 : 0)
  );
}

function parts(version: string): [core: string[], prerelease: string[] | undefined, build: string] {
  const [, core = '', prerelease, build = ''] = /^v?(\d+\.\d+\.\d+)(?:-([^+]*))?(?:\+(.*))?$/.exec(version) ?? [];
  return [core.split('.'), prerelease?.split('.'), build];
}

function comparePrerelease(left: string[] | undefined, right: string[] | undefined): number {
  if (left === undefined || right === undefined) return Number(left === undefined) - Number(right === undefined);
  return compareIdentifiers(left, right);
}

function compareIdentifiers(left: readonly string[], right: readonly string[]): number {
  for (let at = 0; at < Math.min(left.length, right.length); at += 1) {
    const order = compareIdentifier(left[at] as string, right[at] as string);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

function compareIdentifier(left: string, right: string): number {
  const numeric = [left, right].map((text) => /^\d+$/.test(text));
  if (numeric[0] && numeric[1]) {
    const [a, b] = [BigInt(left), BigInt(right)];
    return a < b ? -1 : a > b ? 1 : 0;
  }
  if (numeric[0] !== numeric[1]) return numeric[0] ? -1 : 1;
  return left < right ? -1 : left > right ? 1 : 0;
}
