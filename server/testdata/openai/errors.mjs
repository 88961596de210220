import assert from 'node:assert/strict';
import OpenAI from 'openai';
import { ask, program, scripted, tell, unbilled, used } from './setting.mjs';

// errors are checks of which of the client's classes a refusal becomes, and that none is billed.
export function errors(s) {
  const client = program(s), actor = scripted(s);
  // refused wants the error of a request and of the same as a stream.
  async function refused(client, request, kind, details) {
    const before = await used(client);
    for (const stream of [false, true]) {
      await assert.rejects(client.chat.completions.create({ ...request, stream }), (e) => {
        assert.ok(e instanceof kind, `${e.constructor.name}: ${e}`);
        for (const [name, value] of Object.entries(details)) assert.equal(e[name], value, `${name} of ${e}`);
        assert.ok(e.error.message.length > 3 && e.requestID);
        return true;
      });
    }
    assert.equal(await used(client), before);
  }
  const bad = (member, value, param = member) =>
    refused(client, { ...ask, [member]: value }, OpenAI.BadRequestError, { status: 400, param, type: 'invalid_request_error' });
  const other = (shop, options) => program(s, { apiKey: shop in s ? s[shop] : shop, ...options });
  return {
    async '401: a key that is none'() {
      for (const apiKey of ['sk-123', 'x.y.z', `${s['corner-optics']}x`]) {
        const nobody = program(s, { apiKey });
        await assert.rejects(nobody.chat.completions.create(ask), (e) => e instanceof OpenAI.AuthenticationError && e.code === 'invalid_api_key');
        await assert.rejects(nobody.models.list(), OpenAI.AuthenticationError);
      }
    },
    async '403: a subscription that is not active'() {
      await assert.rejects(other('suspended').chat.completions.create(ask), (e) => e instanceof OpenAI.PermissionDeniedError && e.code === 'subscription_inactive');
    },
    '404: a model': () => refused(client, { ...ask, model: 'gpt-4' }, OpenAI.NotFoundError, { code: 'model_not_found', param: 'model' }),
    async '404: what is not served'() {
      await assert.rejects(client.embeddings.create({ model: 'ilsai', input: 'x' }), (e) => e instanceof OpenAI.NotFoundError && e.code === 'not_found');
      await assert.rejects(client.responses.create({ model: 'ilsai', input: 'x' }), OpenAI.NotFoundError);
    },
    '400: a grammar': () => bad('grammar', 'root ::= "a"'),
    '400: logit_bias': () => bad('logit_bias', { 50256: -100 }),
    async '400: raw sampler settings'() {
      for (const [member, value] of Object.entries({ top_k: 1, min_p: 0.1, mirostat: 2, repeat_penalty: 1.1, samplers: ['top_k'], n_probs: 5, cache_prompt: true, frequency_penalty: 1 })) await bad(member, value);
    },
    async '400: members that are not known'() {
      for (const member of ['Temperature', 'max_token', '__proto__x', 'tenant_id', 'store']) await bad(member, 1);
    },
    async '400: temperature and top_p out of range'() {
      for (const value of [-0.1, 2.1, 1e300, 'hot', true]) await bad('temperature', value);
      await bad('top_p', 1.5);
    },
    async 'NaN and infinity are null in JSON, and so as if absent'() {
      for (const temperature of [NaN, Infinity]) assert.ok((await client.chat.completions.create({ ...ask, temperature })).choices[0]);
    },
    async '400: max_tokens beyond the tier, or none'() {
      for (const value of [1001, 1_000_000, 0, -1, 1.5]) await bad('max_tokens', value);
    },
    '400: n': () => bad('n', 2),
    async '400: tools'() {
      await bad('tools', [{ type: 'function', function: { name: 'f', parameters: {} } }]);
      const run = client.chat.completions.runTools({ ...ask, tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'object' }, function: () => 'x', parse: JSON.parse } }] });
      await assert.rejects(run.finalContent(), (e) => e instanceof OpenAI.BadRequestError && ['tool_choice', 'tools'].includes(e.param));
    },
    async '400: response_format'() {
      await bad('response_format', { type: 'json_object' });
      await bad('response_format', { type: 'json_schema', json_schema: { name: 'x', schema: {} } });
    },
    async '400: messages'() {
      await bad('messages', []);
      await bad('messages', 'hello');
      await bad('messages', [{ role: 'tool', content: 'x' }], 'messages[0].role');
      await bad('messages', [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://example.com/x.png' } }] }], 'messages[0].content[0]');
    },
    '400: stop': () => bad('stop', ['a', 'b', 'c', 'd', 'e']),
    '400: a prompt beyond the context': () =>
      refused(client, { ...ask, messages: [{ role: 'user', content: 'x7 '.repeat(5000) }] }, OpenAI.BadRequestError, { code: 'context_length_exceeded', param: 'messages' }),
    '413: a body beyond 64 KiB': () => refused(client, { ...ask, messages: [{ role: 'user', content: 'a'.repeat(70_000) }] }, OpenAI.APIError, { status: 413, code: 'too_large' }),
    async '429: the rate'() {
      const limited = other('limited');
      await limited.chat.completions.create(ask);
      for (const stream of [false, true]) {
        await assert.rejects(limited.chat.completions.create({ ...ask, stream }), (e) => e instanceof OpenAI.RateLimitError && e.code === 'rate_limit_exceeded' && Number(e.headers.get('retry-after')) > 0);
      }
    },
    '429: the month': () => refused(other('spent'), ask, OpenAI.RateLimitError, { code: 'insufficient_quota' }),
    '500: a defect': () => refused(actor, tell('panic'), OpenAI.InternalServerError, { status: 500 }),
    '503: busy': () => refused(actor, tell(`busy ever ${'x'.repeat(100)}`), OpenAI.InternalServerError, { status: 503, code: 'overloaded' }),
    '503: the model fails': () => unbilled(actor, () =>
      assert.rejects(actor.chat.completions.create(tell('break x')), (e) => e instanceof OpenAI.InternalServerError && e.code === 'generation_failed')),
    '504: it took too long': () => unbilled(actor, () =>
      assert.rejects(actor.chat.completions.create(tell('hang x')), (e) => e instanceof OpenAI.InternalServerError && e.status === 504 && e.code === 'timeout')),
  };
}
