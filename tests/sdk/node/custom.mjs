// amazon-cognito-identity-js: custom authentication, with and without SRP before it.

import identity from 'amazon-cognito-identity-js';
import { failure, report, settings } from './common.mjs';

const { AuthenticationDetails, CognitoUser, CognitoUserPool } = identity;
const { name, password, answer } = settings;

const pool = new CognitoUserPool({
  UserPoolId: settings.pool,
  ClientId: settings.client,
  endpoint: settings.url,
});

// Sign in and answer each question with the next of `answers`.
function signIn(answers, withPassword) {
  const user = new CognitoUser({ Username: name, Pool: pool });
  const asked = [];
  user.setAuthenticationFlowType('CUSTOM_AUTH');
  return new Promise((resolve, reject) => {
    const callbacks = {
      onSuccess: (session) => resolve({ asked, valid: session.isValid() }),
      onFailure: reject,
      customChallenge(parameters) {
        asked.push(parameters);
        user.sendCustomChallengeAnswer(answers.shift(), callbacks);
      },
    };
    const details = new AuthenticationDetails({ Username: name, Password: withPassword });
    if (withPassword) user.authenticateUser(details, callbacks);
    else user.initiateAuth(details, callbacks);
  });
}

await report(async () => ({
  plain: await signIn([answer]),
  second: await signIn(['wrong', answer]),
  never: await failure(() => signIn(['wrong', 'wrong', 'wrong'])),
  srp: await signIn([answer], password),
  wrongPassword: await failure(() => signIn([answer], 'Wrong-Horse-1')),
}));
