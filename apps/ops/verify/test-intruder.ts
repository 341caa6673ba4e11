import { gunzipSync, gzipSync } from 'node:zlib';
import { DeleteCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { sha256 } from '../../../adapters/dynamodb/audit-chain.ts';
import { auditItem, decodeChained } from '../../../adapters/dynamodb/audit-codec.ts';
import type { Store } from '../../../adapters/dynamodb/client.ts';
import type { Item } from '../../../adapters/dynamodb/items.ts';
import { keysOf } from '../../../adapters/dynamodb/keys.ts';
import type { TableKind } from '../../../adapters/dynamodb/tables.ts';
import { type ChainedEntry, hashOfEntry } from '../../../domain/audit/chain.ts';
import type { DecisionRecord } from '../../../domain/decision/record.ts';

/** Somebody who may write every item of a store. What was done is undone again, last first. */
export class Intruder {
  private readonly store: Store;
  private readonly participantId: string;
  private readonly done: (() => Promise<unknown>)[] = [];

  constructor(store: Store, participantId: string) {
    this.store = store;
    this.participantId = participantId;
  }

  get keys() {
    return keysOf(this.store.networkId);
  }

  async undo(): Promise<void> {
    for (const back of this.done.splice(0).reverse()) await back();
  }

  /** Writes over an item. */
  async replace(kind: TableKind, item: Item, changes: Item): Promise<void> {
    this.done.push(() => this.put(kind, item));
    await this.put(kind, { ...item, ...changes });
  }

  async remove(kind: TableKind, item: Item): Promise<void> {
    this.done.push(() => this.put(kind, item));
    await this.delete(kind, item);
  }

  async plant(kind: TableKind, item: Item): Promise<void> {
    this.done.push(() => this.delete(kind, item));
    await this.put(kind, item);
  }

  async itemsOf(kind: TableKind, pk: string): Promise<Item[]> {
    const { Items = [] } = await this.store.client.send(
      new QueryCommand({
        TableName: this.store.tables[kind],
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': pk },
      }),
    );
    return Items;
  }

  /** The chain's entries as they are stored, by number. */
  async chain(): Promise<Item[]> {
    const { Items = [] } = await this.store.client.send(
      new QueryCommand({
        TableName: this.store.tables.audit,
        IndexName: 'by-participant',
        KeyConditionExpression: 'participantKey = :pk',
        ExpressionAttributeValues: { ':pk': this.keys.chainHistory(this.participantId) },
      }),
    );
    return Items.toSorted((a, b) => Number(a['seq']) - Number(b['seq']));
  }

  /** The first entry of a kind. */
  async entry(kind: string): Promise<Item> {
    const found = (await this.chain()).find((item) => bodyOf(item)['kind'] === kind);
    if (found === undefined) throw new Error(`There is no ${kind}.`);
    return found;
  }

  /** The entry by which a rung was imposed. */
  async imposed(rung: string): Promise<Item> {
    const found = (await this.chain()).find((item) => {
      const record = item['decision'] === undefined ? null : recordOf(item);
      return record?.rung === rung && record.kind === 'imposed';
    });
    if (found === undefined) throw new Error(`${rung} was not imposed.`);
    return found;
  }

  async head(): Promise<Item> {
    const { pk } = this.keys.chainHead(this.participantId);
    const [found] = await this.itemsOf('audit', pk);
    if (found === undefined) throw new Error('There is no head.');
    return found;
  }

  /** Changes a record and writes everything after it anew, head included, so that the chain is whole again. */
  async rechain(item: Item, change: (record: DecisionRecord) => void): Promise<void> {
    const seq = Number(item['seq']);
    let before: string | null = null;
    for (const each of (await this.chain()).filter((one) => Number(one['seq']) >= seq)) {
      const chained = chainedOf(each);
      if (chained.seq === seq && chained.decision) change(chained.decision);
      const moved: ChainedEntry = { ...chained, prevHash: before ?? chained.prevHash };
      const hash = hashOfEntry(moved, sha256);
      await this.replace('audit', each, auditItem(this.keys, { ...moved, hash }));
      before = hash;
    }
    await this.replace('audit', await this.head(), { lastHash: before });
  }

  private put(kind: TableKind, item: Item): Promise<unknown> {
    const TableName = this.store.tables[kind];
    return this.store.client.send(new PutCommand({ TableName, Item: item }));
  }

  private delete(kind: TableKind, { pk, sk }: Item): Promise<unknown> {
    const TableName = this.store.tables[kind];
    return this.store.client.send(new DeleteCommand({ TableName, Key: { pk, sk } }));
  }
}

/** The payload of an item. */
export function bodyOf(item: Item): Item {
  return item['body'] as Item;
}

/** The decision record of an entry. */
export function recordOf(item: Item): DecisionRecord {
  return JSON.parse(gunzipSync(item['decision'] as Uint8Array).toString('utf8'));
}

/** A record as it is stored. */
export function packed(record: DecisionRecord): Item {
  return { decision: gzipSync(JSON.stringify(record)) };
}

/** An entry with its place in the chain. */
export function chainedOf(item: Item): ChainedEntry {
  const chained = decodeChained(item);
  if (chained === null) throw new Error('The entry is not in the chain.');
  return chained;
}
