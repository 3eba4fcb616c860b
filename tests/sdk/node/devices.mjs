// amazon-cognito-identity-js on devices: confirmed by the SDK itself, remembered by the user.

import identity from 'amazon-cognito-identity-js';
import { code, failure, report, settings } from './common.mjs';

const { AuthenticationDetails, CognitoUser, CognitoUserPool } = identity;
const { name, password, phone } = settings;

// What one browser keeps; two of them are two devices.
function storage() {
  const kept = new Map();
  return {
    setItem: (key, value) => kept.set(key, value),
    getItem: (key) => kept.get(key) ?? null,
    removeItem: (key) => kept.delete(key),
    clear: () => kept.clear(),
  };
}

function userIn(Storage) {
  const Pool = new CognitoUserPool({
    UserPoolId: settings.pool,
    ClientId: settings.client,
    endpoint: settings.url,
    Storage,
  });
  return new CognitoUser({ Username: name, Pool, Storage });
}

// Sign in, with a code where one is asked for, and tell what it took.
async function signIn(user, flow = 'USER_SRP_AUTH') {
  user.setAuthenticationFlowType(flow);
  const details = new AuthenticationDetails({ Username: name, Password: password });
  const told = { asked: false };
  return new Promise((resolve, reject) => {
    const callbacks = {
      onSuccess: (session, waits) => resolve({ ...told, session, waits: waits ?? false }),
      onFailure: reject,
      mfaRequired: async () => {
        told.asked = true;
        user.sendMFACode(await code(phone), callbacks);
      },
    };
    user.authenticateUser(details, callbacks);
  });
}

const promised = (act) =>
  new Promise((resolve, reject) => act({ onSuccess: resolve, onFailure: reject }));

const summary = ({ asked, waits, session }) => ({
  asked,
  waits,
  device: session.getAccessToken().payload.device_key,
});

await report(async () => {
  const told = {};
  const home = storage();
  const user = userIn(home);
  told.first = summary(await signIn(user));
  told.unasked = summary(await signIn(userIn(home)));

  const current = userIn(home);
  await signIn(current);
  told.remembered = await promised((on) => current.setDeviceStatusRemembered(on));
  const { session, ...rest } = await signIn(userIn(home));
  told.spared = summary({ session, ...rest });
  told.byPassword = summary(await signIn(userIn(home), 'USER_PASSWORD_AUTH'));

  const signedIn = userIn(home);
  await signIn(signedIn);
  told.device = (await promised((on) => signedIn.getDevice(on))).Device;
  told.listed = (await promised((on) => signedIn.listDevices(10, null, on))).Devices.length;
  const fresh = await new Promise((resolve, reject) =>
    signedIn.refreshSession(session.getRefreshToken(), (error, result) =>
      error ? reject(error) : resolve(result),
    ),
  );
  told.refreshed = fresh.getAccessToken().payload.device_key;

  // Another browser is another device.
  const elsewhere = userIn(storage());
  told.elsewhere = summary(await signIn(elsewhere));

  // It forgets the first one, whose browser does not know: the SDK repeats its answer.
  await promised((on) => elsewhere.forgetSpecificDevice(told.first.device, on));
  told.anew = summary(await signIn(userIn(home)));

  const last = userIn(home);
  await signIn(last);
  await promised((on) => last.forgetDevice(on));
  told.gone = await failure(() => promised((on) => last.forgetSpecificDevice(told.anew.device, on)));
  return told;
});
