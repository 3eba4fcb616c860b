// Pre token generation, version 2: claims and scopes from groups.
//
// Name it in PreTokenGenerationConfig with LambdaVersion V2_0.

const SCOPES = { editors: ['articles/write'], readers: ['articles/read'] };

export const handler = async (event) => {
  const groups = event.request.groupConfiguration.groupsToOverride ?? [];
  const plan = event.request.userAttributes['custom:plan'] ?? 'free';
  event.response.claimsAndScopeOverrideDetails = {
    idTokenGeneration: { claimsToAddOrOverride: { plan } },
    accessTokenGeneration: {
      claimsToAddOrOverride: { plan, limits: { articles: plan === 'free' ? 3 : 100 } },
      scopesToAdd: groups.flatMap((group) => SCOPES[group] ?? []),
      scopesToSuppress: groups.includes('guests') ? ['aws.cognito.signin.user.admin'] : [],
    },
  };
  return event;
};
