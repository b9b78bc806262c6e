// What a tool's schemas look like to those who list the tools: every word of them costs each conversation. Pure.
import { z } from 'zod';

interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly [keyword: string]: unknown;
}

/** A tool's schemas say `object` at their root. */
export type Published = { type: 'object' } & Record<string, unknown>;

/** What a caller gives. */
export const inputSchema = (input: z.ZodObject): Published =>
  lean(z.toJSONSchema(input, { io: 'input' }) as JsonSchema) as Published;

/** What comes back, whole. */
export const outputSchema = (output: z.ZodObject): Published => lean(z.toJSONSchema(output) as JsonSchema) as Published;

const MOST_NAMES = 10;

/** What comes back in outline: the fields at the top as they are, all or those that are named, of what stands below them the first names. */
export function outline({ properties = {}, required: _, ...root }: Published, named?: readonly string[]): Published {
  const all = Object.entries(properties as Record<string, JsonSchema>);
  const fields = all.flatMap(([name, field]): [string, JsonSchema][] => {
    if (named && !named.includes(name)) return [];
    const below = field.items?.properties ?? field.properties;
    if (!below) return [[name, field]];
    const type = field.items ? { type: 'array', items: {} } : { type: field.type };
    const names = Object.keys(below);
    const more = names.length > MOST_NAMES ? ', …' : '';
    return [[name, { ...type, description: names.slice(0, MOST_NAMES).join(', ') + more } as JsonSchema]];
  });
  return { ...root, properties: Object.fromEntries(fields) };
}

const UNTOLD = new Set(['$schema', 'minLength', 'maxLength', 'maxItems', 'minimum']);

/** Without what tells a model nothing; the limits are told to whoever breaks them. */
function lean(schema: JsonSchema): JsonSchema {
  const kept = Object.entries(schema).filter(
    ([keyword, value]) =>
      !UNTOLD.has(keyword) &&
      !(keyword === 'additionalProperties' && value === false) &&
      !(keyword === 'maximum' && value === Number.MAX_SAFE_INTEGER),
  );
  const { properties, items, anyOf, type, ...rest } = Object.fromEntries(kept) as JsonSchema;
  return {
    ...(type && { type: Array.isArray(type) ? eitherType(type as string[]) : type }),
    ...rest,
    ...(items && { items: lean(items) }),
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, field]) => [name, lean(field)])),
    }),
    ...(anyOf && either(anyOf.map(lean))),
  };
}

/** Several types in the short form, where no two of them have details that would mix. */
function either(options: readonly JsonSchema[]): JsonSchema {
  const detailed = options.filter((option) => Object.keys(option).some((keyword) => keyword !== 'type'));
  if (detailed.length > 1 || options.some(({ type }) => typeof type !== 'string')) return { anyOf: options };
  const types = options.map(({ type }) => type as string);
  const type = eitherType(types);
  return type === 'boolean' ? { type } : { ...detailed[0], type };
}

/** A text is read as true or false, too; nobody needs to be told to write one. */
const eitherType = (types: readonly string[]): string | readonly string[] =>
  types.includes('boolean') && types.includes('string') ? 'boolean' : types;
