// The AWS SDK for JavaScript v3: the address comes from the environment alone.

import {
  AdminCreateUserCommand,
  AdminGetUserCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
  DescribeUserPoolClientCommand,
  DescribeUserPoolCommand,
  GetUserCommand,
  InitiateAuthCommand,
  RevokeTokenCommand,
  UserNotFoundException,
  paginateListUsers,
} from '@aws-sdk/client-cognito-identity-provider';
import { failure, report, settings } from './common.mjs';

const idp = new CognitoIdentityProviderClient({ maxAttempts: 1 });

await report(async () => {
  const told = {};
  const pool = (await idp.send(new CreateUserPoolCommand({ PoolName: 'sdk v3' }))).UserPool;
  const described = await idp.send(new DescribeUserPoolCommand({ UserPoolId: pool.Id }));
  told.same = JSON.stringify(described.UserPool) === JSON.stringify(pool);
  told.date = pool.CreationDate instanceof Date;
  const made = await idp.send(
    new CreateUserPoolClientCommand({
      UserPoolId: pool.Id,
      ClientName: 'v3',
      ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
    }),
  );
  const ClientId = made.UserPoolClient.ClientId;
  const again = await idp.send(new DescribeUserPoolClientCommand({ UserPoolId: pool.Id, ClientId }));
  told.sameClient = JSON.stringify(again.UserPoolClient) === JSON.stringify(made.UserPoolClient);

  for (const Username of ['one', 'two', 'three']) {
    const about = { UserPoolId: pool.Id, Username };
    await idp.send(new AdminCreateUserCommand({ ...about, MessageAction: 'SUPPRESS' }));
    await idp.send(
      new AdminSetUserPasswordCommand({ ...about, Password: settings.password, Permanent: true }),
    );
  }
  told.users = [];
  for await (const page of paginateListUsers({ client: idp, pageSize: 2 }, { UserPoolId: pool.Id })) {
    told.users.push(...page.Users.map((user) => user.Username));
  }

  const signedIn = await idp.send(
    new InitiateAuthCommand({
      ClientId,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: 'one', PASSWORD: settings.password },
    }),
  );
  const { AccessToken, RefreshToken } = signedIn.AuthenticationResult;
  told.user = (await idp.send(new GetUserCommand({ AccessToken }))).Username;
  await idp.send(new RevokeTokenCommand({ ClientId, Token: RefreshToken }));
  told.revoked = await failure(() => idp.send(new GetUserCommand({ AccessToken })));
  told.nobody = await failure(() =>
    idp.send(new AdminGetUserCommand({ UserPoolId: pool.Id, Username: 'nobody' })),
  );
  try {
    await idp.send(new AdminGetUserCommand({ UserPoolId: pool.Id, Username: 'nobody' }));
  } catch (error) {
    told.typed = error instanceof UserNotFoundException;
    told.requestId = error.$metadata.requestId;
  }
  return told;
});
