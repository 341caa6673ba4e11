import { escalate, workflowsOf } from './escalation.ts';
import { eventsOf } from './histories.ts';
import { type Script, scriptOf } from './script.ts';
import type { Site } from './site.ts';

/** Plays one case alone and takes down what it did; not the first, which makes what is made once in a network. */
export async function recordScript(site: Site): Promise<Script> {
  const [first, provider] = await site.providers.make(2);
  if (first === undefined || provider === undefined) throw new Error('Nobody was made.');
  await escalate(site, first);
  site.spy.keep();
  await escalate(site, provider);
  const written = site.spy.take();
  const histories = await Promise.all(
    workflowsOf(site.networkId, provider.caseId).map(async (workflowId) => ({
      workflowId,
      events: await eventsOf(site.client, workflowId),
    })),
  );
  return scriptOf(provider, histories, written);
}
