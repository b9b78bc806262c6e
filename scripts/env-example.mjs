// Writes .env.example from the configuration's schema, so that the two never part. Needs a Node that strips types.
import { writeFileSync } from 'node:fs';
import { envExample } from '../src/config.ts';

writeFileSync(new URL('../.env.example', import.meta.url), envExample());
