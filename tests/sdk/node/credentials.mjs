// The credential provider of the AWS SDK for JavaScript v3: a guest, then the same as a user.

import { fromCognitoIdentity, fromCognitoIdentityPool } from '@aws-sdk/credential-providers';
import {
  CognitoIdentityProviderClient, CreateUserPoolCommand, ListUserPoolsCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { failure, report, settings } from './common.mjs';

const region = 'us-east-1';
const clientConfig = { region, endpoint: settings.url, maxAttempts: 1 };
const { identityPoolId, logins } = settings;

async function seen(provider) {
  const credentials = await provider();
  const given = { ...clientConfig, credentials };
  const idp = new CognitoIdentityProviderClient(given);
  return {
    identity: credentials.identityId,
    lasting: (credentials.expiration - Date.now()) / 1000,
    arn: (await new STSClient(given).send(new GetCallerIdentityCommand({}))).Arn,
    may: await failure(() => idp.send(new ListUserPoolsCommand({ MaxResults: 1 }))),
    mayNot: await failure(() => idp.send(new CreateUserPoolCommand({ PoolName: 'p' }))),
  };
}

await report(async () => {
  const pool = { identityPoolId, clientConfig, cache: undefined };
  const guest = await seen(fromCognitoIdentityPool({ ...pool, userIdentifier: 'guest' }));
  const { identity: identityId } = guest;
  return {
    guest,
    // The guest signs in: the identity stays, and what it may changes.
    user: await seen(fromCognitoIdentity({ identityId, logins, clientConfig })),
    again: await seen(fromCognitoIdentityPool({ ...pool, logins, userIdentifier: 'user' })),
    forged: await failure(
      fromCognitoIdentityPool({ ...pool, logins: settings.forged, userIdentifier: 'forged' }),
    ),
    bare: await failure(fromCognitoIdentity({ identityId, clientConfig })),
  };
});
