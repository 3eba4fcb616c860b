// Amplify v6: custom authentication, with and without SRP before it.

import { Amplify } from 'aws-amplify';
import { confirmSignIn, signIn, signOut } from 'aws-amplify/auth';
import { failure, report, settings } from './common.mjs';

const { name: username, password, answer } = settings;

Amplify.configure({
  Auth: {
    Cognito: {
      userPoolId: settings.pool,
      userPoolClientId: settings.client,
      userPoolEndpoint: settings.url,
    },
  },
});

async function go(authFlowType, challengeResponse, secret) {
  await signOut();
  const asked = await signIn({ username, password: secret, options: { authFlowType } });
  const done = await confirmSignIn({ challengeResponse });
  return {
    asked: asked.nextStep.signInStep,
    told: asked.nextStep.additionalInfo,
    done: done.nextStep.signInStep,
  };
}

await report(async () => ({
  plain: await go('CUSTOM_WITHOUT_SRP', answer),
  wrong: await go('CUSTOM_WITHOUT_SRP', 'wrong'),
  srp: await go('CUSTOM_WITH_SRP', answer, password),
  wrongPassword: await failure(() => go('CUSTOM_WITH_SRP', answer, 'Wrong-Horse-1')),
}));
