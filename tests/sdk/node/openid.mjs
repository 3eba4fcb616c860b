// openid-client, certified by the OpenID Foundation: everything by discovery, nothing tolerated.

import * as client from 'openid-client';
import { failure, report, settings } from './common.mjs';
import { visit } from './person.mjs';

const { callback: redirect_uri, signedOut } = settings;
const execute = settings.issuer.startsWith('http:') ? [client.allowInsecureRequests] : [];
const authentication = {
  basic: client.ClientSecretBasic,
  post: client.ClientSecretPost,
  none: () => client.None(),
}[settings.authentication](settings.secret);

const config = await client.discovery(
  new URL(settings.issuer), settings.client, {}, authentication, { execute },
);

async function ask(parameters = {}) {
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const expectedState = client.randomState();
  const expectedNonce = client.randomNonce();
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri,
    scope: 'openid email profile',
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: expectedState,
    nonce: expectedNonce,
    ...parameters,
  });
  return { back: await visit(url), checks: { pkceCodeVerifier, expectedState, expectedNonce } };
}

// Refusals of the server carry their code in `error`; those of the client in `code`.
async function refused(action) {
  let told = null;
  const seen = await failure(async () => {
    try {
      await action();
    } catch (error) {
      told = { code: error.code, error: error.error ?? null };
      throw error;
    }
  });
  return { ...told, message: seen.message };
}

async function exchanged(replaced) {
  const { back, checks } = await ask();
  return refused(() => client.authorizationCodeGrant(config, back, { ...checks, ...replaced }));
}

await report(async () => {
  const told = { metadata: config.serverMetadata() };
  const { back, checks } = await ask();
  const tokens = await client.authorizationCodeGrant(config, back, checks);
  const claims = tokens.claims();
  told.claims = claims;
  told.type = tokens.token_type;
  told.expires = tokens.expires_in;

  told.user = await client.fetchUserInfo(config, tokens.access_token, claims.sub);
  told.otherSubject = await refused(() =>
    client.fetchUserInfo(config, tokens.access_token, 'somebody-else'),
  );

  // Everybody who is signed in goes through again without a page.
  const again = await ask({ prompt: 'none' });
  const silent = await client.authorizationCodeGrant(config, again.back, again.checks);
  told.silent = { sub: silent.claims().sub, auth_time: silent.claims().auth_time };

  const fresh = await client.refreshTokenGrant(config, tokens.refresh_token);
  told.refreshed = fresh.claims();
  told.codeAgain = await refused(() => client.authorizationCodeGrant(config, back, checks));

  const other = await ask();
  const later = await client.authorizationCodeGrant(config, other.back, other.checks);
  await client.tokenRevocation(config, later.refresh_token);
  told.afterRevocation = await refused(() =>
    client.refreshTokenGrant(config, later.refresh_token),
  );
  told.userAfterRevocation = await refused(() =>
    client.fetchUserInfo(config, later.access_token, claims.sub),
  );

  told.wrongState = await exchanged({ expectedState: 'another' });
  told.wrongNonce = await exchanged({ expectedNonce: 'another' });
  told.wrongVerifier = await exchanged({ pkceCodeVerifier: client.randomPKCECodeVerifier() });
  const noScope = await ask({ scope: 'openid unheard-of' });
  told.wrongScope = await refused(() =>
    client.authorizationCodeGrant(config, noScope.back, noScope.checks),
  );

  const out = client.buildEndSessionUrl(config, {
    post_logout_redirect_uri: signedOut,
    id_token_hint: tokens.id_token,
    state: 'out of here',
  });
  told.signedOut = (await visit(out)).href;
  const nobody = await ask({ prompt: 'none' });
  told.afterLogout = await refused(() =>
    client.authorizationCodeGrant(config, nobody.back, nobody.checks),
  );
  return told;
});
