// Decides which values may be shown in a problem.

const LONGEST_SHOWN = 60;
/** A shorter text stands in many secrets by chance. */
const SHORTEST_PART = 8;

/** Keys of connection strings and SAS tokens, credentials in a URL, long random-looking text. */
const LIKE_A_SECRET = /AccountKey|SharedAccess|\bsig=|password|secret|token|:\/\/[^/]*@|[A-Za-z0-9+/_=-]{32,}/i;

/** Escaped text could hold a secret in a form that is not recognised. */
const ESCAPED = /\\|%[0-9A-Fa-f]{2}/;

export type Display = (text: string) => string | undefined;

/**
 * Shows a text, shortened, or nothing when it could give a secret away: a password pasted into the wrong setting.
 * @param secrets the values of all settings that are secret
 */
export function safeDisplay(secrets: readonly string[]): Display {
  return (text) => {
    const ofASecret = (secret: string) =>
      text.includes(secret) || (text.length >= SHORTEST_PART && secret.includes(text));
    if (LIKE_A_SECRET.test(text) || ESCAPED.test(text) || secrets.some(ofASecret)) return undefined;
    return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}...` : text;
  };
}
