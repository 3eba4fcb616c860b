// amazon-cognito-identity-js: the browser SDK that signs in by SRP.

import identity from 'amazon-cognito-identity-js';
import { code, failure, report, settings } from './common.mjs';

const { AuthenticationDetails, CognitoUser, CognitoUserAttribute, CognitoUserPool } = identity;
const { email, name, password, temporary } = settings;

const pool = new CognitoUserPool({
  UserPoolId: settings.pool,
  ClientId: settings.client,
  endpoint: settings.url,
});

const promised = (act) =>
  new Promise((resolve, reject) =>
    act((error, result) => (error ? reject(error) : resolve(result))),
  );

const userOf = (Username) => new CognitoUser({ Username, Pool: pool });

function authenticate(user, Password, flow = 'USER_SRP_AUTH') {
  user.setAuthenticationFlowType(flow);
  const details = new AuthenticationDetails({ Username: user.getUsername(), Password });
  return new Promise((resolve, reject) =>
    user.authenticateUser(details, {
      onSuccess: (session) => resolve({ session }),
      onFailure: reject,
      newPasswordRequired: (attributes, required) => resolve({ attributes, required }),
    }),
  );
}

await report(async () => {
  const told = {};
  const attributes = [new CognitoUserAttribute({ Name: 'email', Value: email })];
  const made = await promised((done) => pool.signUp(name, password, attributes, null, done));
  told.confirmed = made.userConfirmed;
  told.destination = made.codeDeliveryDetails.Destination;

  const user = userOf(name);
  told.unconfirmed = await failure(() => authenticate(user, password));
  told.wrongCode = await failure(() =>
    promised((done) => user.confirmRegistration('nonsense', false, done)),
  );
  const sent = await code(email);
  told.confirmation = await promised((done) => user.confirmRegistration(sent, false, done));

  told.wrongPassword = await failure(() => authenticate(userOf(name), 'Wrong-Horse-1'));
  const { session } = await authenticate(user, password);
  told.valid = session.isValid();
  told.username = session.getAccessToken().payload.username;
  told.email = session.getIdToken().payload.email;

  const listed = await promised((done) => user.getUserAttributes(done));
  told.attributes = Object.fromEntries(listed.map((each) => [each.getName(), each.getValue()]));
  await promised((done) =>
    user.updateAttributes([new CognitoUserAttribute({ Name: 'name', Value: 'N' })], done),
  );

  const refreshed = await promised((done) => user.refreshSession(session.getRefreshToken(), done));
  told.refreshed = refreshed.getAccessToken().getJwtToken() !== session.getAccessToken().getJwtToken();
  told.nameAfterRefresh = refreshed.getIdToken().payload.name;

  told.changed = await promised((done) => user.changePassword(password, 'Fresh-Horse-8', done));
  told.byPassword = (await authenticate(userOf(name), 'Fresh-Horse-8', 'USER_PASSWORD_AUTH')).session.isValid();

  const forgetful = userOf(name);
  await new Promise((resolve, reject) =>
    forgetful.forgotPassword({ onSuccess: resolve, onFailure: reject, inputVerificationCode: resolve }),
  );
  const recovery = await code(email);
  await new Promise((resolve, reject) =>
    forgetful.confirmPassword(recovery, 'Third-Horse-9', { onSuccess: resolve, onFailure: reject }),
  );
  told.recovered = (await authenticate(userOf(name), 'Third-Horse-9')).session.isValid();

  const invited = userOf(temporary);
  const asked = await authenticate(invited, password);
  told.required = asked.required;
  const fresh = await new Promise((resolve, reject) =>
    invited.completeNewPasswordChallenge('Fresh-Horse-8', {}, { onSuccess: resolve, onFailure: reject }),
  );
  told.invited = fresh.isValid();

  await authenticate(user, 'Third-Horse-9');
  told.signedOut = await new Promise((resolve, reject) =>
    user.globalSignOut({ onSuccess: resolve, onFailure: reject }),
  );
  told.deleted = await promised((done) => invited.deleteUser(done));
  return told;
});
