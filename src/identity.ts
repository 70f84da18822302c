// Azure credentials, loaded only where an identity is used: the package is larger than all that a key needs.
import type { TokenCredential } from "@azure/identity";

/**
 * In Azure the managed identity and nothing else: no probing, one clear error. On a developer's machine whatever login
 * is there. `clientId` names a user-assigned identity.
 */
export async function createCredential(
  kind: "managed-identity" | "default",
  clientId: string | undefined,
): Promise<TokenCredential> {
  const identity = await import("@azure/identity");
  if (kind === "managed-identity") {
    return clientId === undefined
      ? new identity.ManagedIdentityCredential()
      : new identity.ManagedIdentityCredential({ clientId });
  }
  return clientId === undefined
    ? new identity.DefaultAzureCredential()
    : new identity.DefaultAzureCredential({ managedIdentityClientId: clientId });
}

/** True for the errors of the identity SDK, told by name so that it is loaded only where it is used. */
export function isCredentialFailure(error: unknown): boolean {
  return error instanceof Error && credentialErrors.has(error.name);
}

const credentialErrors = new Set([
  "AggregateAuthenticationError",
  "AuthenticationError",
  "AuthenticationRequiredError",
  "CredentialUnavailableError",
]);
