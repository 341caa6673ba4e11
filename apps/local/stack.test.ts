import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { demoPeople } from './people.ts';
import { type StackOptions, startLocalStack } from './stack.ts';

const policyPath = path.resolve(import.meta.dirname, '../../policies/demo.json');

describe('a stack that cannot be started says which part, why, and what to do', () => {
  let data: string;
  beforeEach(() => {
    data = mkdtempSync(path.join(tmpdir(), 'swarm-refused-'));
  });
  afterEach(() => rmSync(data, { recursive: true, force: true }));

  const start = (options: Partial<StackOptions>) =>
    startLocalStack({ data, policyPath, ...options }).then(
      async (stack) => {
        await stack.stop();
        return 'it started';
      },
      (error: unknown) => String(error),
    );

  it('when the port is taken', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const said = await start({ port });
    // The folder is free again for the next try.
    const again = await start({ port });
    server.close();
    expect(said).toContain(`API: port ${port} of 127.0.0.1 is taken`);
    expect(said).toContain('--port');
    expect(again).toBe(said);
  });

  it('when the policy has faults', async () => {
    const file = path.join(data, 'policy.json');
    writeFileSync(file, '{}');
    expect(await start({ policyPath: file })).toMatch(/policy: .*cannot be used/);
  });

  it('when there are too few people', async () => {
    const people = demoPeople().filter(({ roles }) => !roles.includes('auditor'));
    expect(await start({ people })).toMatch(/people: too few distinct persons.*auditor/);
  });

  it('when the servers that somebody else should run do not answer', async () => {
    const said = await start({
      env: { ...process.env, TEMPORAL_ADDRESS: '127.0.0.1:1', DYNAMODB_ENDPOINT: '' },
    });
    expect(said).toContain('TEMPORAL_ADDRESS is 127.0.0.1:1, but nothing answers there');
    expect(said).toContain('unset TEMPORAL_ADDRESS');
  }, 60_000);
});
