// amazon-cognito-auth-js, the first of its kind: tokens in the fragment, unless told otherwise.

import { CognitoAuth } from 'amazon-cognito-auth-js';

const { client, domain, pool, signedOut } = window.settings;

const auth = new CognitoAuth({
  ClientId: client,
  AppWebDomain: domain,
  TokenScopesArray: ['openid', 'email', 'profile'],
  RedirectUriSignIn: `${location.origin}/callback`,
  RedirectUriSignOut: signedOut,
  UserPoolId: pool,
  AdvancedSecurityDataCollectionFlag: false,
});

window.party = {
  signIn: (code = false) => {
    if (code) auth.useCodeGrantFlow();
    auth.getSession();
  },
  finish: (code = false) =>
    new Promise((done, failed) => {
      if (code) auth.useCodeGrantFlow();
      auth.userhandler = {
        onFailure: (error) => failed(new Error(`refused: ${JSON.stringify(error)}`)),
        onSuccess: (session) =>
          done({
            id: session.getIdToken().decodePayload(),
            access: session.getAccessToken().decodePayload(),
            refresh: session.getRefreshToken().getToken() || null,
            user: auth.getUsername(),
          }),
      };
      auth.parseCognitoWebResponse(location.href);
    }),
  signOut: () => auth.signOut(),
};
window.ready = true;
