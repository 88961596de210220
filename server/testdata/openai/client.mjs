// Drives a running server with OpenAI's own client. Usage: node client.mjs BASE_URL TOKEN LIMITED_TOKEN
// LIMITED_TOKEN is of a shop that may ask once a minute. Each check is one line of standard output.
import assert from 'node:assert/strict';
import OpenAI from 'openai';

const [baseURL, apiKey, limitedKey] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 });
const messages = [{ role: 'user', content: 'What were our sales this month?' }];
const ask = { model: 'ilsai', messages, max_tokens: 40, temperature: 0 };

const checks = {
  async 'models.list'() {
    const { data } = await client.models.list();
    assert.ok(data.some((m) => m.id === 'ilsai' && m.object === 'model'), JSON.stringify(data));
  },
  async 'models.retrieve'() {
    assert.equal((await client.models.retrieve('ilsai')).id, 'ilsai');
    await assert.rejects(client.models.retrieve('gpt-4'), OpenAI.NotFoundError);
  },
  async chat() {
    const { data, response, request_id } = await client.chat.completions.create(ask).withResponse();
    const [choice] = data.choices;
    assert.equal(data.object, 'chat.completion');
    assert.equal(choice.message.role, 'assistant');
    assert.ok(['stop', 'length'].includes(choice.finish_reason));
    assert.equal(data.usage.total_tokens, data.usage.prompt_tokens + data.usage.completion_tokens);
    assert.ok(data.usage.completion_tokens > 0 && data.usage.completion_tokens <= 40);
    assert.ok(response.headers.get('ratelimit'));
    assert.equal(data.id, `chatcmpl-${request_id}`);
  },
  async 'history, with the reply sent back as it came'() {
    const first = await client.chat.completions.create(ask);
    const next = await client.chat.completions.create({ ...ask, messages: [{ role: 'system', content: 'Be brief.' }, ...messages, first.choices[0].message, { role: 'user', content: 'And last month?' }] });
    assert.ok(next.usage.prompt_tokens > first.usage.prompt_tokens);
  },
  async 'max_tokens ends with length'() {
    const { choices, usage } = await client.chat.completions.create({ ...ask, max_tokens: 1 });
    assert.equal(choices[0].finish_reason, 'length');
    assert.equal(usage.completion_tokens, 1);
  },
  async 'stream equals chat'() {
    const whole = await client.chat.completions.create(ask);
    let text = '', roles = [], finish = [];
    for await (const chunk of await client.chat.completions.create({ ...ask, stream: true })) {
      const [choice] = chunk.choices;
      assert.equal(chunk.object, 'chat.completion.chunk');
      assert.ok(!('usage' in chunk));
      text += choice.delta.content ?? '';
      roles.push(...(choice.delta.role ? [choice.delta.role] : []));
      finish.push(...(choice.finish_reason ? [choice.finish_reason] : []));
    }
    assert.equal(text, whole.choices[0].message.content);
    assert.deepEqual(roles, ['assistant']);
    assert.deepEqual(finish, [whole.choices[0].finish_reason]);
  },
  async include_usage() {
    const chunks = [];
    for await (const chunk of await client.chat.completions.create({ ...ask, stream: true, stream_options: { include_usage: true } })) chunks.push(chunk);
    const last = chunks.pop();
    assert.deepEqual(last.choices, []);
    assert.ok(last.usage.prompt_tokens > 0 && last.usage.total_tokens > last.usage.prompt_tokens);
    assert.ok(chunks.every((chunk) => chunk.usage === null));
  },
  async 'stream helper'() {
    const run = client.chat.completions.stream(ask);
    const final = await run.finalChatCompletion();
    assert.equal(final.choices[0].message.role, 'assistant');
  },
  async abort() {
    const stream = await client.chat.completions.create({ ...ask, stream: true });
    let chunks = 0;
    for await (const _ of stream) {
      chunks++;
      stream.controller.abort();
    }
    assert.ok(chunks >= 1);
    const early = new AbortController();
    const asked = client.chat.completions.create(ask, { signal: early.signal });
    early.abort();
    await assert.rejects(asked, OpenAI.APIUserAbortError);
    await client.chat.completions.create(ask); // and the server goes on
  },
  async 'idempotency key'() {
    const headers = { 'Idempotency-Key': `key-${process.pid}` };
    const first = await client.chat.completions.create({ ...ask, temperature: 2, seed: null }, { headers });
    const again = await client.chat.completions.create({ ...ask, temperature: 2, seed: null }, { headers });
    assert.deepEqual(again, first);
    const streamed = await client.chat.completions.stream({ ...ask, temperature: 2 }, { headers }).finalChatCompletion();
    assert.equal(streamed.id, first.id);
    assert.equal(streamed.choices[0].message.content, first.choices[0].message.content);
    await assert.rejects(client.chat.completions.create({ ...ask, top_p: 0.5 }, { headers }), OpenAI.UnprocessableEntityError);
  },
  async 'status 400 with param'() {
    for (const [member, value] of Object.entries({ max_tokens: 1_000_000, temperature: 3, n: 2, tools: [], grammar: 'root ::= "a"', logit_bias: {}, response_format: { type: 'json_object' }, top_k: 1 })) {
      await assert.rejects(client.chat.completions.create({ ...ask, [member]: value }), (e) => e instanceof OpenAI.BadRequestError && e.param === member && e.type === 'invalid_request_error', member);
    }
  },
  async 'a prompt beyond the context'() {
    await assert.rejects(client.chat.completions.create({ ...ask, messages: [{ role: 'user', content: 'x7 '.repeat(5000) }] }), (e) => e instanceof OpenAI.BadRequestError && e.code === 'context_length_exceeded');
    await assert.rejects(client.chat.completions.create({ ...ask, stream: true, messages: [{ role: 'user', content: 'x7 '.repeat(5000) }] }), (e) => e.code === 'context_length_exceeded');
  },
  async 'status 413'() {
    await assert.rejects(client.chat.completions.create({ ...ask, messages: [{ role: 'user', content: 'a'.repeat(70_000) }] }), (e) => e.status === 413 && e.code === 'too_large');
  },
  async 'status 404'() {
    await assert.rejects(client.chat.completions.create({ ...ask, model: 'gpt-4' }), (e) => e instanceof OpenAI.NotFoundError && e.code === 'model_not_found' && e.param === 'model');
  },
  async 'status 401'() {
    const nobody = new OpenAI({ baseURL, apiKey: 'x.y.z', maxRetries: 0 });
    await assert.rejects(nobody.chat.completions.create(ask), (e) => e instanceof OpenAI.AuthenticationError && e.code === 'invalid_api_key');
    await assert.rejects(nobody.models.list(), OpenAI.AuthenticationError);
  },
  async 'status 429 with Retry-After'() {
    const limited = new OpenAI({ baseURL, apiKey: limitedKey, maxRetries: 0 });
    await limited.chat.completions.create(ask);
    for (const stream of [false, true]) {
      await assert.rejects(limited.chat.completions.create({ ...ask, stream }), (e) => e instanceof OpenAI.RateLimitError && e.code === 'rate_limit_exceeded' && Number(e.headers.get('retry-after')) > 0);
    }
  },
};

for (const [name, check] of Object.entries(checks)) {
  await check();
  console.log(name);
}
console.log(`${Object.keys(checks).length} checks passed`);
