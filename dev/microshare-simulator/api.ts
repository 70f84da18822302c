// The data and configuration API: checks the token, then hands on by the first part of the path.
import { accessDenied, textAnswer, unauthorized } from "./answer.ts";
import type { Answer, ApiRequest } from "./answer.ts";
import { answerDevices } from "./devices.ts";
import type { Cluster } from "./devices.ts";
import { answerShare } from "./share-list.ts";
import type { ShareParts } from "./share-list.ts";
import { hasScopes } from "./tokens.ts";
import type { Token, Tokens } from "./tokens.ts";
import { answerViewDefinition, answerViewRun } from "./views.ts";
import type { ViewParts } from "./views.ts";

export interface ApiParts extends ShareParts, ViewParts {
  readonly tokens: Tokens;
  readonly clusters: readonly Cluster[];
}

export function answerApi(request: ApiRequest, parts: ApiParts): Answer {
  const token = parts.tokens.accept(request.authorization, request.now);
  if (token === undefined) return unauthorized();
  if (request.method !== "GET") return textAnswer(405, "HTTP method not allowed, supported methods: GET");
  const [kind = "", ...segments] = segmentsOf(request.path);
  switch (kind) {
    case "share":
      return answerShareOrView(request, segments, token, parts);
    case "view":
      return answerViewDefinition(request, segments, parts);
    case "device":
      return answerDevices(request, segments, parts.clusters, parts.quirks);
    default:
      return textAnswer(404, "The requested resource could not be found.");
  }
}

function answerShareOrView(request: ApiRequest, segments: readonly string[], token: Token, parts: ApiParts): Answer {
  const [recType = "", second = ""] = segments;
  const isViewRun = second === "" && request.query.has("id");
  const wanted = isViewRun ? ["SHARE:READ", "SHARE:QUERY", "SHARE:EXECUTE"] : ["SHARE:READ"];
  if (parts.quirks.enforceScopes && !hasScopes(token, wanted)) return accessDenied();
  return isViewRun ? answerViewRun(request, recType, token, parts) : answerShare(request, segments, token, parts);
}

function segmentsOf(path: string): string[] {
  return path.split("/").slice(1).map(decode);
}

/** A segment that is not valid percent-encoding stands for itself. */
function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    return segment;
  }
}
