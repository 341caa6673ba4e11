/** A column of a table: its head and which field it shows. */
export type Columns = Readonly<Record<string, string>>;

/** Items of a page as aligned columns, one line each; a last line says how to go on. */
export function table(page: unknown, columns: Columns): string {
  const items = field(page, 'items');
  const rows = (Array.isArray(items) ? items : []).map((item) =>
    Object.values(columns).map((name) => short(field(item, name))),
  );
  const lines = [Object.keys(columns), ...rows];
  const widths = Object.keys(columns).map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  );
  const shown = lines.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const next = field(page, 'nextCursor');
  if (typeof next === 'string') shown.push('', `more: --cursor ${next}`);
  return shown.join('\n');
}

/** Anything as indented lines of `name: value`, without what is empty. */
export function outline(value: unknown, indent = ''): string {
  if (typeof value !== 'object' || value === null) return `${indent}${short(value)}`;
  return Object.entries(value)
    .filter(([, item]) => !isEmpty(item))
    .map(([name, item]) => {
      const label = Array.isArray(value) ? '-' : `${name}:`;
      if (typeof item !== 'object' || item === null) return `${indent}${label} ${short(item)}`;
      return `${indent}${label}\n${outline(item, `${indent}  `)}`;
    })
    .join('\n');
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function short(value: unknown): string {
  if (value === null || value === undefined) return '-';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
