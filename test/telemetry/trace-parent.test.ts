import { ROOT_CONTEXT, trace } from "@opentelemetry/api";
import { expect, it } from "vitest";
import { contextOf } from "../../src/telemetry/trace-parent.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const SPAN = "b7ad6b7169203331";

it.each(["00", "01"])("takes the host's span as parent, whatever its own sample (flags %s)", (flags) => {
  expect(trace.getSpanContext(contextOf(`00-${TRACE}-${SPAN}-${flags}`))).toEqual({
    traceId: TRACE,
    spanId: SPAN,
    traceFlags: 1,
    isRemote: true,
  });
});

it.each([undefined, "", "00-zz-b7ad6b7169203331-01", `00-${TRACE}-${SPAN}`, "|old.style."])(
  "takes %s for none",
  (text) => {
    expect(contextOf(text)).toBe(ROOT_CONTEXT);
  },
);
