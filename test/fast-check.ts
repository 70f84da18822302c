// fast-check with one seed a run can name: a failure prints it, `FC_SEED=<n>` runs it again.
import * as fc from "fast-check";

const seed = process.env["FC_SEED"];
if (seed !== undefined) fc.configureGlobal({ seed: Number(seed) });

export { fc };
