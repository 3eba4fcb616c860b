// A custom challenge: a question that people can answer, after the password.
//
// DefineAuthChallenge is `define`, CreateAuthChallenge `create`, VerifyAuthChallengeResponse
// `verify`. The client begins with CUSTOM_AUTH and SRP.

import { randomInt } from 'node:crypto';

const WORDS = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];
const TRIES = 3;

// First the password, then the question; three answers may be wrong.
export const define = async (event) => {
  const { session, userNotFound } = event.request;
  const questions = session.filter((one) => one.challengeName === 'CUSTOM_CHALLENGE');
  const respond = (answer) => {
    Object.assign(event.response, { issueTokens: false, failAuthentication: false }, answer);
    return event;
  };
  if (session[0]?.challengeName !== 'SRP_A') return respond({ failAuthentication: true });
  if (session.length === 1) return respond({ challengeName: 'PASSWORD_VERIFIER' });
  if (!session[1].challengeResult) return respond({ failAuthentication: true });
  if (questions.at(-1)?.challengeResult) return respond({ issueTokens: !userNotFound });
  if (questions.length >= TRIES) return respond({ failAuthentication: true });
  return respond({ challengeName: 'CUSTOM_CHALLENGE' });
};

// Ask for a sum, in words; a picture would do as well.
export const create = async (event) => {
  const [one, other] = [randomInt(10), randomInt(10)];
  const question = `How much is ${WORDS[one]} and ${WORDS[other]}?`;
  event.response.publicChallengeParameters = { question };
  event.response.privateChallengeParameters = { answer: String(one + other) };
  event.response.challengeMetadata = 'SUM';
  return event;
};

export const verify = async (event) => {
  const { privateChallengeParameters, challengeAnswer } = event.request;
  event.response.answerCorrect = challengeAnswer.trim() === privateChallengeParameters.answer;
  return event;
};
