// npm run build
import { bundle } from "./bundle.ts";

const { bytes } = await bundle();
process.stdout.write(`dist/main.js and its chunks: ${Math.round(bytes / 1024)} KiB\n`);
