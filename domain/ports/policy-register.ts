import type { AuditEntry } from '../case/record.ts';
import type { Publication } from '../law/publication.ts';
import type { Policy } from '../policy.ts';

/** All versions of the law as they are, and the revision by which a change is guarded. */
export interface PolicyRegisterState {
  /** By the instant from which they are in force. */
  readonly all: readonly Publication[];
  readonly revision: number;
}

/** One change of the register, written with its audit entry in one transaction. */
export interface PolicyChange {
  /** The revision that the decision was made on. */
  readonly expectedRevision: number;
  readonly publication: Publication;
  /** Canonical JSON of the file, for a version that is new. */
  readonly fileText: string | null;
  /** The law to come into force, with this change. */
  readonly enacts: Policy | null;
  /** The version was law to be, and is not any more. */
  readonly revokes: boolean;
  readonly audit: AuditEntry;
}

/** Where versions of the law are proposed, approved and kept (design §6). All reads are consistent. */
export interface PolicyRegister {
  read(): Promise<PolicyRegisterState>;
  /** The law of an enacted version; null when there is none. */
  policy(version: string): Promise<Policy | null>;
  /** Canonical JSON of a version's file; null when the version or its file is unknown. */
  file(version: string): Promise<string | null>;
  /** `stale`: the register changed since, read it again and decide anew. */
  commit(change: PolicyChange): Promise<'committed' | 'stale'>;
}
