// The route of the webhook below /api, from its text: without the settings table, as the app reads it while it loads.

export const DEFAULT_WEBHOOK_ROUTE = "webhook";

/** Paths of other functions, and of the Functions host itself. */
const TAKEN = /^(?:health|notification|admin(?:\/.*)?|runtime(?:\/.*)?)$/i;

const PATH = /^[A-Za-z0-9][A-Za-z0-9._-]*(?:\/[A-Za-z0-9][A-Za-z0-9._-]*)*$/;

/** Without slashes around it. The problem completes the sentence "SETTING ...". */
export function parseWebhookRoute(text: string): { readonly value: string } | { readonly problem: string } {
  const route = text.trim().replace(/^\//, "");
  if (route.length > 100 || !PATH.test(route)) {
    return { problem: "is not a plain path of letters, digits, dots, hyphens and underscores" };
  }
  return TAKEN.test(route) ? { problem: "is the path of something else" } : { value: route };
}
