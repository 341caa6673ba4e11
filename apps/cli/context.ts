import type { Command } from 'commander';
import { type ApiCall, callApi } from './api.ts';

/** Where a command writes. */
export interface Out {
  readonly data: (text: string) => void;
  readonly talk: (text: string) => void;
}

/** Options that every command has. */
interface GlobalOptions {
  url: string;
  token: string;
  json: boolean;
  idempotencyKey?: string;
}

/** What a command does its work with. */
export interface Context {
  /** Calls the API and prints the answer: as it came with `--json`, else as `show` makes it. Returns the answer. */
  readonly print: (
    command: Command,
    call: ApiCall,
    show: (answer: unknown) => string,
  ) => Promise<unknown>;
  readonly call: (command: Command, call: ApiCall) => Promise<unknown>;
}

/** The context of a run: connection from the options, output to the given streams. */
export function createContext(out: Out): Context {
  const call: Context['call'] = (command, request) => {
    const { url, token, idempotencyKey } = command.optsWithGlobals<GlobalOptions>();
    return callApi({ url, token, idempotencyKey }, request);
  };
  return {
    call,
    async print(command, request, show) {
      const answer = await call(command, request);
      const { json } = command.optsWithGlobals<GlobalOptions>();
      out.data(json ? JSON.stringify(answer, null, 2) : show(answer));
      return answer;
    },
  };
}
