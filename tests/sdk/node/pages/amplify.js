// Amplify v6 in a page, configured with a domain as every application is.

import { Amplify } from 'aws-amplify';
import { fetchAuthSession, getCurrentUser, signInWithRedirect, signOut } from 'aws-amplify/auth';
import 'aws-amplify/auth/enable-oauth-listener';
import { Hub } from 'aws-amplify/utils';

const { client, domain, endpoint, pool, signedOut } = window.settings;
const seen = [];

Hub.listen('auth', ({ payload }) => {
  seen.push({ event: payload.event, data: typeof payload.data === 'string' ? payload.data : null,
    error: payload.data?.error?.message ?? null });
});

Amplify.configure({
  Auth: {
    Cognito: {
      userPoolId: pool,
      userPoolClientId: client,
      userPoolEndpoint: endpoint,
      loginWith: {
        oauth: {
          domain,
          scopes: ['openid', 'email', 'profile', 'aws.cognito.signin.user.admin'],
          redirectSignIn: [`${location.origin}/callback`],
          redirectSignOut: [signedOut],
          responseType: 'code',
        },
      },
    },
  },
});

window.party = {
  signIn: (options) => signInWithRedirect(options),
  events: () => seen,
  user: () => getCurrentUser(),
  claims: async (forceRefresh = false) => {
    const { tokens } = await fetchAuthSession({ forceRefresh });
    return tokens && { id: tokens.idToken.payload, access: tokens.accessToken.payload };
  },
  // What Amplify keeps is dropped, as if another application of the pool asked next.
  forget: () => localStorage.clear(),
  signOut: () => signOut(),
};
window.ready = true;
