import type { ContainerImage, Scalar } from '../facts.js';

/** Splits an image reference into repository, tag and digest; a port of the registry isn't a tag. */
export function splitImage(reference: string): { repository: string; tag?: string; digest?: string } {
  const at = reference.indexOf('@');
  const digest = at === -1 ? undefined : reference.slice(at + 1);
  const named = at === -1 ? reference : reference.slice(0, at);
  const colon = named.lastIndexOf(':');
  const tagged = colon > named.lastIndexOf('/');
  const out: { repository: string; tag?: string; digest?: string } = {
    repository: tagged ? named.slice(0, colon) : named,
  };
  if (tagged) out.tag = named.slice(colon + 1);
  if (digest !== undefined) out.digest = digest;
  return out;
}

export function containerImage(image: Scalar): ContainerImage {
  return { image, ...splitImage(image.value) };
}
