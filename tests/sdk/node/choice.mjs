// Amplify v6 in choice-based sign-in: codes, passwords, SRP, and straight on after the sign-up.

import { Amplify } from 'aws-amplify';
import {
  autoSignIn,
  confirmSignIn,
  confirmSignUp,
  fetchAuthSession,
  getCurrentUser,
  signIn,
  signOut,
  signUp,
} from 'aws-amplify/auth';
import { code, failure, report, settings } from './common.mjs';

const { email, known, knownEmail, name, password } = settings;

Amplify.configure({
  Auth: {
    Cognito: {
      userPoolId: settings.pool,
      userPoolClientId: settings.client,
      userPoolEndpoint: settings.url,
    },
  },
});

const begin = (username, more = {}) => {
  const { password: given, ...options } = more;
  return signIn({ username, password: given, options: { authFlowType: 'USER_AUTH', ...options } });
};

// Whoever is signed in, and by what; then nobody is.
async function whoever() {
  const { username } = await getCurrentUser();
  const { tokens } = await fetchAuthSession();
  const { amr } = tokens.accessToken.payload;
  await signOut();
  return [username, ...(amr ?? [])];
}

await report(async () => {
  const told = {};
  const made = await signUp({
    username: name,
    options: { userAttributes: { email }, autoSignIn: { authFlowType: 'USER_AUTH' } },
  });
  told.signUp = made.nextStep.signUpStep;
  const done = await confirmSignUp({ username: name, confirmationCode: await code(email) });
  told.confirmed = done.nextStep.signUpStep;
  told.auto = (await autoSignIn()).nextStep.signInStep;
  told.autoUser = await whoever();

  const sent = await begin(name, { preferredChallenge: 'EMAIL_OTP' });
  told.sent = sent.nextStep.signInStep;
  told.destination = sent.nextStep.codeDeliveryDetails.destination;
  told.wrong = await failure(() => confirmSignIn({ challengeResponse: '00000000' }));
  told.byCode = (await confirmSignIn({ challengeResponse: await code(email) })).isSignedIn;
  told.codeUser = await whoever();

  const choice = await begin(known);
  told.choice = choice.nextStep.signInStep;
  told.available = choice.nextStep.availableChallenges;
  told.asked = (await confirmSignIn({ challengeResponse: 'PASSWORD_SRP' })).nextStep.signInStep;
  told.bySrp = (await confirmSignIn({ challengeResponse: password })).isSignedIn;
  told.srpUser = await whoever();

  await begin(known);
  told.plain = (await confirmSignIn({ challengeResponse: 'PASSWORD' })).nextStep.signInStep;
  told.byPassword = (await confirmSignIn({ challengeResponse: password })).isSignedIn;
  told.passwordUser = await whoever();

  await begin(known);
  told.chosen = (await confirmSignIn({ challengeResponse: 'EMAIL_OTP' })).nextStep.signInStep;
  told.byChosen = (await confirmSignIn({ challengeResponse: await code(knownEmail) })).isSignedIn;
  told.chosenUser = await whoever();

  for (const preferredChallenge of ['PASSWORD', 'PASSWORD_SRP']) {
    told[preferredChallenge] = (await begin(known, { preferredChallenge, password })).isSignedIn;
    await signOut();
  }
  told.bad = await failure(() =>
    begin(known, { preferredChallenge: 'PASSWORD_SRP', password: 'Wrong-Horse-1' }),
  );
  told.unavailable = (await begin(known, { preferredChallenge: 'SMS_OTP' })).nextStep.signInStep;
  return told;
});
