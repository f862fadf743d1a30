// A provider of identities for tests: oidc-provider, with a page on which one types who one is, and a way to
// tell it what to sign instead of what it would. Arguments: port, client, secret, and the addresses of the server that asks.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const [folder, port, client, secret, base, algorithm] = process.argv.slice(2);
const from = createRequire(pathToFileURL(`${folder}/package.json`));
const { default: Provider } = await import(pathToFileURL(from.resolve('oidc-provider')));
const jose = await import(pathToFileURL(from.resolve('jose')));

const key = async (kid) => {
  const { privateKey } = await jose.generateKeyPair(algorithm, { extractable: true });
  return { ...(await jose.exportJWK(privateKey)), alg: algorithm, use: 'sig', kid };
};
const own = await key(`key ${process.pid}`);
const stranger = await key(own.kid);

// What it says of people, and what it signs instead of what it should.
const told = { people: {}, claims: null, header: null, stranger: false };

const issuer = `http://127.0.0.1:${port}`;
const provider = new Provider(issuer, {
  clients: [{
    client_id: client,
    client_secret: secret,
    redirect_uris: [`${base}/sign-in/oidc/company/callback`],
    post_logout_redirect_uris: [`${base}/sign-in`],
    backchannel_logout_uri: `${base}/sign-in/oidc/company/logout`,
    backchannel_logout_session_required: true,
    id_token_signed_response_alg: algorithm,
  }],
  jwks: { keys: [own] },
  cookies: { keys: ['for a test'] },
  claims: {
    openid: ['sub'],
    profile: ['preferred_username', 'name', 'groups'],
    email: ['email', 'email_verified'],
  },
  enabledJWA: { idTokenSigningAlgValues: [algorithm] },
  features: {
    devInteractions: { enabled: false },
    backchannelLogout: { enabled: true },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: (ctx, form) => {
        ctx.body = `<title>Leave</title><link rel="icon" href="data:,"><h1>Leave?</h1>${form}<button id="leave" form="op.logoutForm" name="logout" value="yes">Leave</button>`;
      },
    },
  },
  pkce: { required: () => true },
  interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (ctx, id) => ({
    accountId: id,
    claims: () => ({ sub: id, preferred_username: id, ...told.people[id] }),
  }),
  loadExistingGrant: async (ctx) => {
    const grant = new provider.Grant({ accountId: ctx.oidc.session.accountId, clientId: ctx.oidc.client.clientId });
    grant.addOIDCScope('openid profile email');
    await grant.save();
    return grant;
  },
});

// How often it was asked for its keys.
let asked = 0;

const body = async (ctx) => {
  let text = '';
  for await (const chunk of ctx.req) text += chunk;
  return text;
};

provider.use(async (ctx, next) => {
  if (ctx.path === '/told') {
    Object.assign(told, { claims: null, header: null, stranger: false }, JSON.parse(await body(ctx)));
    ctx.body = 'told';
    return;
  }
  if (ctx.path === '/asked') {
    ctx.body = String(asked);
    return;
  }
  if (ctx.path === '/jwks') asked += 1;
  if (ctx.path.startsWith('/interaction/')) {
    if (ctx.method === 'GET') {
      ctx.body = '<title>Who</title><link rel="icon" href="data:,"><h1>Who are you?</h1><form method="post"><input id="who" name="who">'
        + '<button id="in" name="go" value="in">In</button><button id="back" name="go" value="back">Back</button></form>';
      return;
    }
    const fields = new URLSearchParams(await body(ctx));
    const result = fields.get('go') === 'back'
      ? { error: 'access_denied' }
      : { login: { accountId: fields.get('who') } };
    await provider.interactionFinished(ctx.req, ctx.res, result, { mergeWithLastSubmission: false });
    ctx.respond = false;
    return;
  }
  await next();
  if (ctx.path === '/token' && ctx.body?.id_token && (told.claims || told.header || told.stranger)) {
    const header = { ...jose.decodeProtectedHeader(ctx.body.id_token), ...told.header };
    const claims = { ...jose.decodeJwt(ctx.body.id_token), ...told.claims };
    const unsigned = [header, claims].map((it) => jose.base64url.encode(JSON.stringify(it))).join('.');
    ctx.body.id_token = header.alg === 'none' ? `${unsigned}.` : await new jose.SignJWT(claims)
      .setProtectedHeader(header)
      .sign(await jose.importJWK(told.stranger ? stranger : own, algorithm));
  }
});

provider.listen(Number(port), '127.0.0.1', () => console.log('ready'));
