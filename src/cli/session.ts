// What a command is given: settings, the bridge, and ways to print. One for each run of the program.
import { randomUUID } from "node:crypto";
import { bridgeOpener, type Bridge } from "../app.ts";
import { readSettingsFiles } from "../config/environment.ts";
import { secretsOf, type Environment, type SettingsFiles } from "../config/load-settings.ts";
import type { Operations } from "../operations/operations.ts";
import { createRedact } from "../telemetry/redact.ts";
import { printable } from "./print/printable.ts";
import { progressOn, type Progress } from "./print/progress.ts";
import { styleFor, type Style } from "./print/style.ts";
import { settingsSource } from "./settings-source.ts";
import type { CliWorld } from "./world.ts";

/** Options that every command has. */
export interface SharedOptions {
  readonly settings?: string;
  readonly json?: boolean;
  readonly verbose?: boolean;
}

export interface Session {
  readonly world: CliWorld;
  readonly json: boolean;
  readonly style: Style;
  /** Throws `SETTINGS_INVALID` for a file of settings that cannot be read. */
  environment(): Environment;
  readFiles(): SettingsFiles;
  /** Opens the bridge for the work and closes it. Throws what opening throws. Its log lines are shown with --verbose. */
  withBridge<Result>(work: (bridge: Bridge) => Promise<Result>): Promise<Result>;
  /** The same for what an operator does. `command` names it to those who find the lease. */
  withOperations<Result>(command: string, work: (operations: Operations) => Promise<Result>): Promise<Result>;
  /** The answer: one JSON document with --json, else the text. */
  answer(value: unknown, text: () => string): void;
  /** One line of an answer that goes on and on: one JSON document a line with --json. */
  line(value: unknown, text: () => string): void;
  /** To standard error: what is not the answer. */
  note(text: string): void;
  /** On standard error, and only on a terminal. */
  readonly progress: Progress;
  /** Asks before something is changed. False when nobody says yes, or nobody is there to say it. */
  confirm(question: string): Promise<boolean>;
  /** Aborts at Ctrl-C. Whoever asks for it ends by itself then. */
  interrupted(): AbortSignal;
}

/** `end` takes the listeners away again. */
export function openSession(world: CliWorld, options: SharedOptions): { session: Session; end: () => void } {
  let environment: Environment | undefined;
  let redact = createRedact(secretsOf(world.environment));
  let interrupt: AbortController | undefined;
  let unlisten: (() => void) | undefined;
  const progress = progressOn(world.stderr);

  function settings(): Environment {
    environment ??= settingsSource(options.settings, world.root, world.environment);
    redact = createRedact([...secretsOf(world.environment), ...secretsOf(environment)]);
    return environment;
  }

  const readFiles = (): SettingsFiles => readSettingsFiles(world.root, settings());

  function write(to: "stdout" | "stderr", text: string): void {
    progress.clear();
    world[to].write(redact(text));
  }

  const session: Session = {
    world,
    json: options.json === true,
    style: styleFor(world.stdout, world.environment),
    environment: settings,
    readFiles,
    async withBridge(work) {
      const openBridge = bridgeOpener({ environment: settings(), readFiles, ...world.time });
      const bridge = await openBridge((level, line) => {
        if (options.verbose === true) write("stderr", `${level} ${printable(line)}\n`);
      });
      try {
        return await work(bridge);
      } finally {
        await bridge.close();
      }
    },
    withOperations: (command, work) =>
      session.withBridge((bridge) => work(bridge.operations(`bridge ${command} ${randomUUID()}`))),
    answer: (value, text) =>
      write("stdout", session.json ? `${JSON.stringify(value, undefined, 2)}\n` : withNewline(text())),
    line: (value, text) => write("stdout", session.json ? `${JSON.stringify(value)}\n` : withNewline(text())),
    note: (text) => write("stderr", withNewline(text)),
    progress,
    async confirm(question) {
      if (world.ask === undefined) return false;
      progress.clear();
      const answer = await world.ask(`${redact(question)} [y/N] `);
      return /^\s*y(es)?\s*$/i.test(answer);
    },
    interrupted() {
      if (interrupt === undefined) {
        const controller = new AbortController();
        interrupt = controller;
        unlisten = world.onInterrupt(() => controller.abort());
      }
      return interrupt.signal;
    },
  };
  return { session, end: () => unlisten?.() };
}

function withNewline(text: string): string {
  return text.endsWith("\n") ? text : `${text}\n`;
}
