import type { addNote as operation } from '../../../contracts/http/case-actions.ts';
import type { Call, Reply } from '../../shared/route.ts';
import { act } from '../act.ts';
import type { CasesApiDeps } from '../deps.ts';

type AddNote = typeof operation;

/** Adds a note to the history of the case. */
export function addNote(
  deps: Pick<CasesApiDeps, 'cases' | 'messages'>,
  call: Call<AddNote>,
): Promise<Reply<AddNote>> {
  return act(deps, call, { kind: 'addNote', text: call.body.text });
}
