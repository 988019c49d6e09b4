// An identity provider on loopback with Entra's paths, for tests. PORT, INTERVAL and DEV_TTL (seconds),
// SLOW (milliseconds below which polling is too fast) and AT_TTL (seconds) come from the environment.
import { Provider } from 'oidc-provider';

const set = (name, fallback) => Number(process.env[name] ?? fallback);
const port = set('PORT', 4000);
const issuer = `http://127.0.0.1:${port}`;
const api = 'api://referrals';

const provider = new Provider(issuer, {
  clients: [{
    client_id: 'referrals-cli',
    application_type: 'native',
    token_endpoint_auth_method: 'none',
    grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
    response_types: ['code'],
    redirect_uris: ['http://localhost'],
  }],
  routes: {
    authorization: '/t/oauth2/v2.0/authorize',
    token: '/t/oauth2/v2.0/token',
    device_authorization: '/t/oauth2/v2.0/devicecode',
    code_verification: '/device',
  },
  scopes: ['openid', 'offline_access', 'profile', 'referrals.read'],
  features: {
    deviceFlow: { enabled: true },
    devInteractions: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => api,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        scope: 'referrals.read',
        audience: api,
        accessTokenFormat: 'jwt',
        accessTokenTTL: set('AT_TTL', 3600),
        jwt: { sign: { alg: 'RS256' } },
      }),
    },
  },
  issueRefreshToken: async (ctx, client, code) => code.scopes.has('offline_access'),
  rotateRefreshToken: true, // and a second use of a token ends the session
  pkce: { required: () => true },
  ttl: { DeviceCode: set('DEV_TTL', 600), RefreshToken: 86400 },
  findAccount: async (ctx, id) => ({ accountId: id, claims: async () => ({ sub: id, name: `Test ${id}` }) }),
  cookies: { keys: ['test-only'] },
});

// Adds what Entra has and this provider lacks: an interval and slow_down.
const lastPoll = new Map();
provider.use(async (ctx, next) => {
  await next();
  const oidc = ctx.oidc;
  if (oidc?.route === 'device_authorization' && ctx.status === 200) {
    ctx.body = { ...ctx.body, interval: set('INTERVAL', 1), message: 'To sign in, ...' };
  }
  if (oidc?.route === 'token' && ctx.body?.error === 'authorization_pending' && set('SLOW', 0)) {
    const code = oidc.params.device_code;
    const now = Date.now();
    const before = lastPoll.get(code);
    lastPoll.set(code, now);
    if (before && now - before < set('SLOW', 0)) {
      ctx.body = { error: 'slow_down', error_description: 'too fast' };
    }
  }
});

const server = provider.listen(port, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));
