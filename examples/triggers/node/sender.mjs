// Custom e-mail and SMS sender: decrypt the code and send the message oneself.
//
// Name it in CustomEmailSender or CustomSMSSender, with the same key as KMSKeyID.
//
// KEY_ARN    the key
// MAIL_URL   address that takes {"to", "subject", "text"} as JSON and sends it

import { buildClient, CommitmentPolicy, KmsKeyringNode } from '@aws-crypto/client-node';

const TEXTS = {
  SignUp: (code) => `Welcome! Your code is ${code}.`,
  ResendCode: (code) => `Here is another code: ${code}.`,
  ForgotPassword: (code) => `To set a new password, use the code ${code}.`,
  AdminCreateUser: (code) => `Your temporary password is ${code}.`,
};
const PLAIN = { lt: '<', gt: '>', quot: '"', amp: '&', '#39': "'", '#x27': "'" };

// Cognito's messages do not commit to their key, so the newest policy would refuse them.
const { decrypt } = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT);
const keyring = new KmsKeyringNode({ keyIds: [process.env.KEY_ARN] });

export const handler = async (event) => {
  const [medium, occasion] = event.triggerSource.split('Sender_');
  const { code: sealed, userAttributes } = event.request;
  const to = userAttributes[medium === 'CustomEmail' ? 'email' : 'phone_number'];
  if (!to || !sealed) return;
  const { plaintext } = await decrypt(keyring, Buffer.from(sealed, 'base64'));
  // Temporary passwords are escaped.
  const code = plaintext.toString().replace(/&([a-z#0-9]+);/g, (all, name) => PLAIN[name] ?? all);
  const text = (TEXTS[occasion] ?? ((told) => `Your code is ${told}.`))(code);
  await fetch(process.env.MAIL_URL, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ to, subject: 'Your code', text }),
  });
};
