// aws-jwt-verify: tokens are accepted from the address of the keys, and nothing else is.

import { CognitoJwtVerifier, JwtRsaVerifier } from 'aws-jwt-verify';
import { SimpleJwksCache } from 'aws-jwt-verify/jwk';
import { failure, report, settings } from './common.mjs';

const { access, client, foreign, id, issuer, jwks, pool, tampered } = settings;

// The library fetches by https only; loopback has no certificate. Nothing else is replaced.
const fetched = [];
const fetcher = {
  async fetch(uri) {
    fetched.push(uri);
    const reply = await fetch(jwks);
    return reply.arrayBuffer();
  },
};
const caching = () => ({ jwksCache: new SimpleJwksCache({ fetcher }) });

await report(async () => {
  const told = {};
  if (issuer.startsWith('https://cognito-idp.')) {
    for (const [tokenUse, token] of [['access', access], ['id', id]]) {
      const verifier = CognitoJwtVerifier.create(
        { userPoolId: pool, clientId: client, tokenUse },
        caching(),
      );
      told[tokenUse] = (await verifier.verify(token)).token_use;
      told[`${tokenUse}Swapped`] = await failure(() =>
        verifier.verify(tokenUse === 'id' ? access : id),
      );
    }
    return { ...told, fetched };
  }
  const verifier = JwtRsaVerifier.create({ issuer, audience: client, jwksUri: jwks }, caching());
  told.id = (await verifier.verify(id)).token_use;
  const accessVerifier = JwtRsaVerifier.create(
    { issuer, audience: null, jwksUri: jwks },
    caching(),
  );
  const claims = await accessVerifier.verify(access);
  told.access = claims.token_use;
  told.client = claims.client_id;
  told.tampered = await failure(() => verifier.verify(tampered));
  told.foreign = await failure(() => verifier.verify(foreign));
  return { ...told, fetched };
});
