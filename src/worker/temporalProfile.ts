import { loadClientConnectConfig } from '@temporalio/envconfig';
import { MlopsError } from '../contract/errors.js';

/** Connection options as the environment and an envconfig profile (`temporal.toml`) give them; unset where neither does. */
export type TemporalProfile = ReturnType<typeof loadClientConnectConfig>;

/**
 * What the environment (`TEMPORAL_…`) and the profile file say of the connection. A file that isn't
 * there is no error, as with Temporal's own command line.
 *
 * @throws MlopsError MLOPS-TMP-007 when the file can't be read, is no TOML or has no profile, or when
 * TEMPORAL_PROFILE names one that it doesn't have.
 */
export function temporalProfile(env: NodeJS.ProcessEnv = process.env): TemporalProfile {
  const overrideEnvVars = Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  try {
    return loadClientConnectConfig({ overrideEnvVars });
  } catch (cause) {
    // The SDK looks for a profile in a file without any and fails with a TypeError of its own inside.
    const reason = cause instanceof TypeError ? 'it has no valid [profile.NAME] section' : (cause as Error).message;
    throw new MlopsError('MLOPS-TMP-007', `the Temporal profile cannot be used: ${reason}`, {
      where: env.TEMPORAL_CONFIG_FILE ?? 'temporal.toml',
      ...(cause instanceof TypeError
        ? {
            mend:
              'Write at least the line [profile.default] into it, or remove the file; ' +
              '`temporal config set --prop address --value HOST:PORT` makes a valid one.',
          }
        : {}),
      cause,
    });
  }
}
