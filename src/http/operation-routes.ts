// The REST routes for whoever runs the server. Decides nothing.
import { auditInput, auditRowShape, listAudit } from '../actions/audit.ts';
import { keysShape, listEncryptionKeys, noInput, rotatedShape, rotateKeys } from '../actions/keys.ts';
import {
  deleteKey,
  deleteKeyInput,
  keyDeletedShape,
  keyMadeShape,
  keyShape,
  keysInput,
  listKeys,
  makeKey,
  makeKeyInput,
} from '../actions/service-keys.ts';
import { readStatistics, statisticsInput, statisticsShape } from '../actions/statistics.ts';
import { readSystem, systemInput, systemShape } from '../actions/system.ts';
import { listUsers, userShape, usersInput } from '../actions/users.ts';
import { type Route, route } from './route.ts';

export const OPERATION_ROUTES: readonly Route[] = [
  route({
    method: 'get',
    path: '/audit',
    summary: 'What was called, by whom, with what outcome; the newest first',
    needs: 'activity',
    input: auditInput,
    output: auditRowShape,
    unwrap: 'audit',
    run: listAudit,
  }),
  route({
    method: 'get',
    path: '/statistics',
    summary: 'Calls, their latency, mail stored, quota used and mail sent over time',
    needs: 'activity',
    input: statisticsInput,
    output: statisticsShape,
    run: readStatistics,
  }),
  route({
    method: 'get',
    path: '/system',
    summary: 'The server itself: version, database, limits, how many people and accounts in which state',
    needs: 'operator',
    input: systemInput,
    output: systemShape,
    run: readSystem,
  }),
  route({
    method: 'get',
    path: '/users',
    summary: 'Everybody on this server, with how many accounts and profiles',
    needs: 'operator',
    input: usersInput,
    output: userShape,
    unwrap: 'users',
    run: listUsers,
  }),
  route({
    method: 'post',
    path: '/keys/rotate',
    summary: 'Seal everything under a new encryption key, with a report',
    needs: 'operator',
    input: noInput,
    output: rotatedShape,
    run: rotateKeys,
  }),
  route({
    method: 'get',
    path: '/keys',
    summary: 'The encryption keys by id, and how many values each seals',
    needs: 'operator',
    input: noInput,
    output: keysShape,
    run: listEncryptionKeys,
  }),
  route({
    method: 'post',
    path: '/service-keys',
    summary: 'A narrower service key, shown once',
    needs: 'operator',
    input: makeKeyInput,
    output: keyMadeShape,
    status: 201,
    run: makeKey,
  }),
  route({
    method: 'get',
    path: '/service-keys',
    summary: 'List the narrower service keys',
    needs: 'operator',
    input: keysInput,
    output: keyShape,
    unwrap: 'keys',
    run: listKeys,
  }),
  route({
    method: 'delete',
    path: '/service-keys/{key_id}',
    summary: 'Delete a service key at once',
    needs: 'operator',
    input: deleteKeyInput,
    output: keyDeletedShape,
    run: deleteKey,
  }),
];
