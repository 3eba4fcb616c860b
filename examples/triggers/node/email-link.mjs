// Sign in without a password, by a link in an e-mail.
//
// DefineAuthChallenge is `define`, CreateAuthChallenge `create`, VerifyAuthChallengeResponse
// `verify`. The client begins with CUSTOM_AUTH, waits for the link to be followed, and answers
// with the code in it.
//
// LINK_URL   page of your application that the link leads to
// MAIL_URL   address that takes {"to", "subject", "text"} as JSON and sends it

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const digest = (text) => createHash('sha256').update(text).digest();

// One link, and one answer to it.
export const define = async (event) => {
  const { session, userNotFound } = event.request;
  const issueTokens = Boolean(session.at(-1)?.challengeResult) && !userNotFound;
  Object.assign(event.response, {
    issueTokens,
    failAuthentication: session.length > 0 && !issueTokens,
  });
  if (session.length === 0) event.response.challengeName = 'CUSTOM_CHALLENGE';
  return event;
};

// Send the link; to nobody, where there is nobody.
export const create = async (event) => {
  const code = randomBytes(24).toString('base64url');
  const { email, email_verified: verified } = event.request.userAttributes;
  if (verified === 'true') {
    const query = new URLSearchParams({ name: event.userName, code });
    await send(email, `Sign in: ${process.env.LINK_URL}?${query}`);
  }
  event.response.publicChallengeParameters = { sent: 'true' };
  event.response.privateChallengeParameters = { code };
  event.response.challengeMetadata = 'EMAIL_LINK';
  return event;
};

export const verify = async (event) => {
  const { privateChallengeParameters, challengeAnswer } = event.request;
  event.response.answerCorrect = timingSafeEqual(
    digest(privateChallengeParameters.code),
    digest(challengeAnswer),
  );
  return event;
};

async function send(to, text) {
  const answer = await fetch(process.env.MAIL_URL, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ to, subject: 'Your link', text }),
    signal: AbortSignal.timeout(3000),
  });
  if (!answer.ok) throw new Error('The link could not be sent');
}
