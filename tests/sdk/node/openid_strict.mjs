// openid-client on what only strict pools have: pushed requests, keys that are shown, questions.

import * as client from 'openid-client';
import { failure, report, settings } from './common.mjs';
import { visit } from './person.mjs';

const config = await client.discovery(
  new URL(settings.issuer), settings.client, {}, client.ClientSecretBasic(settings.secret),
  { execute: [client.allowInsecureRequests] },
);

async function ask(options) {
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const expectedState = client.randomState();
  const expectedNonce = client.randomNonce();
  const url = await client.buildAuthorizationUrlWithPAR(
    config,
    {
      redirect_uri: settings.callback,
      scope: 'openid email',
      code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
      state: expectedState,
      nonce: expectedNonce,
    },
    options,
  );
  const back = await visit(url);
  return { url, back, checks: { pkceCodeVerifier, expectedState, expectedNonce } };
}

const refused = async (action) => {
  let error, code, cause;
  const { message } = await failure(async () => {
    try {
      return await action();
    } catch (thrown) {
      error = thrown.error ?? thrown.cause?.[0]?.parameters?.error ?? null;
      code = thrown.code;
      cause = thrown.cause?.message ?? null;
      throw thrown;
    }
  });
  return { error, code, cause, message };
};

await report(async () => {
  const told = { metadata: config.serverMetadata() };
  const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair());
  const other = client.getDPoPHandle(config, await client.randomDPoPKeyPair());

  const { url, back, checks } = await ask({ DPoP });
  told.pushed = [...url.searchParams.keys()].sort();
  told.iss = back.searchParams.get('iss');
  const tokens = await client.authorizationCodeGrant(config, back, checks, undefined, { DPoP });
  const { sub } = tokens.claims();
  told.type = tokens.token_type;
  told.user = (await client.fetchUserInfo(config, tokens.access_token, sub, { DPoP })).email;
  told.bare = await refused(() => client.fetchUserInfo(config, tokens.access_token, sub));
  told.otherKey = await refused(() =>
    client.fetchUserInfo(config, tokens.access_token, sub, { DPoP: other }),
  );
  const known = await client.tokenIntrospection(config, tokens.access_token);
  told.known = { active: known.active, bound: Boolean(known.cnf?.jkt) };

  const stolen = await ask({ DPoP });
  told.otherKeysCode = await refused(() =>
    client.authorizationCodeGrant(config, stolen.back, stolen.checks, undefined, { DPoP: other }),
  );
  const mixed = await ask({ DPoP });
  const elsewhere = new URL(mixed.back);
  elsewhere.searchParams.set('iss', 'https://elsewhere.example.com');
  told.mixedUp = await refused(() =>
    client.authorizationCodeGrant(config, elsewhere, mixed.checks, undefined, { DPoP }),
  );
  return told;
});
