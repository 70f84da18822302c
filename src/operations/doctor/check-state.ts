// The state: can it be read and written, and is what is in it sound.
import { proveContainer, proveTableReading, proveTableWriting, type Proved } from "../../state/state-rights.ts";
import type { Checklist } from "./checklist.ts";
import type { DoctorDeps } from "./doctor.ts";

export async function checkState(list: Checklist, routes: readonly string[], deps: DoctorDeps): Promise<void> {
  const { settings, connection } = deps.under;
  const { table, deadLetterContainer } = settings.state;
  let proved: Proved = "missing";
  await list.run("state:read", `state table ${table}: reading`, ["settings"], async () => {
    proved = await proveTableReading(connection, table);
    return { detail: proved === "there" ? "is there and can be read" : "is not there yet: the first run creates it" };
  });
  await list.run("state:write", `state table ${table}: writing`, ["state:read"], async () => {
    await proveTableWriting(connection, table, proved);
    return {
      detail:
        proved === "there"
          ? "a row of its own could be written and removed"
          : "a table of its own could be created, written and removed",
    };
  });
  await list.run("state:dead-letters", `dead letters in ${deadLetterContainer}`, ["settings"], async () => {
    const container = await proveContainer(connection, deadLetterContainer);
    return {
      detail:
        container === "there"
          ? "a blob of its own could be written and removed"
          : "is not there yet, and can be created: one of its own could be, and was removed",
    };
  });
  await list.run("state:routes", "saved progress", ["state:read"], async () => {
    let known = 0;
    for (const route of routes) {
      await deps.sight.look(route);
      if ((await deps.sight.load(route)) !== undefined) known += 1;
    }
    return { detail: `${known} of ${routes.length} routes have progress, and all of it can be read` };
  });
}
