import path from 'node:path';
import { Command, InvalidArgumentError } from 'commander';

/** What a person may choose at `npm start`. */
export interface StartOptions {
  /** Port of the API on 127.0.0.1; 0 takes the one of last time, or a free one. */
  readonly port: number;
  readonly data: string;
  readonly policyPath: string;
  readonly fresh: boolean;
  /** Start Temporal's web page too. */
  readonly ui: boolean;
}

const HIGHEST_PORT = 65_535;

function portOf(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= HIGHEST_PORT) return port;
  throw new InvalidArgumentError(`a port is a number from 0 to ${HIGHEST_PORT}.`);
}

/** Reads the command line; ends the process with a message for a wrong one. Paths count from the present folder. */
export function readOptions(argv: readonly string[]): StartOptions {
  const read = new Command('npm start --')
    .description('Runs the whole system on this machine; everything listens on 127.0.0.1.')
    .option('--port <port>', 'port of the API', portOf, 8787)
    .option('--data <folder>', 'folder that keeps everything between runs', '.data')
    .option('--policy <file>', 'the law to begin with', 'policies/demo.json')
    .option('--fresh', 'forget what the data folder holds', false)
    .option('--no-ui', 'without the web page of Temporal')
    .allowExcessArguments(false)
    .parse(argv, { from: 'user' })
    .opts<{ port: number; data: string; policy: string; fresh: boolean; ui: boolean }>();
  return {
    port: read.port,
    data: path.resolve(read.data),
    policyPath: path.resolve(read.policy),
    fresh: read.fresh,
    ui: read.ui,
  };
}
