// Pre sign-up: let in whose e-mail address is of one of our domains.
//
// ALLOWED_DOMAINS   such as "example.com example.org"

const allowed = new Set(process.env.ALLOWED_DOMAINS.toLowerCase().split(/\s+/));

export const handler = async (event) => {
  const address = (event.request.userAttributes.email ?? '').toLowerCase();
  if (!allowed.has(address.slice(address.lastIndexOf('@') + 1))) {
    // The text reaches whoever signs up.
    throw new Error('Only people of our company may sign up');
  }
  if (event.triggerSource === 'PreSignUp_SignUp') event.response.autoConfirmUser = true;
  return event;
};
