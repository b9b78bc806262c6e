// The REST routes for people who have signed in. Decides nothing.
import { loginInput, loginShape, me, meInput, meShape, putLogin } from '../actions/me.ts';
import { makeSignInLink, signInLinkInput, signInLinkShape } from '../actions/sign-in-links.ts';
import { type Route, route } from './route.ts';

export const PERSON_ROUTES: readonly Route[] = [
  route({
    method: 'post',
    path: '/users/{user_id}/sign-in-links',
    summary: 'A one-time page that signs a person in',
    needs: 'profiles',
    input: signInLinkInput,
    output: signInLinkShape,
    status: 201,
    run: makeSignInLink,
  }),
  route({
    method: 'get',
    path: '/me',
    summary: 'Who has signed in',
    needs: 'person',
    input: meInput,
    output: meShape,
    run: me,
  }),
  route({
    method: 'put',
    path: '/me/login',
    summary: 'Set login and password; other sessions end',
    needs: 'person',
    input: loginInput,
    output: loginShape,
    run: putLogin,
  }),
];
