// Amplify v6, configured with an endpoint of its own and nothing else out of the ordinary.

import { Amplify } from 'aws-amplify';
import {
  confirmResetPassword,
  confirmSignIn,
  confirmSignUp,
  fetchAuthSession,
  fetchUserAttributes,
  getCurrentUser,
  resendSignUpCode,
  resetPassword,
  signIn,
  signOut,
  signUp,
  updatePassword,
  updateUserAttribute,
} from 'aws-amplify/auth';
import { code, failure, report, settings } from './common.mjs';

const { email, name, password, temporary } = settings;

Amplify.configure({
  Auth: {
    Cognito: {
      userPoolId: settings.pool,
      userPoolClientId: settings.client,
      userPoolEndpoint: settings.url,
    },
  },
});

await report(async () => {
  const told = {};
  const made = await signUp({
    username: name,
    password,
    options: { userAttributes: { email } },
  });
  told.signUp = made.nextStep.signUpStep;
  told.destination = made.nextStep.codeDeliveryDetails.destination;
  told.unconfirmed = (await signIn({ username: name, password })).nextStep.signInStep;
  await resendSignUpCode({ username: name });
  const done = await confirmSignUp({ username: name, confirmationCode: await code(email) });
  told.confirmed = done.nextStep.signUpStep;

  told.wrong = await failure(() => signIn({ username: name, password: 'Wrong-Horse-1' }));
  told.nobody = await failure(() => signIn({ username: 'nobody-at-all', password }));
  told.srp = (await signIn({ username: name, password })).nextStep.signInStep;
  told.user = (await getCurrentUser()).username;
  told.attributes = await fetchUserAttributes();
  await updateUserAttribute({ userAttribute: { attributeKey: 'name', value: 'N' } });

  const before = await fetchAuthSession();
  const after = await fetchAuthSession({ forceRefresh: true });
  told.refreshed = before.tokens.accessToken.toString() !== after.tokens.accessToken.toString();
  told.nameAfterRefresh = after.tokens.idToken.payload.name;
  await updatePassword({ oldPassword: password, newPassword: 'Fresh-Horse-8' });
  await signOut();
  told.afterSignOut = (await fetchAuthSession()).tokens ?? null;

  const plain = { authFlowType: 'USER_PASSWORD_AUTH' };
  told.byPassword = (
    await signIn({ username: name, password: 'Fresh-Horse-8', options: plain })
  ).nextStep.signInStep;
  await signOut({ global: true });

  told.reset = (await resetPassword({ username: name })).nextStep.resetPasswordStep;
  await confirmResetPassword({
    username: name,
    confirmationCode: await code(email),
    newPassword: 'Third-Horse-9',
  });
  told.recovered = (await signIn({ username: name, password: 'Third-Horse-9' })).isSignedIn;
  await signOut();

  told.invited = (await signIn({ username: temporary, password })).nextStep.signInStep;
  told.renewed = (await confirmSignIn({ challengeResponse: 'Fresh-Horse-8' })).isSignedIn;
  await signOut();
  return told;
});
