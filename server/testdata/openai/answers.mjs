import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import OpenAI from 'openai';
import { ask, collect, messages, program, scripted, tell, textOf, used } from './setting.mjs';

export const odd = 'Größe 5 € 👓👨‍👩‍👧 \u0000\u2028\r\n\t"\\ <|eot_id|> مرحبا 漢字 data: [DONE]';

// answers are checks of completions that come whole, and of models.
export function answers(s) {
  const client = program(s);
  const create = (more) => client.chat.completions.create({ ...ask, ...more });
  return {
    async 'models.list'() {
      const { data } = await client.models.list();
      assert.ok(data.some((m) => m.id === 'ilsai' && m.object === 'model'), JSON.stringify(data));
    },
    async 'models.list by iteration'() {
      const ids = [];
      for await (const model of client.models.list()) ids.push(model.id);
      assert.ok(ids.length === 2 && ids.includes('ilsai'), ids.join());
    },
    async 'models.retrieve'() {
      for await (const { id } of client.models.list()) assert.equal((await client.models.retrieve(id)).id, id);
      await assert.rejects(client.models.retrieve('gpt-4'), OpenAI.NotFoundError);
    },
    async 'chat, withResponse'() {
      const { data, response, request_id } = await create().withResponse();
      const [choice] = data.choices;
      assert.equal(data.object, 'chat.completion');
      assert.equal(choice.message.role, 'assistant');
      assert.ok(['stop', 'length'].includes(choice.finish_reason));
      assert.equal(data.usage.total_tokens, data.usage.prompt_tokens + data.usage.completion_tokens);
      assert.ok(data.usage.completion_tokens > 0 && data.usage.completion_tokens <= 40);
      assert.ok(response.headers.get('ratelimit'));
      assert.equal(data.id, `chatcmpl-${request_id}`);
      assert.equal(data._request_id, request_id);
    },
    async 'chat, asResponse'() {
      const response = await create().asResponse();
      assert.ok(response.status === 200 && response.headers.get('content-type').startsWith('application/json'));
      assert.equal((await response.json()).object, 'chat.completion');
    },
    async 'chat, parse'() {
      const { choices } = await scripted(s).chat.completions.parse(tell('echo plain text'));
      assert.equal(choices[0].message.content, 'plain text');
      assert.equal(choices[0].message.parsed, null);
    },
    async 'a request id of the client'() {
      const { request_id } = await client.chat.completions.create(ask, { headers: { 'X-Request-ID': 'trace-7' } }).withResponse();
      assert.equal(request_id, 'trace-7');
    },
    async 'one query billed for each answer'() {
      const before = await used(client);
      await create();
      await collect(await create({ stream: true }));
      assert.equal((await used(client)) - before, 2);
    },
    async 'history, with the reply sent back as it came'() {
      const first = await create();
      const next = await create({ messages: [...messages, first.choices[0].message, { role: 'user', content: 'And last month?' }] });
      assert.ok(next.usage.prompt_tokens > first.usage.prompt_tokens);
    },
    async 'a system message is part of the prompt'() {
      const brief = await create({ messages: [{ role: 'system', content: 'Be brief.' }, ...messages] });
      assert.ok(brief.usage.prompt_tokens > (await create()).usage.prompt_tokens);
    },
    async 'text parts are lines'() {
      const parts = [{ type: 'text', text: 'echo a' }, { type: 'text', text: 'b' }];
      const { choices } = await scripted(s).chat.completions.create(tell(parts));
      assert.equal(choices[0].message.content, 'a\nb');
    },
    async 'max_tokens ends with length'() {
      for (const limit of [{ max_tokens: 1 }, { max_tokens: undefined, max_completion_tokens: 1 }]) {
        const { choices, usage } = await create(limit);
        assert.equal(choices[0].finish_reason, 'length');
        assert.equal(usage.completion_tokens, 1);
      }
    },
    async 'stop, a string and a list'() {
      const { choices } = await create();
      const whole = choices[0].message.content;
      const mark = whole.slice(Math.floor(whole.length / 2)).trim()[0];
      assert.ok(mark, `nothing to stop at in ${JSON.stringify(whole)}`);
      for (const stop of [mark, ['\u{10FFFF}', mark]]) {
        const cut = (await create({ stop })).choices[0];
        assert.equal(cut.message.content, whole.slice(0, whole.indexOf(mark)));
        assert.equal(cut.finish_reason, 'stop');
        assert.equal(textOf(await collect(await create({ stop, stream: true }))), cut.message.content);
      }
    },
    async 'a seed repeats an answer'() {
      const sampled = async (seed) => (await create({ temperature: 1.5, seed })).choices[0].message.content;
      const of = {};
      for (const seed of [1, 2, 3, 4, 5, -1, Number.MAX_SAFE_INTEGER]) {
        of[seed] = await sampled(seed);
        assert.equal(await sampled(seed), of[seed], `seed ${seed}`);
      }
      assert.ok(new Set(Object.values(of)).size > 1, 'every seed says the same');
    },
    async 'temperature 0 repeats an answer'() {
      const { choices } = await create();
      for (const more of [{}, { seed: 5 }, { temperature: 2, top_p: 0 }]) assert.deepEqual((await create(more)).choices, choices);
    },
    async 'any text comes back as it was sent'() {
      const { choices } = await scripted(s).chat.completions.create(tell(`echo ${odd}`));
      assert.equal(choices[0].message.content, odd);
    },
    async 'long content'() {
      const long = 'é'.repeat(20_000); // 40 KB of the 64 that a request may have
      const { choices } = await scripted(s).chat.completions.create(tell(`echo ${long}`));
      assert.equal(choices[0].message.content, long);
      assert.equal(textOf(await collect(await scripted(s).chat.completions.create(tell(`echo ${long}`, { stream: true })))), long);
    },
    async '16 at once say what each says alone'() {
      const asked = (n) => ({ messages: [{ role: 'user', content: `Sales of the last ${n} days` }] });
      const alone = [];
      for (let n = 0; n < 16; n++) alone.push((await create(asked(n))).choices[0].message.content);
      const together = await Promise.all(alone.map(async (_, n) =>
        n % 2 ? textOf(await collect(await create({ ...asked(n), stream: true }))) : (await create(asked(n))).choices[0].message.content));
      assert.deepEqual(together, alone);
    },
    async 'a connection is used again, after refusals too'() {
      await create();
      let connections = 0;
      const count = () => void connections++;
      subscribe('undici:client:connected', count);
      for (let n = 0; n < 10; n++) {
        await create({ max_tokens: 1 });
        await assert.rejects(create({ model: 'gpt-4' }), OpenAI.NotFoundError);
        await collect(await create({ max_tokens: 1, stream: true }));
      }
      unsubscribe('undici:client:connected', count);
      assert.ok(connections <= 1, `${connections} new connections for 30 requests`);
    },
  };
}
