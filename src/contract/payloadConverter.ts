import { DefaultPayloadConverter, type Payload, type PayloadConverter } from '@temporalio/common';

/** What stands for a payload that no converter could read. */
export interface Undecodable {
  undecodable: true;
  encoding: string;
  bytes: number;
  reason: string;
}

export function isUndecodable(value: unknown): value is Undecodable {
  return typeof value === 'object' && value !== null && (value as { undecodable?: unknown }).undecodable === true;
}

/**
 * A payload that can't be decoded fails the workflow task for ever, before any handler runs. Wrapped
 * in this, it arrives as {@link Undecodable}, is recorded as ignored, and the next valid decision works.
 */
export function surviveUndecodable(inner: PayloadConverter): PayloadConverter {
  return {
    toPayload: (value, ...rest) => inner.toPayload(value, ...rest),
    fromPayload<T>(payload: Payload, ...rest: never[]): T {
      try {
        return inner.fromPayload<T>(payload, ...rest);
      } catch (error) {
        const encoding = payload.metadata?.encoding;
        const undecodable: Undecodable = {
          undecodable: true,
          encoding: encoding ? new TextDecoder().decode(encoding).slice(0, 100) : 'none',
          bytes: payload.data?.length ?? 0,
          reason: error instanceof Error ? error.message.slice(0, 200) : 'unknown',
        };
        return undecodable as T;
      }
    },
  };
}

/** The converter that the worker's bundle is built with; Temporal looks for this name. */
export const payloadConverter: PayloadConverter = surviveUndecodable(new DefaultPayloadConverter());
