// amazon-cognito-identity-js: an authenticator app, codes by SMS, the choice, and the set-up.

import identity from 'amazon-cognito-identity-js';
import { code, failure, report, settings } from './common.mjs';
import { Authenticator } from './totp.mjs';

const { AuthenticationDetails, CognitoUser, CognitoUserPool } = identity;
const { name, newcomer, password, phone } = settings;

const poolOf = (UserPoolId, ClientId) =>
  new CognitoUserPool({ UserPoolId, ClientId, endpoint: settings.url });
const optional = poolOf(settings.pool, settings.client);
const required = poolOf(settings.strictPool, settings.strictClient);

const userOf = (Username, Pool = optional) => new CognitoUser({ Username, Pool });

// Resolve with the name of whichever callback the client calls, and what it is given.
function callbacks(resolve, reject) {
  const names = ['mfaRequired', 'totpRequired', 'selectMFAType', 'mfaSetup'];
  return {
    onSuccess: (session) => resolve({ step: 'done', session }),
    onFailure: reject,
    ...Object.fromEntries(
      names.map((step) => [step, (challenge, parameters) => resolve({ step, challenge, parameters })]),
    ),
  };
}

const going = (act) => new Promise((resolve, reject) => act(callbacks(resolve, reject)));

function authenticate(user, flow = 'USER_SRP_AUTH') {
  user.setAuthenticationFlowType(flow);
  const details = new AuthenticationDetails({ Username: user.getUsername(), Password: password });
  return going((all) => user.authenticateUser(details, all));
}

const secretOf = (user) =>
  new Promise((resolve, reject) =>
    user.associateSoftwareToken({ associateSecretCode: resolve, onFailure: reject }),
  );

const prefer = (user, sms, totp) =>
  new Promise((resolve, reject) =>
    user.setUserMfaPreference(sms, totp, (error, done) => (error ? reject(error) : resolve(done))),
  );

const setting = (Enabled, PreferredMfa = false) => ({ Enabled, PreferredMfa });

await report(async () => {
  const told = {};
  const user = userOf(name);
  told.plain = (await authenticate(user)).step;
  const app = new Authenticator(await secretOf(user));
  told.wrongSetup = await failure(() => going((all) => user.verifySoftwareToken('000000', 'mine', all)));
  told.verified = (
    await new Promise((resolve, reject) =>
      user.verifySoftwareToken(app.code(), 'mine', { onSuccess: resolve, onFailure: reject }),
    )
  ).Status;
  told.preferred = await prefer(user, setting(false), setting(true, true));

  const totp = userOf(name);
  const asked = await authenticate(totp);
  told.totp = [asked.step, asked.challenge, asked.parameters.FRIENDLY_DEVICE_NAME];
  told.wrongCode = await failure(() =>
    going((all) => totp.sendMFACode('000000', all, 'SOFTWARE_TOKEN_MFA')),
  );
  const byTotp = await going((all) => totp.sendMFACode(app.code(), all, 'SOFTWARE_TOKEN_MFA'));
  told.amr = byTotp.session.getIdToken().payload.amr;

  told.smsPreferred = await prefer(totp, setting(true, true), null);
  const sms = userOf(name);
  const sent = await authenticate(sms, 'USER_PASSWORD_AUTH');
  told.sms = [sent.step, sent.parameters.CODE_DELIVERY_DELIVERY_MEDIUM];
  told.wrongSms = await failure(() => going((all) => sms.sendMFACode('000000', all)));
  const received = await code(phone);
  told.bySms = (await going((all) => sms.sendMFACode(received, all))).step;

  told.nonePreferred = await prefer(sms, setting(true), setting(true));
  const chooser = userOf(name);
  const choice = await authenticate(chooser);
  told.choice = [choice.step, JSON.parse(choice.parameters.MFAS_CAN_CHOOSE)];
  told.chosen = (await going((all) => chooser.sendMFASelectionAnswer('SMS_MFA', all))).step;

  const fresh = userOf(newcomer, required);
  const setup = await authenticate(fresh);
  told.setup = [setup.step, JSON.parse(setup.parameters.MFAS_CAN_SETUP)];
  const own = new Authenticator(await secretOf(fresh));
  told.wrongOnTheWay = await failure(() => going((all) => fresh.verifySoftwareToken('000000', '', all)));
  told.setUp = (await going((all) => fresh.verifySoftwareToken(own.code(), 'mine', all))).step;
  const again = userOf(newcomer, required);
  told.again = (await authenticate(again)).step;
  told.in = (await going((all) => again.sendMFACode(own.code(), all, 'SOFTWARE_TOKEN_MFA'))).step;
  return told;
});
