// Amplify v6: every second factor, through its own sign-in steps.

import { Amplify } from 'aws-amplify';
import {
  confirmSignIn,
  fetchMFAPreference,
  setUpTOTP,
  signIn,
  signOut,
  updateMFAPreference,
  verifyTOTPSetup,
} from 'aws-amplify/auth';
import { code, failure, report, settings } from './common.mjs';
import { Authenticator } from './totp.mjs';

const { email, fresh, mailed, name, newcomer, password, phone } = settings;

function use(userPoolId, userPoolClientId) {
  Amplify.configure({
    Auth: { Cognito: { userPoolId, userPoolClientId, userPoolEndpoint: settings.url } },
  });
}

const begin = async (username) => (await signIn({ username, password })).nextStep;
const answer = async (challengeResponse) => (await confirmSignIn({ challengeResponse })).nextStep;

await report(async () => {
  const told = {};
  use(settings.pool, settings.client);
  told.plain = (await begin(name)).signInStep;
  told.nothing = await fetchMFAPreference();
  const { sharedSecret } = await setUpTOTP();
  const app = new Authenticator(sharedSecret);
  told.wrongSetup = await failure(() => verifyTOTPSetup({ code: '000000' }));
  await verifyTOTPSetup({ code: app.code() });
  await updateMFAPreference({ totp: 'PREFERRED', sms: 'ENABLED', email: 'ENABLED' });
  told.preference = await fetchMFAPreference();
  await signOut();

  told.totp = (await begin(name)).signInStep;
  told.wrongCode = await failure(() => answer('000000'));
  told.byTotp = (await answer(app.code())).signInStep;
  await updateMFAPreference({ sms: 'PREFERRED' });
  await signOut();

  told.sms = (await begin(name)).signInStep;
  told.bySms = (await answer(await code(phone))).signInStep;
  await updateMFAPreference({ email: 'PREFERRED' });
  await signOut();

  told.email = (await begin(name)).signInStep;
  told.wrongEmail = await failure(() => answer('000000'));
  told.byEmail = (await answer(await code(email))).signInStep;
  await updateMFAPreference({ email: 'NOT_PREFERRED' });
  await signOut();

  const choice = await begin(name);
  told.choice = [choice.signInStep, choice.allowedMFATypes];
  told.chosen = (await answer('EMAIL')).signInStep;
  await signOut();

  use(settings.strictPool, settings.strictClient);
  const selection = await begin(newcomer);
  told.selection = [selection.signInStep, selection.allowedMFATypes];
  const setup = await answer('TOTP');
  told.setup = setup.signInStep;
  const own = new Authenticator(setup.totpSetupDetails.sharedSecret);
  told.wrongOnTheWay = await failure(() => answer('000000'));
  told.setUp = (await answer(own.code())).signInStep;
  await signOut();

  await begin(fresh);
  told.address = (await answer('EMAIL')).signInStep;
  told.toAddress = (await answer(mailed)).signInStep;
  told.byAddress = (await answer(await code(mailed))).signInStep;
  await signOut();
  return told;
});
