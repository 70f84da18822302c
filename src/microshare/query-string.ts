// Percent-encoding of query strings and form bodies, strict enough for text that ends up inside a view's JSON.

/** Pairs as `a=b&c=d`, UTF-8, space as `%20` and every reserved character encoded: valid as query and as form body. */
export function queryString(pairs: readonly (readonly [name: string, value: string])[]): string {
  return pairs.map(([name, value]) => `${percentEncode(name)}=${percentEncode(value)}`).join("&");
}

/** Everything but the unreserved characters of RFC 3986; `encodeURIComponent` alone leaves `!'()*` as they are. */
export function percentEncode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
