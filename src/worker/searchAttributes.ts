import { MlopsError } from '../contract/errors.js';
import { SEARCH_ATTRIBUTES } from '../contract/searchAttributes.js';

/** `INDEXED_VALUE_TYPE_KEYWORD` of Temporal's API. */
const INDEXED_KEYWORD = 2;

export interface TemporalNamespace {
  address: string;
  namespace: string;
}

/** What is asked of a connection, of either kind. */
interface Asks {
  operatorService: {
    listSearchAttributes(request: {
      namespace: string;
    }): Promise<{ customAttributes?: Record<string, number | null> | null }>;
  };
}

/**
 * The search attributes that the namespace lacks or has with another type, with the command that mends
 * it; undefined when all are there. Without them every workflow task would fail, again and again.
 */
export async function missingSearchAttributes(
  connection: Asks,
  server: TemporalNamespace,
): Promise<{ names: string[]; command: string } | undefined> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace: server.namespace });
  const registered = customAttributes ?? {};
  const names = Object.values(SEARCH_ATTRIBUTES).filter((name) => registered[name] !== INDEXED_KEYWORD);
  if (names.length === 0) return undefined;
  const command = (verb: string, rest: string) =>
    `temporal operator search-attribute ${verb} --address ${server.address} --namespace ${server.namespace} ${rest}`;
  // A type for each name: with one for all `temporal` 1.9.1 registers only the first, and reports success.
  const create = command('create', names.map((name) => `--name ${name} --type Keyword`).join(' '));
  // The server refuses to register a name again with another type.
  const mistyped = names.filter((name) => Object.hasOwn(registered, name));
  if (mistyped.length === 0) return { names, command: create };
  const remove = command('remove', `${mistyped.map((name) => `--name ${name}`).join(' ')} --yes`);
  return { names, command: `${remove} && ${create}` };
}

/**
 * Better said at the start than by tasks that hang.
 * @throws MlopsError MLOPS-TMP-006 with the command that registers what is missing.
 */
export async function assertSearchAttributes(connection: Asks, server: TemporalNamespace): Promise<void> {
  const missing = await missingSearchAttributes(connection, server);
  if (missing === undefined) return;
  throw new MlopsError(
    'MLOPS-TMP-006',
    `not registered as Keyword in namespace ${server.namespace}: ${missing.names.join(', ')}`,
    { where: server.namespace, mend: missing.command },
  );
}
