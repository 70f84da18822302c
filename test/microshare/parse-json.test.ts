import { describe, expect, it } from "vitest";
import { BridgeError } from "../../src/errors.ts";
import { parseJson } from "../../src/microshare/parse-json.ts";

const response = (body: string | Buffer, contentType = "application/json") => ({
  body: Buffer.from(body),
  contentType,
});

const hideSecrets = (text: string): string => text.replaceAll("hunter22", "[hidden]");

function failure(body: string | Buffer, contentType?: string): BridgeError {
  try {
    parseJson(response(body, contentType), 'Feed "rooms", page 3');
  } catch (error) {
    if (error instanceof BridgeError) return error;
    throw error;
  }
  throw new Error("It did not fail.");
}

describe("parsing an answer", () => {
  it("gives the value of JSON, whatever the content type says, with or without a byte order mark", () => {
    expect(parseJson(response('{"objs":["é"]}', "text/plain"), "x")).toEqual({ objs: ["é"] });
    expect(parseJson(response("\u{feff}[1]"), "x")).toEqual([1]);
  });

  it.each([
    ["an HTML page by its title", "\n<!DOCTYPE html><head><title> Log in </title>", undefined, 'an HTML page "Log in"'],
    ["an HTML page without a title", "<html><body>x", undefined, "an HTML page instead"],
    ["HTML that only the content type gives away", "Welcome", "text/html; charset=utf-8", "an HTML page instead"],
    ["an empty body", "  \n", undefined, "an empty body"],
    ["JSON that breaks off", '{"objs":[{"id":"a"},{"i', undefined, "JSON that breaks off after 23 bytes"],
    ["a broken list", '[{"id":"a"},{"i', undefined, "JSON that breaks off after 15 bytes"],
    ["malformed JSON", '{"objs":[}', undefined, "malformed JSON of 10 bytes"],
    ["other text", "Service is\r\nrestarting", "text/plain", "other text (text/plain: Service is restarting)"],
    ["other text without a type", "oops", "", "other text (no content type: oops)"],
    ["bytes that are no text", Buffer.from([0x7b, 0xff, 0x7d]), undefined, "3 bytes that are not UTF-8 text"],
  ])("names %s", (_what, body, contentType, words) => {
    const error = failure(body, contentType);
    expect(error.code).toBe("RESPONSE_UNREADABLE");
    expect(error.message).toContain(`Feed "rooms", page 3: the API answered with`);
    expect(error.message).toContain(words);
    expect(error.fix).not.toBe("");
  });

  it("quotes little, no secrets, and nothing from inside JSON", () => {
    expect(failure(`x${"y".repeat(1000)}`).message.length).toBeLessThan(400);
    expect(failure("oops password=hunter22 Bearer abcdefgh").message).toContain("password=[hidden] Bearer [hidden]");
    const broken = failure('{"creatorId":"person@example.com","x":');
    expect(broken.message).not.toContain("person");
    expect(broken.cause).toBeUndefined();
  });

  it("cleans with the client's own knowledge of secrets where it has it", () => {
    const body = Buffer.from("the word is hunter22");
    expect(() => parseJson({ body, contentType: "text/plain", hideSecrets }, "x")).toThrow("the word is [hidden]");
  });
});
