// aws-jwt-verify on tokens of the code flow: its plain verifier, told where the keys are.

import { JwtRsaVerifier } from 'aws-jwt-verify';
import { SimpleJwksCache } from 'aws-jwt-verify/jwk';
import { validateCognitoJwtFields } from 'aws-jwt-verify/cognito-verifier';
import { failure, report, settings } from './common.mjs';

const { access, client, id, issuer, jwks, tampered } = settings;

// The library fetches by https only; loopback has no certificate. Nothing else is replaced.
const fetcher = { fetch: async (uri) => (await fetch(uri)).arrayBuffer() };

function verifier(audience, tokenUse) {
  return JwtRsaVerifier.create(
    {
      issuer,
      audience,
      jwksUri: jwks,
      // What CognitoJwtVerifier adds to the plain one.
      customJwtCheck: ({ payload }) => validateCognitoJwtFields(payload, { tokenUse, clientId: client }),
    },
    { jwksCache: new SimpleJwksCache({ fetcher }) },
  );
}

await report(async () => ({
  id: await verifier(client, 'id').verify(id),
  access: await verifier(null, 'access').verify(access),
  idAsAccess: await failure(() => verifier(null, 'access').verify(id)),
  accessAsId: await failure(() => verifier(null, 'id').verify(access)),
  tampered: await failure(() => verifier(client, 'id').verify(tampered)),
}));
