import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { createKeyFile } from '../../../adapters/secrets/key-file.ts';
import { demoNodes } from '../../../apps/local/demo-nodes.ts';
import { close, listen } from '../../../apps/local/http-server.ts';
import { openIssuer } from '../../../apps/local/issuer.ts';
import { openKeys } from '../../../apps/local/keys.ts';
import { noticeBoard } from '../../../apps/local/notice-board.ts';
import { freePort } from '../../../apps/local/parts/free-port.ts';
import { demoPeople } from '../../../apps/local/people.ts';
import { wellKnown } from '../../../apps/local/well-known.ts';

/** What lies outside an installation: who issues its people's tokens, and what its participants run. */
export interface Outside {
  /** Nodes and notice board of the participants, and the issuer's public pages. */
  readonly url: string;
  readonly jwksUrl: string;
  /** A token per person of the demonstration. */
  readonly tokens: Readonly<Record<string, string>>;
  /** Per secret id of a source or participant its secrets, newest first. */
  readonly secrets: Readonly<Record<string, readonly string[]>>;
  readonly close: () => Promise<void>;
}

/** Opens it on a free port. Tokens are signed by RS256: API Gateway's authorizer takes nothing else. */
export async function openOutside(folder: string): Promise<Outside> {
  mkdirSync(folder, { recursive: true });
  const at = (name: string) => path.join(folder, name);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const issuer = await openIssuer(url, at('issuer-key.json'), 'RS256');
  const secrets = await openKeys(at('keys.json'));
  const pages = [
    wellKnown(url, JSON.stringify(issuer.jwks)),
    demoNodes(at('nodes.json')),
    noticeBoard(createKeyFile(at('keys.json'))),
  ];
  const server = await listen(port, (request, response) => {
    if (!pages.some((page) => page(request, response))) response.writeHead(404).end();
  });
  const tokens = await Promise.all(
    demoPeople().map(async (person) => [person.account, await issuer.tokenFor(person, Date.now())]),
  );
  return {
    url,
    jwksUrl: `${url}/.well-known/jwks.json`,
    tokens: Object.fromEntries(tokens),
    secrets,
    close: () => close(server, 1_000),
  };
}
