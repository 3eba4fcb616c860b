// oidc-client-ts in a page: by discovery, with PKCE, and with refresh tokens for silence.

import { UserManager, WebStorageStateStore } from 'oidc-client-ts';

const { issuer, client, signedOut } = window.settings;
const store = () => new WebStorageStateStore({ store: window.localStorage });

const manager = new UserManager({
  authority: issuer,
  client_id: client,
  redirect_uri: `${location.origin}/callback`,
  post_logout_redirect_uri: signedOut,
  scope: 'openid email profile',
  automaticSilentRenew: false,
  loadUserInfo: true,
  userStore: store(),
  stateStore: store(),
});

const shown = (user) => user && {
  profile: user.profile, access: user.access_token, id: user.id_token, state: user.state ?? null,
};

window.party = {
  signIn: (more = {}) => manager.signinRedirect(more),
  // What a page with the address of the return makes of it.
  finish: async () => shown(await manager.signinCallback(location.href)),
  user: async () => shown(await manager.getUser()),
  refresh: async () => shown(await manager.signinSilent()),
  revoke: () => manager.revokeTokens(['refresh_token']),
  signOut: () => manager.signoutRedirect({ state: { where: 'to' } }),
  finishSignOut: async () => (await manager.signoutCallback(location.href)).error ?? null,
  // Cognito's own parameters, as its users have to write them down for this client.
  signOutAsCognito: () =>
    manager.signoutRedirect({
      post_logout_redirect_uri: undefined,
      extraQueryParams: { client_id: client, logout_uri: signedOut },
    }),
};
window.ready = true;
