// Amplify v6 on devices: confirmed by the SDK itself, remembered and forgotten by the user.

import { Amplify } from 'aws-amplify';
import {
  confirmSignIn,
  fetchAuthSession,
  fetchDevices,
  forgetDevice,
  rememberDevice,
  signIn,
  signOut,
} from 'aws-amplify/auth';
import { code, report, settings } from './common.mjs';

const { name, password, phone } = settings;

// The SDK names a device after its browser, and Node has none.
globalThis.navigator ??= { userAgent: 'a browser of the tests' };

Amplify.configure({
  Auth: {
    Cognito: {
      userPoolId: settings.pool,
      userPoolClientId: settings.client,
      userPoolEndpoint: settings.url,
    },
  },
});

async function enter(authFlowType) {
  const begun = await signIn({ username: name, password, options: { authFlowType } });
  const asked = begun.nextStep.signInStep;
  if (asked === 'CONFIRM_SIGN_IN_WITH_SMS_CODE') {
    await confirmSignIn({ challengeResponse: await code(phone) });
  }
  const { tokens } = await fetchAuthSession();
  return { asked, device: tokens.accessToken.payload.device_key };
}

await report(async () => {
  const told = {};
  told.first = await enter();
  await rememberDevice();
  const refreshed = await fetchAuthSession({ forceRefresh: true });
  told.refreshed = refreshed.tokens.accessToken.payload.device_key;
  await signOut();

  told.spared = await enter();
  const devices = await fetchDevices();
  told.devices = devices.map(({ id, name: called }) => ({ id, name: called }));
  await signOut();
  told.byPassword = await enter('USER_PASSWORD_AUTH');

  // Forgotten by its key, which leaves the SDK's own memory of it: it begins again by itself.
  await forgetDevice({ device: { id: told.first.device } });
  await signOut();
  told.anew = await enter();
  return told;
});
