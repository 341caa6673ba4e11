import { asCurl } from './first-curl.ts';
import type { Say } from './parts/part-error.ts';
import type { LocalStack } from './stack.ts';

/** Says where everything is, who may do what, and what to try first. */
export function announce(stack: LocalStack, tokensFile: string, say: Say): void {
  const { urls, people, tokens } = stack;
  say('');
  say(`API          ${urls.api}  (${urls.api}/v1/openapi.json)`);
  say(`Temporal UI  ${urls.temporalUi ?? 'headless'}  (gRPC ${stack.temporalAddress})`);
  say(`Issuer       ${urls.issuer}  (${urls.issuer}/.well-known/jwks.json)`);
  say(`Notices      ${urls.demo}/notices  (what the demonstration's participants were served)`);
  say(`Nodes        ${urls.demo}/nodes/op-0001-node-1/healthz  (POST …/down and …/up switch one)`);
  say('');
  say(`A token for each person (also in ${tokensFile}):`);
  for (const { account, displayName, roles, organisation } of people) {
    say(`  ${displayName}: ${roles.join(', ')}${organisation ? ` of ${organisation}` : ''}`);
    say(`    ${tokens[account] ?? ''}`);
  }
  say('');
  say('Open a case with one alert, as Alertmanager would post it:');
  say(`  ${asCurl(stack.firstRequest)}`);
  say('Then look at it:');
  say(`  curl -sS ${urls.api}/v1/cases -H 'authorization: Bearer ${tokens['vera'] ?? ''}'`);
  say('');
  say('ready (Ctrl-C stops everything; the next start goes on from here)');
}
