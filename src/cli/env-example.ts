// Writes `.env.example` from the configuration's schema. Run by `npm run env-example`; no part of the product.
import { writeFileSync } from 'node:fs';
import { envExample } from '../config.ts';

writeFileSync(new URL('../../.env.example', import.meta.url), envExample());
