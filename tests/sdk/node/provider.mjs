// oidc-provider as the benches compare with it: a certified server, its stores in memory.
//
// It signs what a user pool signs: an ID token and an access token, both RS256 of 2048 bits. Its
// sign-in page is a bare form that takes anybody's word, so no password is checked at all.

import { generateKeyPairSync, sign } from 'node:crypto';
import { Provider } from 'oidc-provider';

const { port, client_id, client_secret, machine_id, machine_secret, redirect_uri } = JSON.parse(
  process.env.PROVIDER,
);
const issuer = `http://127.0.0.1:${port}`;
const audience = 'https://api.example.com';
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

for (const name of ['log', 'info', 'warn']) console[name] = () => {};

const provider = new Provider(issuer, {
  clients: [
    {
      client_id,
      client_secret,
      redirect_uris: [redirect_uri],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
    },
    {
      client_id: machine_id,
      client_secret: machine_secret,
      redirect_uris: [],
      response_types: [],
      grant_types: ['client_credentials'],
    },
  ],
  jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', kid: 'one', alg: 'RS256' }] },
  cookies: { keys: ['a secret of the benches'] },
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
  conformIdTokenClaims: false,
  pkce: { required: () => true },
  ttl: { AccessToken: 3600, ClientCredentials: 3600, IdToken: 3600, Session: 3600, Grant: 3600,
    Interaction: 300, RefreshToken: 86400, AuthorizationCode: 300 },
  issueRefreshToken: async () => true,
  findAccount: async (context, accountId) => ({
    accountId,
    claims: async () => ({
      sub: accountId, email: `${accountId}@example.com`, email_verified: true, name: 'Ada Lovelace',
    }),
  }),
  // Everything is granted, as between an application and a pool of its own.
  loadExistingGrant: async (context) => {
    const grant = new provider.Grant({
      clientId: context.oidc.client.clientId, accountId: context.oidc.session.accountId,
    });
    grant.addOIDCScope('openid email profile');
    grant.addResourceScope(audience, 'api/read');
    await grant.save();
    return grant;
  },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => audience,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        scope: 'api/read', audience, accessTokenTTL: 3600, accessTokenFormat: 'jwt',
        jwt: { sign: { alg: 'RS256' } },
      }),
    },
  },
  interactions: { url: (context, interaction) => `/interaction/${interaction.uid}` },
});

// The CPU µs of one signature alone, the best of several goes.
function signature() {
  const text = Buffer.alloc(900, 'x');
  let best = Infinity;
  for (let go = 0; go < 12; go += 1) {
    const began = process.cpuUsage();
    for (let time = 0; time < 30; time += 1) sign('sha256', text, privateKey);
    const { user, system } = process.cpuUsage(began);
    best = Math.min(best, (user + system) / 30);
  }
  return best;
}

provider.use(async (context, next) => {
  if (context.path === '/ready') {
    context.body = 'ready';
    return undefined;
  }
  if (context.path === '/signature') {
    context.body = String(signature());
    return undefined;
  }
  const uid = context.path.startsWith('/interaction/') ? context.path.split('/')[2] : null;
  if (uid === null) return next();
  if (context.method === 'GET') {
    await provider.interactionDetails(context.req, context.res);
    context.type = 'html';
    context.body = `<!doctype html><title>Sign in</title>
      <form method="post" action="/interaction/${uid}">
      <input name="username"><input name="password" type="password"><button>Sign in</button></form>`;
    return undefined;
  }
  const chunks = [];
  for await (const chunk of context.req) chunks.push(chunk);
  const accountId = new URLSearchParams(Buffer.concat(chunks).toString()).get('username');
  const to = await provider.interactionResult(context.req, context.res, { login: { accountId } });
  context.status = 303;
  context.redirect(to);
  return undefined;
});
provider.listen(port, '127.0.0.1');
