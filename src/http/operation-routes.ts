// The REST routes for whoever runs the server. Decides nothing.
import { auditInput, auditRowShape, listAudit } from '../actions/audit.ts';
import { type Route, route } from './route.ts';

export const OPERATION_ROUTES: readonly Route[] = [
  route({
    method: 'get',
    path: '/audit',
    summary: 'What was called, by whom, with what outcome; the newest first',
    needs: 'service',
    input: auditInput,
    output: auditRowShape,
    unwrap: 'audit',
    run: listAudit,
  }),
];
