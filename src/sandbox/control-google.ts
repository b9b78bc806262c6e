// The part of the control port that is about Google: grants, tokens, history, pushes, time and quotas. Knows no HTTP.
import { readAllow, readClock, readForgery, readSettings, readSubscription } from './control-input.ts';
import { type Asked, route, snake, userOf } from './control-route.ts';

function stateOf(asked: Asked): object {
  const { google } = asked.sandbox;
  const { email, history } = userOf(asked);
  const granted = google.grants.granted(google.clientId, email);
  const watch = google.push.watches.get(email);
  return {
    granted: granted && snake(granted),
    watch: watch ? { topic_name: watch.topicName, expires_at: new Date(watch.expiresAt).toISOString() } : null,
    history_id: String(history.latest),
    units: google.units(email),
  };
}

export const controlGoogle = [
  route('GET /google', 'where Google is, its client and the variables for Mailroom, settings', ({ sandbox }) => {
    const { origin, clientId, clientSecret, env, settings, push } = sandbox.google;
    return {
      origin,
      client_id: clientId,
      client_secret: clientSecret,
      env,
      settings: snake(settings),
      push: push.subscription && snake(push.subscription),
    };
  }),
  route(
    'PATCH /google',
    'change settings: lifetimes, redirect URIs, units a minute, requests at once',
    ({ sandbox, body }) => {
      Object.assign(sandbox.google.settings, readSettings(body));
      return { settings: snake(sandbox.google.settings) };
    },
  ),
  route('GET /google/requests', 'every request that Google saw, without secrets', ({ sandbox }) => ({
    requests: sandbox.google.requests.map(snake),
  })),
  route('POST /google/clock', 'tokens, codes, watches and quotas grow older: advance_ms', ({ sandbox, body }) => {
    sandbox.google.advance(readClock(body).advanceMs);
    return {};
  }),
  route('PUT /google/push', 'where Pub/Sub posts to: url, audience, service_account?', ({ sandbox, body }) => {
    sandbox.google.push.subscription = readSubscription(body);
    return {};
  }),
  route('GET /users/{email}/google', 'what this person has granted, the watch, the last history id', stateOf),
  route('POST /users/{email}/google', 'grant without the page: scopes?; the tokens', (asked) => {
    const { scopes } = readAllow(asked.body ?? {});
    return snake(asked.sandbox.google.allow(userOf(asked).email, scopes));
  }),
  route('DELETE /users/{email}/google', 'take all access away, as in the account’s settings', (asked) => {
    asked.sandbox.google.grants.revokeAll(userOf(asked).email);
    return {};
  }),
  route('POST /users/{email}/google/expire', 'access tokens end now, refresh tokens live on', (asked) => {
    asked.sandbox.google.grants.expireAccess(userOf(asked).email);
    return {};
  }),
  route('POST /users/{email}/google/forget', 'every history id so far is too old', (asked) => {
    const { history } = userOf(asked);
    history.forget();
    return { history_id: String(history.latest) };
  }),
  route(
    'POST /users/{email}/google/push',
    'post a push now: claims?, foreign_key?, without_token?, body?',
    async (asked) => ({
      status: await asked.sandbox.google.push.send(userOf(asked), readForgery(asked.body ?? {})),
    }),
  ),
];
