// Post confirmation: put new users into a group, by the AWS SDK.
//
// The SDK needs no configuration: the environment leads it to the server that runs the function.
//
// GROUP   name of the group

import {
  AdminAddUserToGroupCommand,
  CognitoIdentityProviderClient,
} from '@aws-sdk/client-cognito-identity-provider';

const cognito = new CognitoIdentityProviderClient({});

export const handler = async (event) => {
  if (event.triggerSource === 'PostConfirmation_ConfirmSignUp') {
    await cognito.send(
      new AdminAddUserToGroupCommand({
        UserPoolId: event.userPoolId,
        Username: event.userName,
        GroupName: process.env.GROUP,
      }),
    );
  }
  return event;
};
