import type { AlertHead } from '../../domain/observation.ts';
import type { AcceptWrite } from '../../domain/ports/intake.ts';
import {
  type Look,
  reportOver,
  reportSighting,
  type Sighting,
  watchKeyOf,
} from '../../domain/watch/sighting.ts';
import type { WatchPorts } from './ports.ts';

/** Transactions of the acceptance hold so many alerts at once. */
const AT_ONCE = 50;

/** How often heads may move on under a report before it waits for the next run. */
const MAX_ROUNDS = 5;

/** What is seen of one thing now: a sighting, or that there is none any more. */
export interface Seen {
  key: string;
  sighting: Sighting | null;
}

/** A sighting by the identity of its alert. */
export function seen(sighting: Sighting): Seen {
  return { key: watchKeyOf(sighting), sighting };
}

/**
 * Puts what the watch sees into the inbox, like the alerts of any other source: from there it takes the way of all observations, with its
 * confirmations, notices and windows. Returns how many alerts changed.
 */
export async function report(
  { intake }: Pick<WatchPorts, 'intake'>,
  all: readonly Seen[],
  look: Look,
): Promise<number> {
  let changed = 0;
  for (let start = 0; start < all.length; start += AT_ONCE) {
    let open = all.slice(start, start + AT_ONCE);
    for (let round = 0; open.length > 0 && round < MAX_ROUNDS; round++) {
      const heads = await intake.heads(open.map(({ key }) => key));
      const judged = open.flatMap((one) => {
        const write = judge(heads.get(one.key) ?? null, one, look);
        return write === null ? [] : [{ one, write }];
      });
      const moved = await intake.accept(judged.map(({ write }) => write));
      changed += judged.length - moved.length;
      open = moved.flatMap((index) => judged[index]?.one ?? []);
    }
  }
  return changed;
}

function judge(head: AlertHead | null, { sighting }: Seen, look: Look): AcceptWrite | null {
  if (sighting !== null) return reportSighting(head, sighting, look);
  return head === null ? null : reportOver(head, look);
}
