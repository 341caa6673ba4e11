import { runOps } from './program.ts';

process.exitCode = await runOps(process.argv.slice(2), process.env, {
  data: (text) => process.stdout.write(`${text}\n`),
  talk: (text) => process.stderr.write(`${text}\n`),
});
