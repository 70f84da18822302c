// Each check of the Terraform configuration, shown to catch a copy that is broken in one place.
import { describe, expect, it } from "vitest";
import type { Files } from "../../dev/terraform/configuration.ts";
import type { ValueObject } from "../../dev/terraform/values.ts";
import { alerts, closed, roles, settings } from "./breaks-in-safety.ts";
import { provider, references } from "./breaks-in-wiring.ts";
import { closedContainer, container } from "./breaks-in-container.ts";
import { mail } from "./breaks-in-mail.ts";
import { network } from "./breaks-in-network.ts";
import { sinks } from "./breaks-in-sinks.ts";
import { broken, complaints, everySink, files, inContainers, lockedDown, withMail } from "./infra-files.ts";

describe.each(Object.entries({ references, provider, closed, roles, settings, alerts }))(
  "the checks of %s",
  (_, breaks) => {
    it.each(breaks)("catch $what", async ({ file, from, to, complaint }) => {
      expect((await complaints(broken(file, from, to))).join("\n")).toContain(complaint);
    });
  },
);

describe("the checks of a closed network", () => {
  it.each(network)("catch $what", async ({ file, from, to, complaint }) => {
    expect((await complaints(broken(file, from, to), lockedDown)).join("\n")).toContain(complaint);
  });
});

describe("the checks of e-mail", () => {
  it.each(mail)("catch $what", async ({ file, from, to, complaint }) => {
    expect((await complaints(broken(file, from, to), withMail)).join("\n")).toContain(complaint);
  });
});

describe("the checks of further sinks", () => {
  it.each(sinks)("catch $what", async ({ file, from, to, complaint }) => {
    expect((await complaints(broken(file, from, to), everySink)).join("\n")).toContain(complaint);
  });
});

describe("the checks of containers", () => {
  it.each(container)("catch $what", async ({ file, from, to, complaint }) => {
    await expect(complaintsOr(broken(file, from, to), inContainers)).resolves.toContain(complaint);
  });

  it.each(closedContainer)("catch $what", async ({ file, from, to, complaint }) => {
    const inNetwork = { ...lockedDown, ...inContainers, service_bus_sku: "Premium" };
    await expect(complaintsOr(broken(file, from, to), inNetwork)).resolves.toContain(complaint);
  });
});

describe("the parser", () => {
  it("catches what is not HCL, with its file and line", async () => {
    const copy = new Map([...files, ["main.tf", 'resource "a" "b" {\n  name = \n}\n']]);
    await expect(complaints(copy)).rejects.toThrow(/main\.tf:2/);
  });

  it("refuses a function that the checks do not know, instead of trusting it", async () => {
    await expect(complaints(broken("main.tf", "substr(sha256(", "substr(sha999("))).rejects.toThrow(
      "sha999 is not known here",
    );
  });
});

/** With the word of a check that cannot even go on. */
async function complaintsOr(of: Files, more: ValueObject): Promise<string> {
  try {
    return (await complaints(of, more)).join("\n");
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return error.message;
  }
}
