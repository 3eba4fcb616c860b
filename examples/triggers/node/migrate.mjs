// User migration from a system of one's own, here a file of JSON.
//
// For users of another Cognito there is a function that needs no code: migrate+https://….
//
// USERS_FILE   {"ada": {"email": "ada@example.com", "salt": "<hex>", "scrypt": "<hex>"}, …}

import { scryptSync, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';

export const handler = async (event) => {
  const known = JSON.parse(await readFile(process.env.USERS_FILE, 'utf8'));
  const user = known[event.userName.toLowerCase()];
  const byPassword = event.triggerSource === 'UserMigration_Authentication';
  if (!user || (byPassword && !isRight(event.request.password, user))) {
    // One text for both, so that nobody learns who has an account.
    throw new Error('Incorrect username or password');
  }
  event.response.userAttributes = { email: user.email, email_verified: 'true' };
  event.response.finalUserStatus = byPassword ? 'CONFIRMED' : 'RESET_REQUIRED';
  event.response.messageAction = 'SUPPRESS';
  return event;
};

function isRight(password, user) {
  const expected = Buffer.from(user.scrypt, 'hex');
  const salt = Buffer.from(user.salt, 'hex');
  return timingSafeEqual(scryptSync(password, salt, expected.length, { N: 2 ** 14 }), expected);
}
