import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { readHubAddress } from "../../src/sinks/event-hubs-address.ts";

const endpoint = "Endpoint=sb://ns.servicebus.windows.net/";
const key = "SharedAccessKeyName=sender;SharedAccessKey=c2VjcmV0LWtleQ==";

describe("readHubAddress", () => {
  it("reads a connection string", () => {
    expect(readHubAddress({ connectionString: `${endpoint};${key};EntityPath=records` })).toEqual({
      host: "ns.servicebus.windows.net",
      hub: "records",
      plainTcp: false,
      setting: "EVENT_HUB_CONNECTION_STRING",
      withIdentity: false,
    });
    const named = readHubAddress({ connectionString: `${endpoint};${key};EntityPath=records`, setting: "HUB_B" });
    expect(named.setting).toBe("HUB_B");
    const local = `Endpoint=sb://127.0.0.1:5673;${key};UseDevelopmentEmulator=true`;
    expect(readHubAddress({ connectionString: local, hub: "records" })).toMatchObject({
      host: "127.0.0.1:5673",
      hub: "records",
      plainTcp: true,
    });
    const signed = `${endpoint};SharedAccessSignature=SharedAccessSignature sr=x&sig=y;EntityPath=records`;
    expect(readHubAddress({ connectionString: signed })).toMatchObject({ hub: "records" });
  });

  it("reads a namespace with an identity", () => {
    const credential = { getToken: async () => null };
    expect(readHubAddress({ namespace: "ns.servicebus.windows.net", hub: "records", credential })).toEqual({
      host: "ns.servicebus.windows.net",
      hub: "records",
      plainTcp: false,
      setting: "EVENT_HUB_NAMESPACE",
      withIdentity: true,
    });
  });

  it.each([
    ["no endpoint", { connectionString: `${key};EntityPath=records` }, "Endpoint"],
    ["an endpoint of another kind", { connectionString: `Endpoint=https://ns/;${key};EntityPath=records` }, "Endpoint"],
    ["no key", { connectionString: `${endpoint};SharedAccessKeyName=sender;EntityPath=records` }, "SharedAccessKey"],
    ["no hub", { connectionString: `${endpoint};${key}` }, "EntityPath"],
    ["two hubs", { connectionString: `${endpoint};${key};EntityPath=records`, hub: "other" }, "other"],
    ["something else altogether", { connectionString: "c2VjcmV0LWtleQ==" }, "Endpoint"],
  ])("names what is wrong with %s, without the key", (_, options, named) => {
    let error: unknown;
    try {
      readHubAddress(options);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ code: "SETTINGS_INVALID", message: expect.stringContaining(named) });
    expect(inspect(error)).not.toContain("c2VjcmV0LWtleQ");
  });
});
