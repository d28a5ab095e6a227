// SPDX-License-Identifier: GPL-3.0-or-later
// Document 001 with Node's ws: /websocket, frames {sender, receiver, content}.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Socket, dropAll, token, ws } from './support/client.mjs';

const url = `${ws}/websocket`;
let ann;
let ben;

before(async () => {
  ann = await Socket.open(url, token('ann'));
  ben = await Socket.open(url, token('ben'));
});

after(dropAll);

test('a message reaches its receiver, and the sender is told', async () => {
  ann.send({ sender: 'ann', receiver: 'ben', content: 'Hello, Ben' });
  const frame = await ben.frame((f) => f.content === 'Hello, Ben');
  assert.equal(frame.sender, 'ann');
  assert.equal(frame.receiver, 'ben');
  await ann.frame((f) => f.type === 'ack' || f.message === 'Message received');
});

test('the receiver\'s other sockets have it in their own form', async () => {
  const personal = await Socket.open(`${ws}/`, token('ben'));
  ann.send({ sender: 'ann', receiver: 'ben', content: 'In two forms' });
  const direct = await personal.frame((f) => f.type === 'direct_message' && f.message === 'In two forms');
  assert.equal(direct.sender_username, 'ann');
  await ben.frame((f) => f.content === 'In two forms');
  assert.equal(await personal.close(), 1000);
});

test('nobody writes in another\'s name', async () => {
  ann.send({ sender: 'ben', receiver: 'ann', content: 'forged' });
  const frame = await ann.frame((f) => f.error);
  assert.equal(frame.code, 'forbidden');
});

test('an invalid frame is answered by an error, and the socket stays open', async () => {
  const rows = [
    ['{', 'invalid_json'],
    [{ sender: 'ann', content: 'to whom?' }, 'missing_field'],
    [{ sender: 'ann', receiver: 'ben' }, 'missing_field'],
    [{ sender: 'ann', receiver: 'ben', content: 7 }, 'invalid_field'],
    [{ sender: 'ann', receiver: 'nobody', content: 'hi' }, 'not_found'],
  ];
  for (const [frame, code] of rows) {
    ann.send(frame);
    assert.equal((await ann.frame((f) => f.error)).code, code);
  }
  ann.send({ sender: 'ann', receiver: 'ben', content: 'still here' });
  await ben.frame((f) => f.content === 'still here');
});

test('without a valid token it is closed with 4001', async () => {
  for (const bearer of [undefined, 'nonsense', `${token('ann').slice(0, -4)}AAAA`]) {
    assert.equal(await new Socket(url, bearer).closed, 4001);
  }
});

test('a client that leaves is answered by 1000', async () => {
  assert.equal(await ann.close(), 1000);
  assert.equal(await ben.close(), 1000);
});
