// Controls of what must not leave: secrets and personal fields; the others are in control-list.ts.
import type { Control } from "./control-list.ts";

export const privacyControls: readonly Control[] = [
  {
    name: "nothing blanked out",
    promise: "no secret leaves, whatever a server quotes",
    edits: [
      {
        file: "src/telemetry/redact.ts",
        find: "  return (text) => (pattern === undefined",
        replace: "  return (text) => text ? text : (pattern === undefined",
      },
      {
        file: "src/microshare/hide-secrets.ts",
        find: "    hide: (text) => hideCredentialLookalikes(",
        replace: "    hide: (text) => text ? text : hideCredentialLookalikes(",
      },
    ],
    check: ["test/integration/secrets.test.ts"],
  },
  {
    name: "token in the address",
    promise: "no secret is in a URL",
    edits: [
      {
        file: "src/microshare/api.ts",
        find: '{ method: "GET", url, headers: { ...API_HEADERS,',
        replace:
          '{ method: "GET", url: new URL(`${url.href}&access=${encodeURIComponent(Buffer.from(`x${token}`).toString("base64"))}`), headers: { ...API_HEADERS,',
      },
    ],
    check: ["test/integration/secrets.test.ts"],
  },
  {
    name: "personal fields of owners left in",
    promise: "with REMOVE_PERSONAL_FIELDS no address leaves with a record",
    edits: [
      {
        file: "src/microshare/personal-fields.ts",
        find: 'const account = { user: "remove" } as const;',
        replace: "const account = {} as const;",
      },
    ],
    check: ["test/microshare/personal-fields.test.ts"],
  },
  {
    name: "personal fields left in dead letters",
    promise: "with REMOVE_PERSONAL_FIELDS no dead letter keeps an address",
    edits: [
      {
        file: "src/without-personal-fields.ts",
        find: "unreadable: unreadable.map(shortened)",
        replace: "unreadable",
      },
    ],
    check: ["test/integration/personal-fields.test.ts"],
  },
  {
    name: "event ids made of what is left",
    promise: "turning REMOVE_PERSONAL_FIELDS on or off repeats nothing",
    edits: [
      {
        file: "src/without-personal-fields.ts",
        find: "  return { ...item, body: removePersonalFields(item.body) };",
        replace:
          '  const body = removePersonalFields(item.body);\n  return { ...item, body, ...("eventId" in item ? { eventId: String(item.eventId).replace(/.$/, String(body.length % 10)) } : {}) };',
      },
    ],
    check: ["test/integration/personal-fields.test.ts"],
  },
];
