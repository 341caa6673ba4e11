import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { waitUntil } from '../../apps/local/parts/wait-until.ts';
import { bundleFunction } from '../../scripts/bundle-functions.ts';
import {
  arnOf,
  type FunctionSpec,
  InitFailed,
  type LambdaFunction,
  startFunction,
} from '../support/aws/lambda-function.ts';
import { lambdaRuntime } from '../support/parts/lambda-runtime.ts';
import { projectDir } from '../support/run/budgets.ts';

/** Our Runtime API beside Amazon's runtime client: what a function sees, and what is told of its failures. */

let folder: string;
let started: LambdaFunction[] = [];

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'swarm-runtime-api-'));
  await lambdaRuntime((line) => process.stderr.write(`${line}\n`));
  await bundleFunction(projectDir, 'echo', folder, 'test/aws/fixtures/echo-handler.ts');
});
afterEach(async () => {
  await Promise.all(started.map((it) => it.stop()));
  started = [];
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function start(changes: Partial<FunctionSpec> = {}): Promise<LambdaFunction> {
  const echo = await startFunction({
    name: 'echo',
    taskRoot: path.join(folder, 'functions/echo'),
    memoryMb: 256,
    env: {},
    logFolder: folder,
    ...changes,
  });
  started.push(echo);
  return echo;
}

it('tells the function what Lambda tells it, and freezes it between two invocations', async () => {
  const echo = await start({ timeoutMs: 20_000 });
  const first = await echo.invoke({ do: 'tell' });
  expect(first).toMatchObject({
    kind: 'response',
    result: {
      event: { do: 'tell' },
      requestId: first.requestId,
      arn: arnOf('echo'),
      memory: '256',
      logGroup: '/aws/lambda/echo',
      trace: expect.stringMatching(
        /^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0$/,
      ),
      taskRoot: path.join(folder, 'functions/echo'),
      node: process.versions.node,
    },
  });
  const { remainingMs, home } = (first as { result: { remainingMs: number; home?: string } })
    .result;
  expect(remainingMs).toBeGreaterThan(0);
  expect(remainingMs).toBeLessThanOrEqual(20_000);
  expect(home).toBeUndefined();
  await waitUntil(echo.isFrozen, { what: 'the process is frozen', withinMs: 10_000 });
  const second = await echo.invoke({ do: 'tell' });
  expect(second.kind).toBe('response');
  expect(second.requestId).not.toBe(first.requestId);
  expect(echo.log()).toContain(`${second.requestId}\tINFO\ttold`);
  expect(echo.peakMb()).toBeGreaterThan(20);
});

it('gives an error as Lambda does, and lets the process live', async () => {
  const echo = await start();
  expect(await echo.invoke({ do: 'throw' })).toMatchObject({
    kind: 'error',
    error: {
      errorType: 'RangeError',
      errorMessage: 'as ordered',
      trace: expect.arrayContaining([
        'RangeError: as ordered',
        expect.stringContaining('index.mjs'),
      ]),
    },
  });
  expect(await echo.invoke({ do: 'answer-much' })).toMatchObject({
    kind: 'error',
    error: { errorType: 'Function.ResponseSizeTooLarge' },
  });
  expect((await echo.invoke({ do: 'tell' })).kind).toBe('response');
});

it('ends a function that takes longer than its timeout, and notices one that ends by itself', async () => {
  const slow = await start({ timeoutMs: 200 });
  await expect(slow.invoke({ do: 'hang' })).rejects.toThrow('before it had answered');
  const gone = await start();
  await expect(gone.invoke({ do: 'exit' })).rejects.toThrow('before it had answered');
});

it.each<[string, string, string]>([
  ['Runtime.HandlerNotFound', 'index.nothing', 'export const handler = async () => {};'],
  ['Runtime.ImportModuleError', 'elsewhere.handler', 'export const handler = async () => {};'],
  ['Runtime.UserCodeSyntaxError', 'index.handler', 'export const handler = async () => {'],
  ['TypeError', 'index.handler', 'undefined.anything;'],
])('%s is told to the service as an error of the start', async (errorType, handler, code) => {
  const taskRoot = path.join(folder, errorType);
  mkdirSync(taskRoot);
  writeFileSync(path.join(taskRoot, 'index.mjs'), code);
  const failure = await start({ taskRoot, handler }).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(InitFailed);
  expect((failure as InitFailed).told).toMatchObject({
    errorType,
    errorMessage: expect.any(String),
    trace: expect.any(Array),
  });
});
