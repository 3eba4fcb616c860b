// The AWS SDK for JavaScript v3 in choice-based sign-in.

import {
  CognitoIdentityProviderClient,
  ConfirmSignUpCommand,
  InitiateAuthCommand,
  RespondToAuthChallengeCommand,
  SignUpCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { code, failure, report, settings } from './common.mjs';

const idp = new CognitoIdentityProviderClient({
  endpoint: settings.url,
  region: 'us-east-1',
  maxAttempts: 1,
});
const { client: ClientId, email, known, name, password } = settings;

const initiate = (USERNAME, given = {}, Session = undefined) =>
  idp.send(
    new InitiateAuthCommand({
      ClientId,
      AuthFlow: 'USER_AUTH',
      AuthParameters: { USERNAME, ...given },
      Session,
    }),
  );
const respond = (step, USERNAME, answers) =>
  idp.send(
    new RespondToAuthChallengeCommand({
      ClientId,
      ChallengeName: step.ChallengeName,
      Session: step.Session,
      ChallengeResponses: { USERNAME, ...answers },
    }),
  );

await report(async () => {
  const told = {};
  const { Session: signedUp } = await idp.send(
    new SignUpCommand({ ClientId, Username: name, UserAttributes: [{ Name: 'email', Value: email }] }),
  );
  const { Session: confirmed } = await idp.send(
    new ConfirmSignUpCommand({
      ClientId,
      Username: name,
      ConfirmationCode: await code(email),
      Session: signedUp,
    }),
  );
  const { AuthenticationResult } = await initiate(name, {}, confirmed);
  told.token = AuthenticationResult.TokenType;
  told.again = await failure(() => initiate(name, {}, confirmed));

  const choice = await initiate(known);
  told.available = choice.AvailableChallenges;
  told.notOffered = await failure(() => respond(choice, known, { ANSWER: 'WEB_AUTHN' }));
  const done = await respond(choice, known, { ANSWER: 'PASSWORD', PASSWORD: password });
  told.chosen = done.AuthenticationResult.ExpiresIn;
  const raised = await initiate(known, {
    ACCESS_TOKEN: done.AuthenticationResult.AccessToken,
    TARGET_ACR_VALUES: 'urn:cognito:loa:3',
  });
  told.raised = [raised.ChallengeName, raised.ChallengeParameters.CODE_DELIVERY_DELIVERY_MEDIUM];
  return told;
});
