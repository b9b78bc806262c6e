// Holds a value against a JSON Schema as the doors publish them, strictly: what the schema does not name is a fault.

interface Schema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  /** Of fields whose names are data. */
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
}

/** What does not fit, each with its place; empty when everything does. */
export function misfits(value: unknown, schema: Schema, place = '$'): string[] {
  if (schema.anyOf) {
    const each = schema.anyOf.map((option) => misfits(value, option, place));
    return each.some((faults) => faults.length === 0) ? [] : each.flat();
  }
  if (schema.const !== undefined && value !== schema.const) return [`${place} is not ${schema.const}`];
  if (schema.enum && !schema.enum.includes(value)) return [`${place} is not one of ${schema.enum.join()}`];
  if (Array.isArray(schema.type)) {
    const anyOf = (schema.type as string[]).map((type) => ({ ...schema, type }));
    return misfits(value, { anyOf }, place);
  }
  switch (schema.type) {
    case 'object': {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${place} is no object`];
      const known = schema.properties ?? {};
      const any = schema.additionalProperties;
      const missing = (schema.required ?? []).filter((name) => !(name in value));
      return [
        ...missing.map((name) => `${place}.${name} is missing`),
        ...Object.entries(value).flatMap(([name, inner]) => {
          const wanted = known[name] ?? (typeof any === 'object' ? any : undefined);
          return wanted ? misfits(inner, wanted, `${place}.${name}`) : [`${place}.${name} is not in the schema`];
        }),
      ];
    }
    case 'array':
      if (!Array.isArray(value)) return [`${place} is no list`];
      return value.flatMap((item, i) => misfits(item, schema.items ?? {}, `${place}[${i}]`));
    case 'integer':
      return Number.isInteger(value) ? [] : [`${place} is no whole number`];
    case 'null':
      return value === null ? [] : [`${place} is not null`];
    case undefined:
      return [];
    default:
      return typeof value === schema.type ? [] : [`${place} is no ${schema.type}`];
  }
}
