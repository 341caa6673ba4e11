import { parseArgs } from 'node:util';
import { recordScript } from './cases/record-script.ts';
import { ratioOf, report, roundLine } from './cases/report.ts';
import { runRounds } from './cases/rounds.ts';
import { openSite } from './cases/site.ts';

// npm run bench [-- --cases 60 --at-once 30 --rounds 5 --window-ms 1000 --require 0.8]: cases per second through the full escalation, beside
// a bare workflow that makes the same moves. With --require it fails below that ratio. Quiet machines tell more.

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '60' },
    'at-once': { type: 'string', default: '30' },
    rounds: { type: 'string', default: '5' },
    // Short, so that the machine and not the waiting sets the pace; longer than the way of a step, or timers would not be set at all.
    'window-ms': { type: 'string', default: '1000' },
    require: { type: 'string' },
  },
});
const howMuch = {
  cases: Number(values.cases),
  atOnce: Number(values['at-once']),
  rounds: Number(values.rounds),
};
/** More than cases suspend between two counts of the network. */
const BYSTANDERS = 1_000;

const say = (line: string) => {
  process.stderr.write(`${line}\n`);
};

say('Starting a Temporal server, a store and two workers …');
const site = await openSite(Number(values['window-ms']), BYSTANDERS);
process.once('SIGINT', () => void site.close().finally(() => process.exit(130)));
try {
  say('Taking down what a case does …');
  const script = await recordScript(site);
  say('One lap of each to warm up …');
  await runRounds(site, script, { ...howMuch, rounds: 1 });
  say(`${howMuch.rounds} rounds of ${howMuch.cases} cases each, ${howMuch.atOnce} at a time …`);
  const rounds = await runRounds(site, script, howMuch, (round, no) => say(roundLine(round, no)));
  process.stdout.write(`${report(rounds)}\n`);
  const { middle } = ratioOf(rounds);
  if (values.require !== undefined && !(middle >= Number(values.require))) {
    say(`The ratio is below ${values.require}.`);
    process.exitCode = 1;
  }
} finally {
  await site.close();
}
