// amazon-cognito-identity-js through examples/triggers: a question after the password, and a
// sign-in by a link in an e-mail.

import identity from 'amazon-cognito-identity-js';
import { failure, report, settings } from './common.mjs';

const { AuthenticationDetails, CognitoUser, CognitoUserPool } = identity;
const WORDS = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];

const sum = ({ question }) => {
  const [, one, other] = question.match(/^How much is (\w+) and (\w+)\?$/);
  return String(WORDS.indexOf(one) + WORDS.indexOf(other));
};
const wrong = () => 'wrong';

// Follow the newest link that the mailbox has for this user.
const link = async () => {
  const { text } = await (await fetch(settings.mailbox)).json();
  return new URL(text.split(': ')[1]).searchParams.get('code');
};

// Sign in with an app's client; each question is answered by the next of `answers`.
function signIn(client, answers, password) {
  const pool = new CognitoUserPool({
    UserPoolId: client.pool,
    ClientId: client.client,
    endpoint: settings.url,
  });
  const user = new CognitoUser({ Username: client.name, Pool: pool });
  let asked = 0;
  user.setAuthenticationFlowType('CUSTOM_AUTH');
  return new Promise((resolve, reject) => {
    const callbacks = {
      onSuccess: (session) => resolve({ asked, valid: session.isValid() }),
      onFailure: reject,
      async customChallenge(parameters) {
        try {
          const answer = await answers[asked++](parameters);
          user.sendCustomChallengeAnswer(answer, callbacks);
        } catch (error) {
          reject(error);
        }
      },
    };
    const details = new AuthenticationDetails({ Username: client.name, Password: password });
    if (password) user.authenticateUser(details, callbacks);
    else user.initiateAuth(details, callbacks);
  });
}

const { captcha, link: byLink, password } = settings;

await report(async () => ({
  right: await signIn(captcha, [sum], password),
  second: await signIn(captcha, [wrong, sum], password),
  third: await failure(() => signIn(captcha, [wrong, wrong, wrong], password)),
  wrongPassword: await failure(() => signIn(captcha, [sum], 'Wrong-Horse-1')),
  link: await signIn(byLink, [link]),
  oldLink: await failure(async () => {
    const old = await link();
    return signIn(byLink, [() => old]);
  }),
}));
