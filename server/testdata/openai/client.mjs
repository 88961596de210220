// Drives running servers with OpenAI's own client. Usage: node client.mjs SETTING, a JSON object: program and scripted
// are base URLs of the whole program and of one with a scripted model; the other members are tokens by shop. Each check
// is one line of standard output; those that failed are on standard error.
import { answers } from './answers.mjs';
import { errors } from './errors.mjs';
import { retries } from './retries.mjs';
import { streams } from './streams.mjs';

const setting = JSON.parse(process.argv[2]);
const checks = { ...answers(setting), ...streams(setting), ...errors(setting), ...retries(setting) };
let failed = 0;
for (const [name, check] of Object.entries(checks)) {
  try {
    await check();
    console.log(name);
  } catch (e) {
    failed++;
    console.error(`FAILED: ${name}:`, e);
  }
}
if (failed) process.exit(1);
console.log(`${Object.keys(checks).length} checks passed`);
