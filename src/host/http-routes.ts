// Which function answers a path and method, as the Functions host decides it.
import type { HttpFunctionOptions } from "@azure/functions";
import { BridgeError } from "../errors.ts";

export interface HttpRoute {
  readonly name: string;
  readonly options: HttpFunctionOptions;
  readonly methods: readonly string[];
  /** Anything but `anonymous`. */
  readonly needsKey: boolean;
}

export type FoundRoute =
  | { readonly kind: "found"; readonly route: HttpRoute }
  | { readonly kind: "no-such-path" }
  | { readonly kind: "other-method"; readonly allowed: readonly string[] };

/** By path and method; paths do not differ by case. */
export type FindRoute = (method: string, path: string) => FoundRoute;

/** Throws `SETTINGS_INVALID` for two functions on one path and method, and for a route with parameters. */
export function httpRoutes(functions: ReadonlyMap<string, HttpFunctionOptions>, prefix = "/api"): FindRoute {
  const byPath = new Map<string, HttpRoute[]>();
  for (const [name, options] of functions) {
    const route = options.route ?? name;
    if (/[{}*?#]/.test(route)) throw unusable(name, `its route ${route} is more than a plain path`);
    const path = `${prefix}/${route.replace(/^\//, "")}`.toLowerCase();
    const methods = options.methods ?? ["GET", "POST"];
    const others = byPath.get(path) ?? [];
    const taken = others.find((other) => other.methods.some((method) => methods.some((own) => own === method)));
    if (taken !== undefined) throw unusable(name, `${path} is the path of the function ${taken.name} already`);
    // The library's own default is anonymous.
    const needsKey = (options.authLevel ?? "anonymous") !== "anonymous";
    byPath.set(path, [...others, { name, options, methods, needsKey }]);
  }
  return (method, path) => {
    const routes = byPath.get(path.toLowerCase());
    if (routes === undefined) return { kind: "no-such-path" };
    const route = routes.find(({ methods }) => methods.includes(method));
    return route === undefined
      ? { kind: "other-method", allowed: routes.flatMap(({ methods }) => methods) }
      : { kind: "found", route };
  };
}

function unusable(name: string, why: string): BridgeError {
  return new BridgeError("SETTINGS_INVALID", `The function ${name} cannot be served: ${why}.`, {
    fix: "Give each function a route of its own: letters, digits, hyphens and slashes.",
  });
}
