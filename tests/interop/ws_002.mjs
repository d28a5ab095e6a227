// SPDX-License-Identifier: GPL-3.0-or-later
// Document 002 with Node's ws and fetch: log in, connect to the server's own address, send a message to everybody.
import assert from 'node:assert/strict';
import process from 'node:process';
import { after, before, test } from 'node:test';
import { Socket, dropAll, request, ws } from './support/client.mjs';

const tokens = {};
const sockets = {};
const everybody = ['exampleuser', 'second', 'third'];

before(async () => {
  for (const username of everybody) {
    const credentials = { username, password: 'securepassword' };
    const registered = await request('POST', '/api/auth/register', null, credentials);
    assert.equal(registered.status, 201);
    assert.equal(registered.body.message, 'User registered successfully');
    const loggedIn = await request('POST', '/api/auth/login', null, credentials);
    assert.equal(loggedIn.body.message, 'Login successful');
    tokens[username] = loggedIn.body.token;
    sockets[username] = await Socket.open(ws, tokens[username]);
  }
});

after(dropAll);

const reachesEverybody = (text) => Promise.all(everybody.map((name) => sockets[name].frame((f) => f.message === text)));

test('the payload of the event is broadcast to all connected users', async () => {
  sockets.exampleuser.send({ message: 'Hello, world!' });
  await reachesEverybody('Hello, world!');
});

test('the named event is, too', async () => {
  sockets.second.send({ event: 'message', message: 'Hello again' });
  await reachesEverybody('Hello again');
});

test('what is sent over REST is, too', async () => {
  const sent = await request('POST', '/api/chats/send', tokens.third, { message: 'Hello from REST' });
  assert.equal(sent.status, 200);
  assert.equal(sent.body.message, 'Message sent successfully');
  await reachesEverybody('Hello from REST');
});

test('the disconnect event closes the socket', async () => {
  const socket = await Socket.open(ws, tokens.exampleuser);
  socket.send({ event: 'disconnect' });
  assert.equal(await socket.closed, 1000);
});

test('it works over wss', async () => {
  const url = process.env.ROOKERY_HTTPS.replace(/^https/, 'wss');
  const socket = await Socket.open(url, tokens.second, { rejectUnauthorized: false });
  socket.send({ message: 'Hello over TLS' });
  await socket.frame((f) => f.message === 'Hello over TLS');
  await reachesEverybody('Hello over TLS');
  assert.equal(await socket.close(), 1000);
});
