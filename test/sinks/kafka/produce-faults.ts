// What the relay does to produce requests and their answers, as told by a test.
import { changeProduceAnswer, framed, produceAnswer } from "./wire.ts";

export interface Times {
  /** So many requests pass before. Default 0. */
  readonly after?: number;
  /** Default 1. */
  readonly times?: number;
}

export type ProduceFault =
  /** The broker's own code instead of what it said; with `stored` it had stored the batch all the same. */
  | { readonly kind: "answer"; readonly code: number; readonly stored: boolean }
  /** Stored, and the answer asks for silence. */
  | { readonly kind: "throttle"; readonly ms: number }
  /** The connection ends instead of an answer. */
  | { readonly kind: "drop"; readonly stored: boolean }
  /** Nothing comes any more. */
  | { readonly kind: "silent"; readonly stored: boolean };

export interface ProduceOnWay {
  readonly correlationId: number;
  readonly topic: string;
  readonly partition: number;
  answer(bytes: Buffer): void;
  end(): void;
}

export interface ProduceFaults {
  add(fault: ProduceFault, times?: Times): void;
  clear(): void;
  /** Takes the next request; `onAnswer` gets the broker's answer where it was passed on. */
  next(request: ProduceOnWay): { readonly pass: boolean; readonly onAnswer: (answer: Buffer) => void };
}

export function createProduceFaults(): ProduceFaults {
  const planned: { fault: ProduceFault; after: number; times: number }[] = [];

  function due(): ProduceFault | undefined {
    let found: ProduceFault | undefined;
    for (const plan of planned) {
      if (plan.after > 0) plan.after -= 1;
      else if (plan.times > 0 && found === undefined) {
        plan.times -= 1;
        found = plan.fault;
      }
    }
    return found;
  }

  return {
    add: (fault, { after = 0, times = 1 } = {}) => void planned.push({ fault, after, times }),
    clear: () => void planned.splice(0),
    next(request) {
      const fault = due();
      const onAnswer = (answer: Buffer): void => {
        if (fault?.kind === "drop") request.end();
        else if (fault?.kind === "throttle") {
          request.answer(framed(changeProduceAnswer(answer, { throttleMs: fault.ms })));
        } else if (fault?.kind === "answer") {
          request.answer(framed(changeProduceAnswer(answer, { code: fault.code })));
        } else if (fault === undefined) request.answer(framed(answer));
      };
      const pass = fault === undefined || fault.kind === "throttle" || fault.stored;
      if (!pass && fault.kind === "drop") request.end();
      if (!pass && fault.kind === "answer") request.answer(produceAnswer(request.correlationId, request, fault.code));
      return { pass, onAnswer };
    },
  };
}
