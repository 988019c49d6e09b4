// Runs a command that may have identity providers on loopback with Entra's paths: node provider.mjs COMMAND ARGUMENT...
// Whoever has the address in LIVE_PROVIDERS starts one with POST, with its settings in the query, and stops it with
// DELETE and its issuer as the body. The answer to POST is the issuer. Settings: INTERVAL, AT_TTL, DEV_TTL (seconds),
// SLOW (milliseconds below which polling is too fast), PADDING (characters that make access tokens longer).
import { spawn } from 'node:child_process';
import http from 'node:http';
import { text } from 'node:stream/consumers';
import { Provider } from 'oidc-provider';

const api = 'api://referrals';

// The provider warns of what is fine in a test.
console.info = console.warn = () => {};

/** The server of a provider, which listens; `set` reads a setting. */
async function start(set) {
  const server = http.createServer();
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = createProvider(issuer, set);
  server.on('request', provider.callback());
  return [issuer, server];
}

function createProvider(issuer, set) {
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
    extraTokenClaims: async () => ({ padding: 'x'.repeat(set('PADDING', 0)) }),
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
  return provider;
}

const servers = new Map();
const control = http.createServer(async (request, response) => {
  const body = await text(request);
  if (request.method === 'POST') {
    const settings = new URL(request.url, 'http://localhost').searchParams;
    const [issuer, server] = await start((name, fallback) => Number(settings.get(name) ?? fallback));
    servers.set(issuer, server);
    response.end(issuer);
  } else {
    servers.get(body).close();
    servers.get(body).closeAllConnections();
    response.end();
  }
});

control.listen(0, '127.0.0.1', () => {
  const [command, ...words] = process.argv.slice(2);
  const LIVE_PROVIDERS = `http://127.0.0.1:${control.address().port}`;
  const child = spawn(command, words, { stdio: 'inherit', env: { ...process.env, LIVE_PROVIDERS } });
  child.on('exit', (code) => process.exit(code ?? 1));
  child.on('error', (error) => {
    console.error(error.message);
    process.exit(1);
  });
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.on(signal, () => child.kill(signal));
  }
});
